"""Looks at a downloaded result: whether it is a picture, made from its own input, and more than that input."""

from __future__ import annotations

from typing import TYPE_CHECKING

from greycard_suite.call import picture_of
from greycard_suite.judge import read_answer
from greycard_suite.lifetime.likeness import made_from

if TYPE_CHECKING:
    from greycard_schemas.loader import Operation
    from greycard_suite.targets.target import Target


def judge_result(target: Target, read: Operation, content: bytes, inputs: list[bytes], own: int) -> int | None:
    """Judge the result of `inputs[own]`, just downloaded; returns which input it is made from, None when unknown.

    `content` is empty where the link gave nothing.
    """
    source = made_from(content, inputs, own) if content else None
    if not content or picture_of(content) is None:
        seen, holds = f"HTTP {target.wire.calls[-1].status}, {len(content)} bytes, no picture", False
    elif content == inputs[own]:
        seen, holds = "the input itself, byte by byte", False
    elif source is not None and source != own and not target.images.static:
        seen, holds = f"a picture made from another input, number {source + 1} of {len(inputs)}", False
    else:
        seen, holds = "a picture made from the input", True
    for claim in read_answer.result_claims(read):
        if target.verdicts.has(claim):
            expected = "a picture made from the input"
            target.verdicts.judge(claim, holds, expected=expected, seen=seen, call=target.wire.calls[-1])
    return source
