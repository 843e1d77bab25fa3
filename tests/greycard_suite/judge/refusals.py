"""Judges refusals by the situation in which they happened: whether one was due, and which documented codes fit it.

A code binds only where a document lists it for the operation and the situation (``fits`` in the contract data, and
the sourced places that name one error). Where several fit, each is right; where none is documented, any refusal is.
Nothing here sends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from greycard_suite.judge import preconditions, read_answer
from greycard_suite.judge.task import summary

if TYPE_CHECKING:
    from greycard_schemas.loader import Operation
    from greycard_suite.call import Call
    from greycard_suite.judge.answers import Judge
    from greycard_suite.judge.task import Task

OK = 200


@dataclass(frozen=True, slots=True)
class Situation:
    """Why a request is refused: `name` is a situation of ``fits``, such as request/FIELD, picture/BREACH or key.

    `error` is the error that the contract data give it, documented or assumed.
    """

    operation: Operation
    name: str
    error: str


def bad_request(operation: Operation, claim: str) -> Situation:
    """A request that breaks the statement `claim` about one of its fields, or about the whole of it."""
    _, *named = claim.partition("#")[2].split("/")
    field = "" if len(named) < 2 else named[1] if named[0] == "required" and len(named) == 2 else named[0]
    refusals = operation.contract.get("refusals", {})
    is_type = claim.endswith("/type") or "/required/" in claim
    error = operation.contract["refusal"] if is_type else refusals.get(f"/{field}", operation.contract["refusal"])
    return Situation(operation, f"request/{field}" if field else "request", str(error))


def bad_picture(operation: Operation, breach: str) -> Situation:
    """A picture with this fault, refused at once."""
    consequence = operation.contract["pictures"]["consequences"].get(breach, {})
    return Situation(operation, f"picture/{breach}", str(consequence.get("error", operation.contract["refusal"])))


def no_task(operation: Operation, how: str) -> Situation:
    """A task that is unknown, malformed (an id that the vendor could never have given) or deleted."""
    task = operation.contract["task"]
    return Situation(operation, f"task/{how}", str(task["deleted" if how == "deleted" else "unknown"]))


def at_statement(operation: Operation, claim: str, error: str) -> Situation:
    """The situation of which a statement such as task/deleted or balance/error speaks."""
    return Situation(operation, claim.partition("#")[2].removesuffix("/error"), error)


def no_key(judge: Judge, operation: Operation) -> Situation:
    """A credential that is missing, wrong, or in the wrong place."""
    return Situation(operation, "key", str(judge.vendor.data["auth"]["error"]))


def fitting(judge: Judge, situation: Situation) -> tuple[str, ...]:
    """The documented errors that are right in a situation; empty where none is documented, so that any refusal is."""
    contract, (family, _, part) = situation.operation.contract, situation.name.partition("/")
    fits = contract.get("fits", {})
    if situation.name in fits:
        return tuple(fits[situation.name])
    place = f"{situation.operation.vendor}/{situation.operation.name}#"
    stated = {
        "picture": f"{place}pictures/consequences/{part}/error",
        "task": f"{place}task/{part}",
        "key": f"{judge.vendor.name}#auth/error",
        "rate": f"{judge.vendor.name}#rate/error",
        "balance": f"{judge.vendor.name}#balance/error",
    }.get(family, "")
    if not preconditions.states(judge, stated):
        return tuple(fits.get(family, ()))
    code = f"{judge.vendor.name}#errors/{situation.error}/code"
    return (situation.error,) if preconditions.states(judge, code) else ()


def is_condition(judge: Judge, call: Call, *, but_for: str = "") -> bool:
    """Whether a refusal tells of the account rather than of the request: it is noted what that blocks.

    `but_for` is the error that the test has provoked.
    """
    operation = judge.vendor.operations[call.operation]
    return preconditions.is_blocked(judge, operation, call, provoked=but_for, due=False)


def judge_code(judge: Judge, situation: Situation, call: Call) -> None:
    """Judge the code of a refusal: violated where exactly one documented code fits and another came."""
    fits = fitting(judge, situation)
    right = [error for error in fits if judge.carries(error, call)]
    if right or len(fits) == 1:
        judge.error((right or fits)[0], call)
    elif not fits and not preconditions.states(judge, f"{judge.vendor.name}#errors/{situation.error}/code"):
        judge.error(situation.error, call)  # an assumption, which can only be refuted
    elif fits:
        wanted = " or ".join(str(judge.vendor.data["errors"][error]["code"]) for error in fits)
        judge.verdicts.notice(
            f"{situation.operation.name}: {situation.name} is refused with {read_answer.code_of(judge.vendor, call)},"
            f" a code that the document does not list for it ({wanted} would fit)"
        )


def is_right(judge: Judge, situation: Situation, call: Call) -> bool:
    """Whether the code of a refusal is one that fits the situation, or none is documented for it."""
    fits = fitting(judge, situation)
    return not fits or any(judge.carries(error, call) for error in fits)


def is_right_later(judge: Judge, situation: Situation, task: Task) -> bool:
    """Whether a task that was accepted and has failed is as good as a refusal: with a code that fits, or none.

    An error with an HTTP status of its own can only be told at once.
    """
    http = f"{judge.vendor.name}#errors/{situation.error}/http"
    at_once = preconditions.states(judge, http) and judge.vendor.data["errors"][situation.error]["http"] != OK
    if task.phase != "failed" or at_once:
        return False
    read = judge.vendor.operations[task.operation.contract["read"]]
    body = read.contract["responses"].get("failed", {}).get("body", {})
    code = read_answer.value_of(body, task.last.json, "task.errorcode")
    fits = {str(judge.vendor.data["errors"][error]["code"]) for error in fitting(judge, situation)}
    return not fits or code in (read_answer.MISSING, *read_answer.NOTHING) or str(code) in fits


@dataclass(frozen=True, slots=True)
class Forbidden:
    """A request that a document forbids by the statement `claim`; `by_code` when the claim names the very error."""

    claim: str
    situation: Situation
    expected: str
    by_code: bool = False


def forbidden(judge: Judge, claim: str, situation: Situation, expected: str) -> Forbidden:
    """A request that `claim` forbids; a claim that gives the name of the error is about its code as well."""
    by_code = judge.verdicts.has(claim) and judge.verdicts.claims[claim].value == situation.error
    return Forbidden(claim, situation, expected, by_code)


def judge_refused(judge: Judge, rule: Forbidden, call: Call, *, sure: bool = False) -> str:
    """Judge what came at once for a request that must not succeed; returns accepted, refused, unclear or doubtful.

    What was accepted is not judged: it may yet fail. Doubtful is a refusal that speaks of the account: it is judged
    only when one is `sure` that the account is well.
    """
    operation, error = rule.situation.operation, rule.situation.error
    answer = read_answer.answer_to(operation, call)
    if answer == "accepted":
        return answer
    # with a balance that a test has spent, nothing else explains a refusal
    sure = sure or rule.situation.name.startswith("balance")
    if not sure and preconditions.speaks_of_account(judge, operation, call, provoked=error):
        return "doubtful"
    if not preconditions.is_usable(judge, operation):
        return "unclear"
    if preconditions.is_nowhere(judge, call, error):
        preconditions.wait_for_proof(judge, operation, lambda later: _judge_refusal(later, rule, call, answer))
    else:
        _judge_refusal(judge, rule, call, answer)
    return answer


def _judge_refusal(judge: Judge, rule: Forbidden, call: Call, answer: str) -> None:
    if answer == "refused":
        note(judge, rule, call, holds=not rule.by_code or is_right(judge, rule.situation, call))
    if answer == "refused" or call.status >= 500:
        judge_code(judge, rule.situation, call)


def judge_end(judge: Judge, rule: Forbidden, task: Task) -> None:
    """Judge how a task ended that should not have been accepted: one that failed was refused."""
    if task.phase in ("succeeded", "failed"):
        note(judge, rule, task.last, holds=not has_result(judge, task))
    elif task.phase == "lost":  # nothing says that it failed
        note(judge, rule, task.create, holds=False)


def has_result(judge: Judge, task: Task) -> bool:
    """Whether a task ended with success, and in a batch for at least one of its pictures."""
    if task.phase != "succeeded" or "list" not in task.operation.contract.get("pictures", {}):
        return task.phase == "succeeded"
    read = judge.vendor.operations[task.operation.contract["read"]]
    return bool(read_answer.result_links(read, task.last))


def note(judge: Judge, rule: Forbidden, call: Call, *, holds: bool) -> None:
    """Note whether the statement that forbids the request held."""
    if judge.verdicts.has(rule.claim):
        judge.verdicts.judge(rule.claim, holds, expected=rule.expected, seen=summary(call), call=call)
