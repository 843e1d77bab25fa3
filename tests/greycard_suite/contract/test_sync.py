"""Synchronous requests, and the forms in which a result is delivered: link, Base64 text, bytes."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from greycard_client.pictures import is_picture
from greycard_suite.call import picture_of
from greycard_suite.contract.declare import Case, suite_test
from greycard_suite.evidence.redaction import KEPT_BASE64
from greycard_suite.judge import preconditions, read_answer
from greycard_suite.judge.task import summary
from greycard_suite.judge.variants_seen import note_allowed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from greycard_schemas.loader import Operation, Vendor
    from greycard_suite.targets.target import Target


def _sync(vendor: Vendor) -> Iterable[Case]:
    return [Case(op.name, op.name) for op in vendor.of_kind("create") if "sync" in op.contract]


@suite_test("*#sync/*", "*#delivers/*", "*#request/return_type/*", cases=_sync, requests=8, credits=4)
def test_a_synchronous_request_is_answered_with_the_result(target: Target, case: Case) -> None:
    """With sync the answer is the finished task: as link, Base64 text or bytes, as return_type says."""
    operation = target.vendor.operations[case.data]
    sync, delivers = operation.contract["sync"], operation.contract["delivers"]
    read = target.vendor.operations[sync["answer_of"]]
    place = f"{operation.vendor}/{operation.name}#"
    if not preconditions.is_usable(target.judge, operation):
        return
    allowed = operation.request["properties"][delivers["parameter"]]["enum"]
    for form in ("link", "base64", "binary"):
        if delivers[form] not in allowed:
            target.verdicts.excuse(
                f"*#delivers/{form}", "the account may not use this return type (variant return_types)"
            )
            continue
        values = {sync["parameter"]: sync["equals"], delivers["parameter"]: delivers[form]}
        request = target.request(operation, **values)
        call = target.send(
            operation,
            request,
            files=None
            if target.needs_link(operation)
            else target.upload(operation, target.images.bytes(*target.good_size(operation), "jpg")),
            credits=1,
        )
        if form == "link" and preconditions.is_blocked(target.judge, operation, call):
            return
        if read_answer.answer_to(operation, call) == "refused" and form != "link" and target.kind != "mock":
            note_allowed(
                target.vendor, target.verdicts, operation, delivers["parameter"], allowed=False
            )  # S2:25: only on request
            target.verdicts.excuse(f"*#delivers/{form}", "this account may not use it (S2:25 says: on request)")
            continue
        if form != "link" and read_answer.answer_to(operation, call) == "accepted":
            note_allowed(target.vendor, target.verdicts, operation, delivers["parameter"], allowed=True)
        if form == "binary":
            picture = picture_of(call.body)
            target.verdicts.judge(
                f"{place}delivers/binary",
                picture is not None,
                expected="the bytes of a picture",
                seen=summary(call),
                call=call,
            )
            continue
        phase, judgements = read_answer.phase_of(target.vendor, read, call)
        complete = call.is_json and phase == "succeeded"
        for claim in ("equals", "parameter", "answer_of"):
            target.verdicts.judge(
                f"{place}sync/{claim}", complete, expected="the finished task", seen=summary(call), call=call
            )
        if not complete:
            continue
        target.judge.keywords(judgements, call)
        sent = {f"request.{name}": value for name, value in request.items()}
        target.judge.meanings(read, read.contract["responses"]["succeeded"]["schema"], call.json, sent, call)
        body = read.contract["responses"]["succeeded"]["body"]
        image = read_answer.value_of(body, call.json, "result.delivered", "result.link")
        shown = _is_picture(image) if form == "base64" else str(image).startswith("http")
        target.verdicts.judge(
            f"{place}delivers/{form}",
            shown,
            expected=f"the result as {form}",
            seen=str(image)[:60],
            call=call,
        )
        target.verdicts.judge(f"{place}delivers/parameter", shown, expected=delivers["parameter"], seen=form, call=call)
    _judge_binary_needs_sync(target, operation)
    _judge_default(target, operation, read)


def _is_picture(text: Any) -> bool:
    """Whether a text is a picture in Base64; of a long one the beginning is kept, which may end in its metadata."""
    content = _base64(text)
    return picture_of(content) is not None or (len(content) == KEPT_BASE64 * 3 // 4 and is_picture(content))


def _base64(text: Any) -> bytes:
    try:
        return base64.b64decode("".join((str(text).partition("base64,")[2] or str(text)).split()), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _judge_binary_needs_sync(target: Target, operation: Operation) -> None:
    delivers = operation.contract["delivers"]
    claim = f"{operation.vendor}/{operation.name}#delivers/binary_needs_sync"
    if (
        operation.contract["sync"]["always"]
        or delivers["binary"] not in operation.request["properties"][delivers["parameter"]]["enum"]
    ):
        target.verdicts.excuse(claim, "every request is synchronous, or the account may not use return type 3")
        return
    if operation.contract["sync"]["parameter"] in preconditions.form_of(target.judge, operation).applied({}):
        target.verdicts.excuse(claim, "this account's requests must be synchronous")
        return
    request = target.request(operation, **{delivers["parameter"]: delivers["binary"]})
    call = target.send(
        operation,
        request,
        files=target.upload(operation, target.images.bytes(*target.good_size(operation), "jpg")),
        credits=1,
    )
    if "disabled" in target.verdicts.options.get("async", ()):
        target.verdicts.excuse(claim, "every create of this account is synchronous (S2:26)")
    elif target.verdicts.options.get("return_types") != {"url_only"}:
        answer = read_answer.answer_to(operation, call)
        binary = picture_of(call.body) is not None
        target.verdicts.judge(
            claim,
            answer == "refused" or not binary,
            expected="no bytes without sync",
            seen=summary(call),
            call=call,
        )


def _judge_default(target: Target, operation: Operation, read: Operation) -> None:
    delivers = operation.contract["delivers"]
    claim = f"{operation.vendor}/{operation.name}#request/{delivers['parameter']}/default"
    if not target.verdicts.has(claim):
        return
    task = target.create(operation)
    target.finish(task)
    if task and task.phase == "succeeded":
        links = read_answer.result_links(read, task.last)
        body = read.contract["responses"]["succeeded"]["body"]
        seen = read_answer.value_of(body, task.last.json, f"request.{delivers['parameter']}")
        holds = bool(links) and seen in (delivers["link"], read_answer.MISSING)
        target.verdicts.judge(
            claim,
            holds,
            expected=f"a link, {delivers['parameter']} {delivers['link']}",
            seen=f"{len(links)} links, {seen!r}",
            call=task.last,
        )
