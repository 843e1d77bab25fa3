"""Derives every checkable statement from the contract data: claims, and the assumptions beside them.

Nothing is listed by hand: each sourced key of a file is one statement with a stable id such as
``picwish/scale.create#request/type/enum``, ``picwish#rate/limit`` or ``magictiger/callback#attempts``.
A `required` list gives one statement per field, and so does any list whose source is an object with one source
per item. The module judges nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from greycard_schemas.claims.sentences import statement_of
from greycard_schemas.errors import ContractError
from greycard_schemas.patches import join_pointer
from greycard_schemas.provenance import origin_of

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from greycard_schemas.loader import Vendor

_DROPPED = frozenset({"$defs", "x-operation", "properties"})
_SKIPPED = frozenset({"variants", "manners", "x-source"})

_REFERENCES = frozenset({"request", "schema", "body", "body_of", "bodies"})
"""Keys of `x-operation` that point to what is stated elsewhere, or give a sample: sourced, but no statements."""

_CONDITIONS = frozenset({"x-effect-when", "x-plausible", "x-spelled"})
"""Keys of a field that say where and by which values it is judged: sourced, but no statements."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement.

    `origin` is documented, contradictory, assumed or variant (changed by a declared variant).
    """

    id: str
    vendor: str
    operation: str
    kind: str
    source: str
    origin: str
    statement: str
    file: str
    pointer: str
    value: Any

    @property
    def is_claim(self) -> bool:
        """Whether a document states it, so that a live target can violate it."""
        return self.origin in ("documented", "contradictory")


def claim_id(vendor: str, operation: str, pointer_parts: list[str]) -> str:
    """The stable id of what stands at these steps of a file (`operation` empty for ``vendor.json``)."""
    place = f"{vendor}/{operation}" if operation else vendor
    kept: list[str] = []
    previous = ""
    for part in pointer_parts:
        # a field may itself be called "properties": only the keyword is dropped, never a name below it
        if part in _DROPPED and previous != "properties":
            previous = part
            continue
        kept.append(part)
        previous = "" if previous == "properties" else part
    return f"{place}#{'/'.join(part.replace('/', '~1') for part in kept)}"


def claims_of(vendor: Vendor, *, references: bool = False, files: Container[str] | None = None) -> dict[str, Claim]:
    """All statements of one vendor by id, in the order of the files.

    With `references` also the sourced keys that only point elsewhere or give a sample: they state nothing, but what
    they cite can be checked. `files` are those to look at (``vendor`` or an operation's name), all by default. Raises
    ContractError on a malformed source.
    """
    found: dict[str, Claim] = {}
    for name, document in vendor.files().items():
        if files is not None and name not in files:
            continue
        operation = "" if name == "vendor" else name
        for claim in _walk(vendor, operation, document, [], references=references):
            if claim.id in found:
                msg = f"{vendor.name}: two statements have the id {claim.id}"
                raise ContractError(msg)
            found[claim.id] = claim
    return found


def _walk(vendor: Vendor, operation: str, node: Any, path: list[str], *, references: bool) -> Iterator[Claim]:
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from _walk(vendor, operation, item, [*path, str(index)], references=references)
        return
    if not isinstance(node, dict):
        return
    file = operation or "vendor"
    for key, source in node.get("x-source", {}).items():
        if key not in node:
            if (file, join_pointer([*path, key])) in vendor.patched:
                continue  # a variant or a patch removed what the source speaks of
            msg = f"{vendor.name}: {file}: {join_pointer(path)}: x-source names {key!r}, which is not there"
            raise ContractError(msg)
        value = node[key]
        if not references and _is_reference(path, key):
            continue
        if isinstance(value, list) and (key == "required" or isinstance(source, dict)):
            for name in value:
                named = source if isinstance(source, str) else source.get(name, "")
                yield _claim(vendor, operation, [*path, key, str(name)], value=name, source=named, pointer=[*path, key])
        else:
            yield _claim(vendor, operation, [*path, key], value=value, source=source, pointer=[*path, key])
    for key, child in node.items():
        if key not in _SKIPPED and (references or key != "bodies" or path != ["x-operation"]):
            yield from _walk(vendor, operation, child, [*path, key], references=references)


def _is_reference(path: list[str], key: str) -> bool:
    """Whether what stands at this key states nothing by itself."""
    if path[:1] != ["x-operation"]:
        return key in _CONDITIONS
    return path[1:] == ["fits"] or (key in _REFERENCES and "address" not in path)


def _claim(vendor: Vendor, operation: str, path: list[str], *, value: Any, source: Any, pointer: list[str]) -> Claim:
    file = operation or "vendor"
    where = join_pointer(pointer)
    if not isinstance(source, str):
        msg = f"{vendor.name}: {file}: {where}: the source must be a string, or for a list one string per item"
        raise ContractError(msg)
    try:
        origin = origin_of(source)
    except ContractError as error:
        msg = f"{vendor.name}: {file}: {where}: {error}"
        raise ContractError(msg) from None
    if origin != "assumed" and any(
        changed == file and (where == place or where.startswith(place + "/") or place.startswith(where + "/"))
        for changed, place in vendor.patched
    ):
        origin = "variant"
    kind = _kind(operation, path)
    return Claim(
        id=claim_id(vendor.name, operation, path),
        vendor=vendor.name,
        operation=operation,
        kind=kind,
        source=source,
        origin=origin,
        statement=statement_of(vendor, operation, kind, path, value),
        file=file,
        pointer=where,
        value=value,
    )


def _kind(operation: str, path: list[str]) -> str:
    """What family of statement this is: request, response, errors, rate, pictures, lifecycle, ..."""
    if not operation or path[0] != "$defs":
        return path[1] if path[0] == "x-operation" else path[0]
    return "request" if path[1] == "request" else "response"
