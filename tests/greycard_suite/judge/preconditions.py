"""What plain requests told: whether an operation is where the document says, and what it needs beside the documented.

A refusal says something about one rule only where a request without any fault is accepted. Nothing here sends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greycard_schemas.auth import scheme_of
from greycard_suite.judge import read_answer
from greycard_suite.judge.task import summary

if TYPE_CHECKING:
    from greycard_schemas.loader import Operation, Vendor
    from greycard_suite.targets.target import Target
    from greycard_suite.targets.wire import Call


def places_of_key(vendor: Vendor) -> list[str]:
    """The statements about where a credential stands: a request that is let in shows that they hold."""
    auth = vendor.data["auth"]
    return [f"{vendor.name}#auth/{key}" for key in (*scheme_of(auth).headers, "scheme")]


def forget(target: Target, operation: Operation) -> None:
    """Find out anew whether a plain request is accepted."""
    target.verdicts.plain.pop(operation.name, None)


def is_usable(target: Target, operation: Operation) -> bool:
    """Whether refusals of this operation say anything: not when it refuses plain requests as well."""
    return target.verdicts.plain.get(operation.name, {}) is not None


def adjusted(target: Target, operation: Operation, values: Any, claim: str) -> Any:
    """`values` with what plain requests need besides the documented, but for the field that `claim` is about."""
    needed = target.verdicts.plain.get(operation.name) or {}
    if not isinstance(values, dict):
        return values
    others = {name: value for name, value in needed.items() if name not in claim.partition("#")[2].split("/")}
    return {**values, **others}


def is_nowhere(target: Target, call: Call, error: str = "") -> bool:
    """Whether an answer says that there is no such address, rather than the refusal `error`."""
    code, errors = str(read_answer.code_of(target.vendor, call)), target.vendor.data["errors"]
    if error and code == str(errors[error]["code"]):
        return False
    nowhere = errors[target.vendor.data["unmatched"]["error"]]
    if call.status in (404, 405):
        return code in (str(call.status), str(nowhere["code"]))
    return bool(call.status == nowhere["http"] and code == str(nowhere["code"]))


def wait_for_proof(target: Target, operation: Operation, claim: str, call: Call, error: str, expected: str) -> None:
    """Keep a refusal that says "no such address" until it is known that there is one; see `prove`."""
    target.verdicts.waiting.setdefault(operation.name, []).append((claim, call, error, expected))


def prove(target: Target, operation: Operation) -> None:
    """The operation has been found at its address: judge what has waited for that."""
    for claim, call, error, expected in target.verdicts.waiting.pop(operation.name, []):
        if target.verdicts.has(claim):
            target.verdicts.judge(claim, False, expected=expected, seen=summary(call), call=call)
        target.judge_error(error, call)


def states(target: Target, claim: str) -> bool:
    """Whether a document makes this statement, so that its exact words bind."""
    return target.verdicts.has(claim) and target.verdicts.claims[claim].is_claim


def is_error(target: Target, error: str, call: Call) -> bool:
    """Whether an answer carries the code of this error."""
    return str(read_answer.code_of(target.vendor, call)) == str(target.vendor.data["errors"][error]["code"])
