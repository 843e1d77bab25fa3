"""Which freedoms lie beside a claim: those that touch the same place or answer field, or use a statement next to it.

A judge that looks at the claim must not be misled by them. Freedoms of the wire lie beside everything; of them only
those are told that rest on the place of the claim.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from greycard_schemas.patches import pointer_parts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from greycard_schemas.claims.derive import Claim
    from greycard_schemas.drifts.model import Patch
    from greycard_schemas.freedoms.model import Freedom

_KEYWORDS = frozenset({"properties", "items", "required", "$defs"})


def beside(claim: Claim, freedoms: Iterable[Freedom]) -> list[str]:
    """The ids of the freedoms beside `claim`."""
    return [
        one.id
        for one in freedoms
        if _next_to(claim, one)
        or (one.is_plain and _touches(claim, one.patches))
        or (claim.file, f"/{pointer_parts(claim.pointer)[0]}") in one.keeps
    ]


def _next_to(claim: Claim, freedom: Freedom) -> bool:
    """Whether the freedom uses a statement about the same thing."""
    about = claim.id.rpartition("/")[0]
    return "#" in about and any(used.rpartition("/")[0] == about for used in freedom.of)


def _touches(claim: Claim, patches: Iterable[Patch]) -> bool:
    """Whether one of the patches changes the place of the claim, or the answer field that it speaks of."""
    field, operation = _field(claim), pointer_parts(claim.pointer)
    about = min(3, len(operation) - 1)
    for patch in patches:
        if patch["file"] != claim.file:
            continue
        steps = pointer_parts(patch["path"])
        if steps[:about] == operation[:about] and steps[:1] != ["$defs"] and not _is_body(operation):
            return True
        if steps[:3] == operation[:3] and steps[:1] == ["$defs"] and set(_names(steps)) & {field}:
            return True
        if field and claim.kind == "response" and set(_names(steps)) & {field} and _is_body(steps):
            return True
    return False


def _is_body(steps: list[str]) -> bool:
    return steps[:2] in (["x-operation", "responses"], ["x-operation", "bodies"])


def _names(steps: list[str]) -> Iterator[str]:
    """The last name in a pointer that is neither a keyword nor a step into the entries of a list."""
    yield from (step for step in steps[-1:] if step not in _KEYWORDS and step != "$do")
    if steps[:1] == ["$defs"] and "properties" in steps:
        yield steps[len(steps) - 1 - steps[::-1].index("properties") + 1]


def _field(claim: Claim) -> str:
    """The field that a claim about a body speaks of; empty for any other."""
    steps = pointer_parts(claim.pointer)
    if steps[:1] != ["$defs"]:
        return ""
    if steps[-1] == "required":
        return str(claim.value)
    names = [step for step in steps[1:-1] if step not in _KEYWORDS]
    return names[-1] if names else ""
