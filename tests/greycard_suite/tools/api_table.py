"""The Python API of the mock as a table: each method with its parameters, and the first sentence of its docstring."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


def api_rows() -> Iterator[list[str]]:
    """A row for each public name of `Mock`, of what the fixtures give, of its clock and of its pictures."""
    from greycard_mocks import Mock, VendorMock
    from greycard_mocks.testing.clock import VendorClock
    from greycard_mocks.testing.images import Images

    for shown, cls in (
        ("Mock", Mock),
        ("picwish", VendorMock),
        ("picwish.clock", VendorClock),
        ("picwish.images", Images),
    ):
        for name in sorted(name for name in vars(cls) if not name.startswith("_")):
            member: Any = inspect.getattr_static(cls, name)
            function = member.fget if isinstance(member, property) else member
            words = inspect.getdoc(function)
            if words:
                yield [f"`{shown}.{name}{_parameters(member)}`", _without_references(words.splitlines()[0])]


def _parameters(member: Any) -> str:
    """The names of what a method is given, those with a default in the manner of Python; nothing for a property."""
    if not callable(member):
        return ""
    parts: list[str] = []
    for one in list(inspect.signature(member).parameters.values())[1:]:
        if one.kind is one.VAR_POSITIONAL:
            parts.append(f"*{one.name}")
        elif one.kind is one.VAR_KEYWORD:
            parts.append(f"**{one.name}")
        else:
            parts.append(one.name if one.default is one.empty else f"{one.name}={one.default!r}")
    return f"({', '.join(parts)})"


def _without_references(words: str) -> str:
    return words.replace("``", "`")
