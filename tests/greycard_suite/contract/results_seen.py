"""Looks at a downloaded result: whether it is a picture, made from its own input, and more than that input."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greycard_suite.call import picture_of
from greycard_suite.judge import read_answer
from greycard_suite.lifetime.likeness import is_foreign, made_from

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greycard_mocks.images.inspect import Picture
    from greycard_schemas.loader import Operation
    from greycard_suite.call import Delivery
    from greycard_suite.judge.task import Task
    from greycard_suite.targets.target import Target

SMALL = 32
"""The side in pixels under which a picture is too small to be recognised by its blocks."""


def judge_result(
    target: Target,
    read: Operation,
    content: bytes,
    inputs: Sequence[bytes],
    own: int,
    claims: Sequence[str] | None = None,
) -> None:
    """Judge the result of `inputs[own]`, just downloaded, by `claims` or those of a finished answer.

    `content` is empty where the link gave nothing.
    """
    create = target.vendor.operations[read.contract["create"]]
    picture, given = picture_of(content), picture_of(inputs[own])
    wrong = "" if given is None else _what_is_wrong(target, create, content, inputs, own)
    for claim in read_answer.result_claims(read) if claims is None else claims:
        if target.verdicts.has(claim):
            target.verdicts.judge(
                claim,
                not wrong,
                expected="a picture made from the input",
                seen=wrong or "a picture made from the input",
                call=target.wire.calls[-1],
            )
    larger = f"{create.vendor}/{create.name}#result/enlarges"
    if picture is not None and given is not None and not wrong and target.verdicts.has(larger):
        target.verdicts.judge(
            larger,
            picture.width > given.width and picture.height > given.height,
            expected=f"larger than {given.width}x{given.height}",
            seen=f"{picture.width}x{picture.height}",
            call=target.wire.calls[-1],
        )


def first_result(target: Target, operation: Operation, task: Task, inputs: list[bytes], own: bytes) -> Picture | None:
    """The facts of the result, which must be a picture, made from the task's own input and not that input itself."""
    if task.phase != "succeeded":
        return None
    read = target.vendor.operations[operation.contract["read"]]
    links = read_answer.result_links(read, task.last)
    if not links:
        return None
    status, content = target.download(links[0])
    picture = picture_of(content) if status == 200 else None
    judge_result(target, read, content if status == 200 else b"", inputs, inputs.index(own))
    return picture


def delivered_link(target: Target, operation: Operation, delivery: Delivery) -> Any:
    """What a delivery gives as the link to the result; MISSING where it gives none."""
    contract = operation.contract
    shown = target.vendor.operations[contract["body_of"]].contract["responses"] if "body_of" in contract else {}
    template = shown["succeeded"]["body"] if shown else contract["bodies"]["succeeded"]
    return read_answer.value_of(template, delivery.json, "result.link")


def delivered_result(target: Target, operation: Operation, link: str, own: bytes) -> Picture | None:
    """The facts of the picture that a delivery links to, judged by what is said of the delivery's link."""
    status, content = target.download(link)
    means = read_answer.meanings(operation, operation.contract["request"])
    claims = [claim for claim, _, meaning in means if meaning == "result.link"]
    read = target.vendor.operations[target.vendor.operations[operation.contract["create"]].contract["read"]]
    judge_result(target, read, content if status == 200 else b"", [own], 0, claims)
    return picture_of(content) if status == 200 else None


def _what_is_wrong(target: Target, create: Operation, content: bytes, inputs: Sequence[bytes], own: int) -> str:
    """What keeps a file from being the result of its input; empty when nothing does."""
    picture, given = picture_of(content), picture_of(inputs[own])
    if picture is None:
        return f"HTTP {target.wire.calls[-1].status}, {len(content)} bytes, no picture"
    if picture.damaged:
        return f"{len(content)} bytes of a picture that breaks off"
    if content == inputs[own]:
        return "the input itself, byte by byte"
    is_part = create.contract["result"].get("process") in ("cutout", "mask")  # which may show little of the input
    source = None if is_part else made_from(content, inputs, own)
    if source not in (None, own) and not target.images.static:
        return f"a picture made from another input, number {(source or 0) + 1} of {len(inputs)}"
    if given is None or min(given.width, given.height) < SMALL:
        return ""
    if not _same_shape(picture, given):
        return f"{picture.width}x{picture.height} from {given.width}x{given.height}: of another shape"
    if not is_part and is_foreign(content, inputs[own], masked="mask" in create.contract.get("pictures", {})):
        return "a picture that shows something else than the input"
    return ""


def _same_shape(picture: Picture, given: Picture) -> bool:
    wanted = given.width / given.height
    return abs(picture.width / picture.height / wanted - 1) < 0.05 + 2 / min(picture.width, picture.height)
