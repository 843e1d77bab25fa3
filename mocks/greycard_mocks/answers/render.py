"""Fills the body templates of the contract data: ``$from``, ``$as``, ``$else``, ``$each`` with ``$do``.

The values come from one lookup function; this module knows no vendor and no task.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class Missing:
    """The value of a name that has none yet; the key that asks for it is left out."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING = Missing()


def render(template: Any, lookup: Callable[[str], Any]) -> Any:
    """`template` with every ``$from`` replaced by what `lookup` gives.

    Keys whose value is MISSING are left out.
    """
    if isinstance(template, dict):
        if "$from" in template:
            value = lookup(template["$from"])
            if value is MISSING:
                return template.get("$else", MISSING)
            form = template.get("$as")
            if form is None:
                return value
            return str(value) if form == "string" else int(value)
        if "$each" in template:
            inner = template["$do"]
            return [render(inner, one) for one in lookup(template["$each"])]
        filled = {key: render(part, lookup) for key, part in template.items()}
        return {key: value for key, value in filled.items() if value is not MISSING}
    if isinstance(template, list):
        return [render(part, lookup) for part in template]
    return template
