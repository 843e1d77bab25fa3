"""Small pieces of sentences: lists of values, refusals, the fallback for a statement without a template."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping

    from greycard_schemas.loader import Vendor


def shown(value: Any) -> str:
    """A value as a person would write it."""
    if isinstance(value, str):
        return f"“{value}”" if value else "an empty text"
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else str(value)


def listed(values: Any, last: str = "or") -> str:
    """``1, 2 or 4``; the parts are written plainly."""
    parts = (
        [str(part).lower() if isinstance(part, bool) else str(part) for part in values]
        if _many(values)
        else [str(values)]
    )
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {last} {parts[-1]}" if parts else "nothing"


def _many(values: Any) -> bool:
    return isinstance(values, list | tuple | set)


def refusal(vendor: Vendor, name: Any) -> str:
    """``413 (too_large)``: the code of an error, and its name."""
    error = vendor.data["errors"].get(str(name))
    return f"{error['code']} ({name})" if error else str(name)


def keys_of(template: Any) -> str:
    """The field names of a body template, outermost only: ```status` and `message```."""
    names: Iterable[str] = (
        [f"`{key}`" for key in template if not key.startswith("$")] if isinstance(template, dict) else ()
    )
    return listed(list(names), "and") if names else "no fields"


def known(sentences: Mapping[Any, str], key: Hashable, subject: str, value: Any) -> str:
    """The sentence for `key`; a plain one where a statement has no template, so that nothing goes unsaid."""
    return sentences.get(key) or f"{subject.replace('_', ' ')} is {shown(value)}"
