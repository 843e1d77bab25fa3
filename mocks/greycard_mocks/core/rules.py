"""One operation as the steps need it: what the data say, derived once when the vendor's contract is made ready.

Reads contract data only; knows no request and no task.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from greycard_mocks.core.halt import NeedsBody
from greycard_schemas.picture_limits import limits_of
from greycard_schemas.templates import compiled, names_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from greycard_schemas.loader import Operation
    from greycard_schemas.templates import Fill

JSON_BODY_BYTES = 1 << 20
"""The largest JSON or form body (without files) that is read."""

MASK_BODY_BYTES = 72 << 20
"""The largest JSON body of an operation that takes a picture as Base64."""

DEFAULT_LINK_BYTES = 64 << 20
"""The most that is fetched from a link where the document gives no size."""


@dataclass(frozen=True, slots=True)
class Response:
    """One answer of an operation: HTTP status, what fills the template of its body, and the names it asks for."""

    http: int
    fill: Fill
    names: tuple[str, ...]


class Rules:
    """What one operation asks of a request, in the forms that are quick to use."""

    def __init__(self, operation: Operation, units: Mapping[str, Any]) -> None:
        """`units` says what MB and k mean, in the variant that this mock was started with."""
        megabyte = int(units.get("megabyte", 1 << 20))
        self.operation = operation
        contract: Mapping[str, Any] = operation.contract
        pictures: Mapping[str, Any] = contract.get("pictures", {})
        self.contract = contract
        self.kind = operation.kind
        self.place = f"{operation.vendor}/{operation.name}"
        """What the ids of the operation's claims begin with, up to the ``#``."""
        self.encodings = operation.encodings
        self.refusal = str(contract.get("refusal", ""))
        """The error of a request that breaks the schema."""
        self.fields: Mapping[str, Any] = operation.fields
        self.only_files = tuple(name for name, schema in self.fields.items() if schema.get("x-file"))
        """Fields that come as a file or not at all."""
        self.defaults = {name: schema["default"] for name, schema in self.fields.items() if "default" in schema}
        self.numbers = frozenset(
            name for name, schema in self.fields.items() if schema.get("type") in ("integer", "number")
        )
        """Fields that are numbers, which a form spells as digits."""
        self.urls: tuple[str, ...] = tuple(contract.get("urls", ()))
        self.pictures = pictures
        self.limits = limits_of(pictures, units)
        """The limits of a picture's sides, with their figures in pixels."""
        self.kept = self.fields.keys() - {pictures.get(one) for one in ("file", "link", "inline", "list", "mask")}
        """The fields that answers may ask for later: links and inline pictures are kept with the items."""
        self.responses = {
            name: Response(one["http"], compiled(one["body"]), names_of(one["body"]))
            for name, one in contract.get("responses", {}).items()
            if isinstance(one, dict) and "body" in one
        }
        self.bodies = {
            phase: compiled(body) for phase, body in contract.get("bodies", {}).items() if phase != "x-source"
        }
        """What fills the body of a delivery, by the phase that the task ends in."""
        self.body_bytes = self._body_bytes(megabyte)
        """The largest request body that is read, over all encodings."""
        self.needs_body = NeedsBody(self.body_bytes)
        linked = pictures.get("link_megabytes", pictures.get("megabytes"))
        self.link_bytes = DEFAULT_LINK_BYTES if linked is None else int(linked * megabyte)
        """The most that is read behind a link."""
        self.file_bytes = int(pictures.get("megabytes", 0) * megabyte)
        """The largest picture that may come as a file."""
        self.inline_bytes = self.file_bytes * 4 // 3 + JSON_BODY_BYTES if "inline" in pictures else JSON_BODY_BYTES
        """The longest field of a form that is read."""

    def _body_bytes(self, megabyte: int) -> int:
        if "file" in self.pictures:
            size = int(self.pictures["megabytes"] * megabyte)
            return (size * 3 // 2 if "inline" in self.pictures else size) + JSON_BODY_BYTES
        return MASK_BODY_BYTES if "mask" in self.pictures else JSON_BODY_BYTES

    @cached_property
    def fits(self) -> Callable[[Any], bool]:
        """Whether values satisfy the schema; raises ValueError for a key that is no text in UTF-8."""
        from greycard_schemas.compiled import compile_request

        return compile_request(self.operation)

    def fits_apart_from_unknown(self, values: Mapping[str, Any]) -> bool:
        """Whether the values of known fields satisfy the schema; a lone surrogate in one of them does not."""
        try:
            return self.fits({name: value for name, value in values.items() if name in self.fields})
        except ValueError:
            return False
