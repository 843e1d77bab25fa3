"""In which direction a violated statement about a body has moved, shown by a request or an answer of the later run.

A vendor that accepts more than its document allows breaks nobody who keeps to the document; one that refuses what it
accepted before does, and so does one that answers what was not legal before.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from greycard_schemas.judge import judge
from greycard_suite.judge import read_answer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from greycard_schemas.loader import Operation, Vendor
    from greycard_suite.call import Call
    from greycard_suite.evidence.change import Change


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that was accepted, or refused for what it said; `exercised` and `broken` are ids of statements."""

    test: str
    values: str
    """As JSON."""
    accepted: bool
    exercised: frozenset[str]
    broken: frozenset[str]


def asked_by(vendor: Vendor, operation: Operation, call: Call, test: str) -> Asked | None:
    """The request of a call; None where its answer says nothing of its values (an expired key, a rate, a fault)."""
    answer = read_answer.answer_to(operation, call)
    refusal = vendor.data["errors"].get(operation.contract.get("refusal", ""), {}).get("code")
    told = answer == "accepted" or (answer == "refused" and str(read_answer.code_of(vendor, call)) == str(refusal))
    if not told or not isinstance(call.fields, dict):
        return None
    found = judge(operation, str(operation.contract["request"]), call.fields)
    return Asked(
        test, json.dumps(call.fields, sort_keys=True), answer == "accepted",
        frozenset(one.claim for one in found), frozenset(one.claim for one in found if not one.holds),
    )  # fmt: skip


def wrong_in(vendor: Vendor, operation: Operation, call: Call) -> Iterator[str]:
    """The ids of the statements that the JSON of an answer breaks; nothing for refusals."""
    refused = not 200 <= call.status < 300 or read_answer.answer_to(operation, call) == "refused"
    if refused or not call.is_json:
        return
    if operation.kind == "read":
        found = read_answer.phase_of(vendor, operation, call)[1]
    elif "accepted" in operation.contract["responses"]:
        found = read_answer.judged_as(operation, "accepted", call)
    else:
        return
    yield from (one.claim for one in found if not one.holds)


def by_answer(change: Change, before: Mapping[str, Any], after: Mapping[str, Any]) -> Change:
    """A violated statement with the answer that breaks it; as it is where none does, or one did in the run before.

    `before` and `after` have such an answer of each run by the statement that it breaks.
    """
    if change.subject in before or change.subject not in after:
        return change
    sentence = f"May be answered now, and never before: {change.sentence.partition(': ')[2]}"
    return replace(change, sentence=sentence, direction="answer", witness=after[change.subject])


def by_request(change: Change, before: Sequence[Asked], after: Sequence[Asked]) -> Change:
    """A violated statement with the request that shows its direction; as it is where none does."""
    statement, claim = change.sentence.partition(": ")[2], change.subject
    alone = frozenset({claim})
    fine = {(one.test, one.values) for one in before if one.accepted}
    refused = [one for one in after if not (one.accepted or one.broken) and (one.test, one.values) in fine]
    # that a field is required says nothing of requests that have it
    tightened = [one for one in refused if claim in one.exercised and "/required/" not in claim]
    if tightened:
        sentence = f"Accepted before, and refused now: {statement}"
        return replace(change, sentence=sentence, direction="request", witness=_shortest(tightened))
    if any(one.accepted and one.broken == alone for one in before):
        return change
    loosened = [one for one in after if one.accepted and one.broken == alone]
    if loosened:
        sentence = f"Refused before, and accepted now: {statement}"
        return replace(
            change, severity="additive", sentence=sentence, direction="request", witness=_shortest(loosened)
        )  # fmt: skip
    return change


def _shortest(found: list[Asked]) -> Any:
    return json.loads(min((one.values for one in found), key=len))
