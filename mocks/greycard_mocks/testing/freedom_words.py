"""The sentence about a test that relies on freedoms, and what to do about it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from greycard_schemas.freedoms.model import Freedom


def told(test: str, freedoms: Sequence[Freedom]) -> str:
    """What a test relies on: what these freedoms, together, do otherwise."""
    each = [f"{one.sentence.rstrip('.')} [{one.id}; {_basis(one)}]" for one in freedoms]
    return f"{test} relies on something that no document promises. It fails where: {'; and '.join(each)}."


def _basis(freedom: Freedom) -> str:
    if freedom.uses == "assumption":
        first, *others = freedom.of
        return f"assumption {first} and {len(others)} more" if others else f"assumption {first}"
    if freedom.uses == "variant":
        return f"variant {freedom.of[0]}"
    return "no document speaks of it"


def way_out(freedoms: Sequence[Freedom], variants: Mapping[str, Mapping[str, str]]) -> str:
    """How to mend it, or to say that it is meant; `variants` are the options in force by vendor."""
    first = next((one for one in freedoms if one.uses == "variant"), freedoms[0])
    if first.uses == "variant":
        name = first.of[0].partition("=")[0]
        say = f"{first.vendor}.set_variants({name}={variants[first.vendor][name]!r})"
    else:
        say = f"@pytest.mark.greycard_freedom(exclude={first.id!r})"
    return f"Mend it; or say that you know better with {say}."
