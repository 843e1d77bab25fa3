"""A request that a document allows in every word, refused or failed although a plain one is carried out.

What it had that the plain one has not is what one of its statements is broken by. Nothing here sends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from greycard_suite.judge.task import summary

if TYPE_CHECKING:
    from collections.abc import Iterable

    from greycard_schemas.loader import Operation
    from greycard_suite.call import Call
    from greycard_suite.judge.answers import Judge

PICTURES = ("link", "file", "list", "formats", "formats_shown", "long_side_max")


def judge_refused_good(
    judge: Judge, operation: Operation, call: Call, options: Iterable[str], about: Iterable[str], *, picture: bool
) -> None:
    """One of `about`, of the statements of these options, or of those of another `picture` is violated."""
    place = f"{operation.vendor}/{operation.name}#"
    starts = tuple(f"{place}request/{name}/" for name in options)
    claims = [*about, *(one.id for one in judge.verdicts.claims.values() if one.is_claim and one.id.startswith(starts))]
    if picture:
        claims += [f"{place}pictures/{key}" for key in PICTURES]
        claims += [f"{place}request/{name}/type" for name in operation.contract.get("pictures", {}).values()
                   if isinstance(name, str)]  # fmt: skip
    name_group(judge, claims, call, expected="accepted, as a plain request is")


def name_group(judge: Judge, claims: Iterable[str], call: Call, *, expected: str) -> None:
    """One of these statements is violated, and what was seen cannot tell which; assumptions stand back."""
    known = [claim for claim in dict.fromkeys(claims) if judge.verdicts.has(claim)]
    group = tuple(claim for claim in known if judge.verdicts.claims[claim].is_claim) or tuple(known)
    for claim in group:
        one_of = group if len(group) > 1 else ()
        judge.verdicts.judge(claim, False, expected=expected, seen=summary(call), call=call, one_of=one_of)
