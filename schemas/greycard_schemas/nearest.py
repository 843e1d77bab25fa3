"""The end of a sentence about a name that does not exist: which of the known names may have been meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def similar(name: object, known: Iterable[str]) -> str:
    """``; did you mean 'picwish'?``, or nothing where no known name looks like `name`, or `name` is no text."""
    from difflib import get_close_matches

    if not isinstance(name, str):
        return ""
    by_lower = {one.lower(): one for one in known}
    found = get_close_matches(name[:200].lower(), by_lower, n=1, cutoff=0.6)
    return f"; did you mean {by_lower[found[0]]!r}?" if found else ""


def unknown_id(kind: str, name: str, known: Iterable[str]) -> str:
    """What is said of a drift or freedom (`kind`) that does not exist: the ids that are near, or where all are."""
    from difflib import get_close_matches

    near = get_close_matches(name[:200], list(known), n=3, cutoff=0.4)
    return f"no {kind} {name!r}; {'near are ' + ', '.join(near) if near else f'see `greycard {kind}s`'}"
