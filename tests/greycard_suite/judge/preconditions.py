"""What plain requests told: whether an operation is where the document says, and what it needs beside the documented.

A refusal says something about one rule only where a request without any fault is accepted. Nothing here sends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greycard_schemas.auth import scheme_of
from greycard_suite.judge import read_answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from greycard_schemas.loader import Operation, Vendor
    from greycard_suite.call import Call
    from greycard_suite.judge.answers import Judge


def places_of_key(vendor: Vendor) -> list[str]:
    """The statements about where a credential stands: a request that is let in shows that they hold."""
    auth = vendor.data["auth"]
    return [f"{vendor.name}#auth/{key}" for key in (*scheme_of(auth).headers, "scheme")]


def forget(judge: Judge, operation: Operation) -> None:
    """Find out anew whether a plain request is accepted."""
    judge.verdicts.preconditions.pop(operation.name, None)


def is_usable(judge: Judge, operation: Operation) -> bool:
    """Whether refusals of this operation say anything: not when it refuses plain requests as well."""
    return judge.verdicts.preconditions.get(operation.name, {}) is not None


def adjusted(judge: Judge, operation: Operation, values: Any, claim: str) -> Any:
    """`values` with what plain requests need besides the documented, but for the field that `claim` is about."""
    needed = judge.verdicts.preconditions.get(operation.name) or {}
    if not isinstance(values, dict):
        return values
    others = {name: value for name, value in needed.items() if name not in claim.partition("#")[2].split("/")}
    return {**values, **others}


def is_nowhere(judge: Judge, call: Call, error: str = "") -> bool:
    """Whether an answer says that there is no such address, rather than the refusal `error`."""
    code, errors = str(read_answer.code_of(judge.vendor, call)), judge.vendor.data["errors"]
    if error and code == str(errors[error]["code"]):
        return False
    nowhere = errors[judge.vendor.data["unmatched"]["error"]]
    if call.status in (404, 405):
        return code in (str(call.status), str(nowhere["code"]))
    return bool(call.status == nowhere["http"] and code == str(nowhere["code"]))


def wait_for_proof(judge: Judge, operation: Operation, judged: Callable[[Judge], None]) -> None:
    """Keep what judges a refusal that says "no such address" until it is known that there is one; see `prove`."""
    judge.verdicts.waiting.setdefault(operation.name, []).append(judged)


def prove(judge: Judge, operation: Operation) -> None:
    """The operation has been found at its address: judge what has waited for that."""
    for judged in judge.verdicts.waiting.pop(operation.name, []):
        judged(judge)


def states(judge: Judge, claim: str) -> bool:
    """Whether a document makes this statement, so that its exact words bind."""
    return judge.verdicts.has(claim) and judge.verdicts.claims[claim].is_claim


def is_error(judge: Judge, error: str, call: Call) -> bool:
    """Whether an answer carries the code of this error."""
    return str(read_answer.code_of(judge.vendor, call)) == str(judge.vendor.data["errors"][error]["code"])
