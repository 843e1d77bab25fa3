"""Finds the form in which a create operation accepts a plain request, and judges what had to change for that.

The smallest documented request comes first. Where it is refused, or its task fails, one thing at a time is done
otherwise, then two, within bounds, until a request is accepted; the run goes on with that form. It sends through a
target only, and leaves what is said of answers to the judge.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING, Literal

from greycard_suite.judge import preconditions, read_answer
from greycard_suite.judge.accepted_form import Form, related
from greycard_suite.judge.account import condition_of, is_unlisted
from greycard_suite.judge.refused_good import name_group
from greycard_suite.judge.task import summary
from greycard_suite.probing.changes import pairs, single

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greycard_schemas.loader import Operation
    from greycard_suite.call import Call
    from greycard_suite.judge.task import Task
    from greycard_suite.probing.changes import Change
    from greycard_suite.targets.target import Target

State = Literal["accepted", "refused", "failed", "no id", "out of service", "condition", "nowhere"]

MOST_TRIALS = 40
"""Requests after the first, so that a vendor that refuses everything is not asked for ever."""

MOST_FAILED = 8
"""Tasks after the first that may be created, and fail, to find out what makes them fail."""

PATIENCE = (1.0, 3.0, 9.0)
"""Seconds between the tries of a request that is answered with an error of the vendor's own."""


@dataclass(frozen=True, slots=True)
class Tried:
    """One request, and what became of it; `why` says it in words."""

    state: State
    call: Call
    task: Task | None = None
    why: str = ""


def accepted_task(target: Target, operation: Operation) -> Task | None:
    """The task of a plain request that was accepted and has not failed; None where nothing leads to one.

    What had to change is violated; what no change helps against is named as a group; a condition of the account
    blocks. How plain requests are made from now on stands in the verdicts' forms.
    """
    preconditions.forget(target.judge, operation)
    first = _patiently(target, operation)
    if first.state == "failed":  # once may be chance
        first = _tried(target, operation, Form())
    match first.state:
        case "accepted":
            target.verdicts.forms[operation.name] = Form()
            return first.task
        case "condition":
            _give_up(target, operation, first.why)
            return None
        case "no id":
            _give_up(target, operation, f"{operation.name} accepts without telling the id of the task")
            return None
        case "nowhere":
            _blame_nowhere(target, operation, first.call)
            _give_up(target, operation, first.why)
            return None
        case _:
            return _searched(target, operation, first)


def _searched(target: Target, operation: Operation, first: Tried) -> Task | None:
    """The task of the first change that helps."""
    base = target.request(operation)
    changes = single(operation, base, links="links" in target.capabilities)
    fails = first.state == "failed"
    if fails:  # what a picture is like is the likeliest reason
        changes.sort(key=lambda one: not one.of_picture)
    most = MOST_FAILED if fails else MOST_TRIALS
    tried: Tried = first
    states = {first.state}
    for change in islice(chain(changes, () if fails else pairs(changes)), most):
        tried = _tried(target, operation, change.form)
        states.add(tried.state)
        if tried.state == "accepted":
            _blame_change(target, operation, change, first)
            target.verdicts.forms[operation.name] = change.form
            return tried.task
        if tried.state == "condition":
            _give_up(target, operation, tried.why)
            return None
    target.verdicts.forms.pop(operation.name, None)
    if states == {"out of service"}:
        _give_up(target, operation, f"{operation.name}: the vendor is out of service ({first.why})")
        return None
    _blame_everything(target, operation, first)
    _give_up(target, operation, f"{operation.name} refuses every documented request ({first.why})")
    return None


def _patiently(target: Target, operation: Operation) -> Tried:
    """The plain request, tried again for a while where the vendor is out of service."""
    tried = _tried(target, operation, Form())
    for seconds in PATIENCE:
        unwell = tried.state == "out of service" or (tried.state == "condition" and tried.call.status in (429, 503))
        if not unwell:
            break
        target.clock.sleep(seconds)
        tried = _tried(target, operation, Form())
    return tried


def _tried(target: Target, operation: Operation, form: Form) -> Tried:
    """One request in this form; a task that is created is followed to its end."""
    target.verdicts.forms[operation.name] = form
    size = target.good_size(operation)
    files = None if target.needs_link(operation) else target.upload(operation, target.images.bytes(*size, "jpg"))
    values = target.request(operation)
    call = target.send(operation, values, files=files, credits=1)
    answer = read_answer.answer_to(operation, call)
    if answer == "accepted" or (answer == "unclear" and 200 <= call.status < 300):
        task = target.follow(operation, call, values)
        if task is None:
            return Tried("no id", call, why=summary(call))
        target.finish(task)
        ended = task.phase == "failed" and not _shows_result(target, task)
        return Tried("failed" if ended else "accepted", task.last if ended else call, task, why=summary(task.last))
    if call.status >= 500 and call.status != 503:
        return Tried("out of service", call, why=summary(call))
    if condition := condition_of(target.vendor, operation, call):
        state: State = (
            "refused" if target.kind == "mock" and preconditions.refuses_key(target.judge, call) else "condition"
        )
        return Tried(state, call, why=f"{operation.name}: {condition}")
    if preconditions.is_nowhere(target.judge, call):
        return Tried("nowhere", call, why=f"{operation.method} {operation.path} is not found")
    return Tried("refused", call, why=summary(call))


def _shows_result(target: Target, task: Task) -> bool:
    """Whether a task that calls itself failed gives a result: then its state is wrong, not the request."""
    return bool(read_answer.result_links(target.vendor.operations[task.operation.contract["read"]], task.last))


def _give_up(target: Target, operation: Operation, why: str) -> None:
    target.verdicts.forms[operation.name] = Form(refused=why)
    preconditions.hinder(target.judge, operation, why)


def _blame(target: Target, claims: Sequence[str], call: Call, expected: str, *, group: bool) -> None:
    if group:
        name_group(target.judge, claims, call, expected=expected)
        return
    for claim in (one for one in dict.fromkeys(claims) if target.verdicts.has(one)):
        target.verdicts.judge(claim, False, expected=expected, seen=summary(call), call=call)


def _blame_change(target: Target, operation: Operation, change: Change, first: Tried) -> None:
    """The plain request is refused, and accepted with this change: the statements that the change goes against.

    Where these are assumptions, and the refusal has a code that the document does not list although it lists codes,
    the account may not do it.
    """
    what = "its task fails" if first.state == "failed" else "it is refused"
    expected = f"the smallest documented request is carried out; {what}, and accepted with {change.words}"
    claims = change.claims
    if change.about == "format" and preconditions.states(target.judge, claims[0]):
        claims = claims[:1]
    _blame(target, claims, first.call, expected, group=change.about in ("size", "format"))
    stated = any(preconditions.states(target.judge, claim) for claim in change.claims)
    if not stated and first.state == "refused" and is_unlisted(target.vendor, operation, first.call):
        why = f"{operation.name}: {first.why}, a code that the document does not list; accepted with {change.words}"
        target.verdicts.hinder(why, *related(target.vendor, operation), due=True)


def _blame_nowhere(target: Target, operation: Operation, call: Call) -> None:
    place = f"{operation.vendor}/{operation.name}#"
    claims = [f"{place}path", f"{place}method", f"{operation.vendor}#paths/prefix", f"{operation.vendor}#paths/names"]
    _blame(target, claims, call, f"{operation.method} {operation.path} exists", group=True)


def _blame_everything(target: Target, operation: Operation, first: Tried) -> None:
    """No request that the document allows is carried out: one of all that a request consists of has changed."""
    if preconditions.refuses_key(target.judge, first.call):
        places = preconditions.places_of_key(target.vendor)
        _blame(target, places, first.call, "a valid key is let in", group=True)
        return
    place, head = f"{operation.vendor}/{operation.name}#", operation.vendor
    fields = [f"{place}request/required/{name}" for name in operation.request.get("required", ())]
    pictures = [f"{place}pictures/{key}" for key in ("file", "link", "list", "mask", "formats", "formats_shown")]
    reached = [f"{place}{name}" for name in ("path", "method", "encodings", "request/type")]
    key = preconditions.places_of_key(target.vendor)
    # tasks that all fail may as well be tasks that succeed under another name
    states = [
        f"{head}#lifecycle/states/{name}/value"
        for name, one in target.vendor.data["lifecycle"]["states"].items()
        if one["phase"] != "running"
    ]
    claims = (
        [*fields, *pictures, *states] if first.state == "failed" else [*reached, f"{head}#paths/names", *key, *fields]
    )
    expected = "a request as documented is carried out; nothing that was done otherwise helps"
    _blame(target, claims, first.call, expected, group=True)
