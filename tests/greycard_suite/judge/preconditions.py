"""What plain requests told: whether an operation is where the document says, and what it needs beside the documented.

A refusal says something about one rule only where a request without any fault is accepted. Nothing here sends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greycard_schemas.auth import scheme_of
from greycard_schemas.claims.derive import claim_id
from greycard_schemas.patches import pointer_parts
from greycard_schemas.templates import places_of
from greycard_suite.judge import read_answer
from greycard_suite.judge.accepted_form import Form, related
from greycard_suite.judge.account import condition_of
from greycard_suite.judge.task import summary

if TYPE_CHECKING:
    from collections.abc import Callable

    from greycard_schemas.loader import Operation, Vendor
    from greycard_suite.call import Call
    from greycard_suite.judge.answers import Judge


def places_of_key(vendor: Vendor) -> list[str]:
    """The statements about where a credential stands: a request that is let in shows that they hold."""
    auth = vendor.data["auth"]
    return [f"{vendor.name}#auth/{key}" for key in (*scheme_of(auth).headers, "scheme")]


def form_of(judge: Judge, operation: Operation) -> Form:
    """How a plain request of this operation has to be made; as documented where nothing else is known."""
    return judge.verdicts.forms.get(operation.name, Form())


def forget(judge: Judge, operation: Operation) -> None:
    """Find out anew whether a plain request is accepted."""
    judge.verdicts.forms.pop(operation.name, None)


def is_usable(judge: Judge, operation: Operation) -> bool:
    """Whether refusals of this operation say anything: not when it refuses plain requests as well.

    A test that asks and hears no cannot look at what it was to look at, which is noted.
    """
    reason = form_of(judge, operation).refused
    if reason:
        hinder(judge, operation, reason)
    return not reason


def hinder(judge: Judge, operation: Operation, by: str) -> None:
    """The current test cannot go on with this operation, because of a violation or a condition of the account."""
    judge.verdicts.hinder(by, *related(judge.vendor, operation))


def is_blocked(judge: Judge, operation: Operation, call: Call, *, provoked: str = "", due: bool = True) -> bool:
    """Whether an answer tells of a condition of the account, which says nothing of a rule; it is noted what it blocks.

    `provoked` is the vendor's error that the test brings about on purpose. A request that is not `due` an acceptance
    may be refused in words that such a condition has too: then only one that is met elsewhere as well counts.
    """
    condition = condition_of(judge.vendor, operation, call, provoked=provoked)
    if not due and refuses_key(judge, call):
        return speaks_of_account(judge, operation, call, provoked=provoked)
    if condition:
        judge.verdicts.hinder(f"{operation.name}: {condition}", *related(judge.vendor, operation), due=due)
    return bool(condition)


def speaks_of_account(judge: Judge, operation: Operation, call: Call, *, provoked: str = "") -> bool:
    """Whether the refusal of a request that need not be accepted may be one of the account; nothing is noted."""
    # a key that gets in elsewhere is refused for what was asked
    known = refuses_key(judge, call) and judge.verdicts.key_gets_in.get("in", False)
    return not known and bool(condition_of(judge.vendor, operation, call, provoked=provoked))


def adjusted(judge: Judge, operation: Operation, values: Any, claim: str) -> Any:
    """`values` with what plain requests need besides the documented, but for the field that `claim` is about."""
    form = form_of(judge, operation)
    if not isinstance(values, dict) or form.is_plain:
        return values
    return form.applied(values, kept=field_of(claim))


def field_of(claim: str) -> str:
    """The field of a request that a statement is about; empty for one about anything else."""
    part, *rest = claim.partition("#")[2].split("/")
    if part != "request" or not rest:
        return ""
    return rest[1] if rest[0] == "required" and len(rest) == 2 else rest[0]


def refuses_key(judge: Judge, call: Call) -> bool:
    """Whether an answer says that the key is none, or may not do this."""
    auth = judge.vendor.data["errors"][judge.vendor.data["auth"]["error"]]
    return call.status in (401, 403) or str(read_answer.code_of(judge.vendor, call)) == str(auth["code"])


def id_claims(judge: Judge, operation: Operation) -> list[str]:
    """The statements that the answer to a create tells the id of the task."""
    response = operation.contract["responses"]["accepted"]
    schema = [*pointer_parts(response["schema"].removeprefix("#"))]
    found = []
    for pointer in places_of(response["body"], ("task.id",)):
        *above, name = pointer_parts(pointer)
        steps = [*schema, *(step for one in above for step in ("properties", one)), "required", name]
        claim = claim_id(operation.vendor, operation.name, steps)
        if judge.verdicts.has(claim):
            found.append(claim)
    return found


def note_bad_id(judge: Judge, operation: Operation, call: Call, expected: str = "the id of the task") -> None:
    """A create was answered as accepted, and its task cannot be followed: what should have told its id is violated."""
    for claim in id_claims(judge, operation):
        judge.verdicts.judge(claim, False, expected=expected, seen=summary(call), call=call)


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
    judge.verdicts.found.add(operation.name)
    for judged in judge.verdicts.waiting.pop(operation.name, []):
        judged(judge)


def states(judge: Judge, claim: str) -> bool:
    """Whether a document makes this statement, so that its exact words bind."""
    return judge.verdicts.has(claim) and judge.verdicts.claims[claim].is_claim


def is_too_many(judge: Judge, call: Call) -> bool:
    """Whether an answer refuses a request for the vendor's rate, also under HTTP 200."""
    rate = judge.vendor.data.get("rate")
    return rate is not None and judge.carries(rate["error"], call)
