"""How a plain request of a create operation has to be made to be accepted, where that is not just as documented.

Facts only: what finds the form out is `probing`, what makes requests by it is a target. Nothing here sends or judges.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from greycard_schemas.loader import Operation, Vendor

MASKS = ("data URI", "Base64", "link")
"""The ways to give a mask; the first is what a plain request does."""


@dataclass(frozen=True, slots=True)
class Form:
    """What is done otherwise than in the smallest documented request.

    `values` are sent besides or instead, `without` names fields that are left out, `by_link` gives the picture by its
    address where a file could be sent, `encoding` and `mask` (one of `MASKS`) are how these are sent where not as
    usual, `picture` is (width, height, format). `refused` says why nothing is accepted, and is empty otherwise.
    """

    values: Mapping[str, Any] = field(default_factory=dict[str, Any])
    without: frozenset[str] = frozenset()
    by_link: bool = False
    encoding: str = ""
    mask: str = MASKS[0]
    picture: tuple[int, int, str] | None = None
    refused: str = ""

    @property
    def is_plain(self) -> bool:
        """Whether it is the smallest documented request itself."""
        return self == Form()

    def applied(self, values: Mapping[str, Any], kept: str = "") -> dict[str, Any]:
        """`values` with what is done otherwise, but for the field `kept`, which stays as it is or is missing."""
        found = {**values, **{name: value for name, value in self.values.items() if name != kept}}
        return {name: value for name, value in found.items() if name == kept or name not in self.without}


def related(vendor: Vendor, operation: Operation) -> tuple[str, ...]:
    """The names of a create operation and of those that read, delete or deliver its tasks."""
    create = str(operation.contract.get("create", operation.name))
    others = (one.name for one in vendor.operations.values() if one.contract.get("create") == create)
    return (create, *others)
