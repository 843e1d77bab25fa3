"""What comes out: real pictures of the right size and form, under links that live as long as documented."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from greycard_suite import plain, reading
from greycard_suite.followed import summary
from greycard_suite.marks import Case, suite_test
from greycard_suite.observe import note_allowed
from greycard_suite.pictures import scale_samples

if TYPE_CHECKING:
    from collections.abc import Iterable

    from greycard_mocks.pictures import Picture
    from greycard_schemas.loader import Operation, Vendor
    from greycard_suite.followed import Followed
    from greycard_suite.target import Target


def inspected(content: bytes) -> Picture | None:
    """The facts of a picture; None when the bytes are none."""
    from greycard_suite.recording import picture_of

    return picture_of(content)


def _scaled(vendor: Vendor) -> Iterable[Case]:
    for operation in vendor.of_kind("create"):
        found = list(scale_samples(operation)) if "automatic" in operation.contract.get("result", {}) else []
        for start in range(0, len(found), 8):
            yield Case(f"{operation.name}-{start}", (operation.name, start, start + 8), requests=8 * 6, credits=8)


@suite_test("*#result/*", cases=_scaled, requests=48, credits=8)
def test_the_result_is_as_many_times_larger_as_documented(target: Target, case: Case) -> None:
    """In the middle and on both sides of every boundary, the result is larger by the documented factor."""
    name, start, end = case.data
    operation = target.vendor.operations[name]
    pairs = []
    for sample in list(scale_samples(operation))[start:end]:
        values: dict[str, Any] = (
            {} if sample.wanted is None else {operation.contract["result"]["parameter"]: sample.wanted}
        )
        content = target.images.bytes(sample.width, sample.height, "jpg")
        pairs.append((sample, target.create(operation, picture=content, **values)))
    target.finish(*(task for _, task in pairs))
    for sample, task in pairs:
        if task is None:
            continue
        place = f"{operation.vendor}/{operation.name}#"
        if task.phase == "failed" and not _size_is_disputed(sample.width):
            for claim in sample.claims:
                target.verdicts.judge(
                    place + claim,
                    False,
                    expected=f"{sample.width} px: enhanced",
                    seen=summary(task.last),
                    call=task.last,
                )
        picture = _first_result(target, operation, task)
        if picture is None:
            continue
        factor = picture.width / sample.width
        holds = (
            factor != -sample.factor
            if sample.factor < 0
            else (factor == sample.factor and picture.height == sample.height * factor)
        )
        words = f"not {-sample.factor}" if sample.factor < 0 else f"{sample.factor}"
        for claim in sample.claims:
            target.verdicts.judge(
                place + claim,
                holds,
                expected=f"long side {sample.width}, scale_factor {sample.wanted}: {words} times",
                seen=f"{factor:g} times",
                call=task.last,
            )


def _size_is_disputed(long_side: int) -> bool:
    return long_side <= 10


def _first_result(target: Target, operation: Operation, task: Followed) -> Picture | None:
    if task.phase != "succeeded":
        return None
    read = target.vendor.operations[operation.contract["read"]]
    links = reading.result_links(read, task.last)
    if not links:
        return None
    status, content = target.download(links[0])
    return inspected(content) if status == 200 else None


def _fixed(vendor: Vendor) -> Iterable[Case]:
    for operation in vendor.of_kind("create"):
        result = operation.contract.get("result", {})
        if "fixed" not in result and "by_value" not in result:
            continue
        needs = ("links",)
        for value in result.get("by_value", {"": 0}):
            if value != "x-source":
                yield Case(f"{operation.name}{'-' if value else ''}{value}", (operation.name, value), needs=needs)


@suite_test("*#result/*", "*#price/*", "*#request/file_ext/*", cases=_fixed, requests=14, credits=2)
def test_a_fixed_enlargement_is_kept(target: Target, case: Case) -> None:
    """The result's sides are the input's times the vendor's factor, in the format that was asked for."""
    name, value = case.data
    operation = target.vendor.operations[name]
    result = operation.contract["result"]
    wanted = {result["parameter"]: value} if value else {}
    width, height = target.good_size(operation)
    formats = {result["format_from"]: None} if "format_from" in result else {}
    choices: list[dict[str, Any]] = [{**wanted, key: one} for key in formats for one in ("png", "JPG")] or [wanted]
    tasks = [target.create(operation, **values) for values in choices]
    target.finish(*tasks)
    for values, task in zip(choices, tasks, strict=True):
        picture = _first_result(target, operation, task) if task else None
        if picture is None or task is None:
            continue
        factor = result["fixed"] if "fixed" in result else result["by_value"][value]
        claim = f"{operation.vendor}/{operation.name}#result/" + ("fixed" if "fixed" in result else f"by_value/{value}")
        seen = f"{picture.width}x{picture.height}"
        target.verdicts.judge(
            claim,
            (picture.width, picture.height) == (width * factor, height * factor),
            expected=f"{width * factor}x{height * factor}",
            seen=seen,
            call=task.last,
        )
        if "format_from" in result:
            form = "png" if values[result["format_from"]].lower() == "png" else "jpeg"
            target.verdicts.judge(
                f"{operation.vendor}/{operation.name}#result/format_from",
                picture.format == form,
                expected=form,
                seen=picture.format,
                call=task.last,
            )
        _judge_facts(target, operation, task, picture)


def _judge_facts(target: Target, operation: Operation, task: Followed, picture: Picture) -> None:
    """What the answer says of the pictures is true of their bytes."""
    read = target.vendor.operations[operation.contract["read"]]
    width, height = target.good_size(operation)
    given = inspected(target.images.bytes(width, height, "jpg"))
    truth = {
        "result.width": picture.width, "result.height": picture.height, "result.size": picture.size_bytes,
        "picture.width": width, "picture.height": height, "picture.size": given.size_bytes if given else None,
        "task.id": task.task_id,
    }  # fmt: skip
    link = reading.main_link(read, task.last)
    if link is None or link in map(str, task.values.values()):
        # what was downloaded is not the picture that the answer speaks of
        truth = {name: value for name, value in truth.items() if not name.startswith("result.")}
    else:
        truth["result.link"] = link
    target.judge_meanings(read, read.contract["responses"]["succeeded"]["schema"], task.last.json, truth, task.last)


def _linked(vendor: Vendor) -> Iterable[Case]:
    for operation in vendor.of_kind("create"):
        read = vendor.operations[operation.contract["read"]]
        if any(
            reading.places_of(
                read.contract["responses"]["succeeded"]["body"],
                ("result.link", "result.delivered", "item.result"),
            )
        ):
            yield Case(
                operation.name,
                operation.name,
                needs=("links",) if "file" not in operation.contract.get("pictures", {}) else (),
            )


@suite_test("#link/*", "*#delivers/link", "*image*", "*#delivers/parameter", cases=_linked, requests=10, credits=1)
def test_a_result_link_lives_as_long_as_documented(target: Target, case: Case) -> None:
    """The link of a finished task gives a picture until its life is over, and then the documented refusal."""
    operation = target.vendor.operations[case.data]
    read = target.vendor.operations[operation.contract["read"]]
    task = target.create(operation)
    target.finish(task)
    links = reading.result_links(read, task.last) if task and task.phase == "succeeded" else []
    if not task or not links:
        return
    status, content = target.download(links[0])
    picture = inspected(content)
    place = f"{target.vendor.name}#link"
    alive = status == 200 and picture is not None
    is_result = alive and links[0] not in map(str, task.values.values())
    truth = {"result.link": links[0] if is_result else "a link to the result"}
    target.judge_meanings(read, read.contract["responses"]["succeeded"]["schema"], task.last.json, truth, task.last)
    if not alive:
        target.verdicts.judge(
            f"{place}/life_seconds",
            False,
            expected="a picture right after the end",
            seen=f"HTTP {status}",
            call=target.wire.calls[-1],
        )
        return
    deliver = f"{operation.vendor}/{operation.name}#delivers/link"
    if target.verdicts.has(deliver):
        target.verdicts.judge(deliver, True, expected="a link", seen="a link", call=task.last)
    life = target.vendor.data["link"]["life_seconds"]
    if life is None:
        target.verdicts.judge(f"{place}/life_seconds", True, expected="no end", seen="alive", call=task.last)
        return
    _judge_link_form(target, task, links[0], life)
    if "virtual_time" not in target.capabilities:
        return
    end = task.create.started + target.control.timing.finish + life
    target.clock.sleep(end - target.clock.now())
    at_end = target.download(links[0])[0]
    target.clock.sleep(1.0)
    after = target.download(links[0])[0]
    target.verdicts.judge(
        f"{place}/life_seconds",
        at_end == 200 and after != 200,
        expected=f"alive for {life} s, then dead",
        seen=f"HTTP {at_end}, then {after}",
        call=target.wire.calls[-1],
    )
    if after != 200:
        target.verdicts.judge(
            f"{place}/expired_http",
            after == target.vendor.data["link"]["expired_http"],
            expected=target.vendor.data["link"]["expired_http"],
            seen=after,
            call=target.wire.calls[-1],
        )


def _judge_link_form(target: Target, task: Followed, link: str, life: float) -> None:
    """S2:114: the link of the sample carries its end; where it does, the end is held against the documented life."""
    expires = parse_qs(urlsplit(link).query).get("Expires", [""])[0]
    completed = reading.at(task.last.json, "/data/completed_at")
    if not any(word in urlsplit(link).query.lower() for word in ("expires", "signature")):
        target.verdicts.judge(
            f"{target.vendor.name}#link/signed",
            False,
            expected="a signed link",
            seen="neither expiry nor signature",
            call=task.last,
        )
    if not expires.isdigit() or not isinstance(completed, int):
        target.verdicts.excuse("#link/*", "the link does not tell its end, and waiting an hour is no test")
        return
    moments = (completed, target.clock.now(), task.last.started)
    off = min(abs(int(expires) - moment - life) for moment in moments)
    target.verdicts.judge(
        f"{target.vendor.name}#link/life_seconds",
        off <= 300,
        expected=f"Expires {life:g} s after completion",
        seen=f"Expires {int(expires) - completed} s after completion",
        call=task.last,
    )
    target.verdicts.judge(
        f"{target.vendor.name}#link/signed",
        True,
        expected="a signed link",
        seen="Expires, Signature",
        call=task.last,
    )


def _sync(vendor: Vendor) -> Iterable[Case]:
    return [Case(op.name, op.name) for op in vendor.of_kind("create") if "sync" in op.contract]


@suite_test("*#sync/*", "*#delivers/*", "*#request/return_type/*", cases=_sync, requests=8, credits=4)
def test_a_synchronous_request_is_answered_with_the_result(target: Target, case: Case) -> None:
    """With sync the answer is the finished task: as link, Base64 text or bytes, as return_type says."""
    operation = target.vendor.operations[case.data]
    sync, delivers = operation.contract["sync"], operation.contract["delivers"]
    read = target.vendor.operations[sync["answer_of"]]
    place = f"{operation.vendor}/{operation.name}#"
    if not plain.is_usable(target, operation):
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
            files=target.upload(operation, target.images.bytes(*target.good_size(operation), "jpg")),
            credits=1,
        )
        if reading.answer_to(operation, call) == "refused" and form != "link" and target.kind != "mock":
            note_allowed(target, operation, delivers["parameter"], allowed=False)  # S2:25: only on request
            target.verdicts.excuse(f"*#delivers/{form}", "this account may not use it (S2:25 says: on request)")
            continue
        if form != "link" and reading.answer_to(operation, call) == "accepted":
            note_allowed(target, operation, delivers["parameter"], allowed=True)
        if form == "binary":
            picture = inspected(call.body)
            target.verdicts.judge(
                f"{place}delivers/binary",
                picture is not None,
                expected="the bytes of a picture",
                seen=summary(call),
                call=call,
            )
            continue
        phase, judgements = reading.phase_of(target.vendor, read, call)
        complete = call.is_json and phase == "succeeded"
        for claim in ("equals", "parameter", "answer_of"):
            target.verdicts.judge(
                f"{place}sync/{claim}", complete, expected="the finished task", seen=summary(call), call=call
            )
        if not complete:
            continue
        target.judge_all(judgements, call)
        image = reading.at(call.json, "/data/image")
        shown = inspected(_base64(image)) is not None if form == "base64" else str(image).startswith("http")
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


def _base64(text: Any) -> bytes:
    try:
        return base64.b64decode(str(text).partition("base64,")[2] or str(text), validate=True)
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
        answer = reading.answer_to(operation, call)
        binary = inspected(call.body) is not None
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
        links = reading.result_links(read, task.last)
        seen = reading.at(task.last.json, f"/data/{delivers['parameter']}")
        holds = bool(links) and seen in (delivers["link"], reading.MISSING)
        target.verdicts.judge(
            claim,
            holds,
            expected=f"a link, {delivers['parameter']} {delivers['link']}",
            seen=f"{len(links)} links, {seen!r}",
            call=task.last,
        )
