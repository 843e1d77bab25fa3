"""The first layer of the lint: each file against its closed meta-schema. It knows no names and no documents."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from greycard_schemas.lint.finding import Finding
from greycard_schemas.patches import join_pointer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from greycard_schemas.loader import Vendor

META = Path(__file__).parent.parent / "meta"


def shape_findings(vendor: Vendor) -> Iterator[Finding]:
    """Everything in the files of `vendor` that the meta-schemas do not allow."""
    yield from _against("vendor", f"{vendor.name}/vendor.json", vendor.data)
    yield from _against("sources", f"{vendor.name}/sources.json", vendor.sources)
    for name, operation in vendor.operations.items():
        yield from _against("operation", f"{vendor.name}/{name}.json", operation.resource)
    if vendor.data.get("vendor") != vendor.name:
        yield Finding(f"{vendor.name}/vendor.json", "/vendor", f"must be {vendor.name!r}, the name of the folder")


def _against(meta: str, file: str, document: Any) -> Iterator[Finding]:
    if _fits(meta, document):
        return
    for error in _validator(meta).iter_errors(document):
        reasons = "; or: ".join(dict.fromkeys(_shortened(inner.message) for inner in error.context or ()))
        wrong = f"{_shortened(error.message)}{': ' if reasons else ''}{reasons}"
        message = f"{wrong} (see meta/{meta}.schema.json, the closed vocabulary)"
        yield Finding(file, join_pointer(error.absolute_path), message)


def _shortened(text: str, limit: int = 300) -> str:
    """A validator quotes the whole value first; its end says what is wrong with it."""
    return text if len(text) <= limit else f"{text[:80]} ... {text[-(limit - 85) :]}"


def _fits(meta: str, document: Any) -> bool:
    """Whether a document is as it has to be, told quickly and without words."""
    try:
        return bool(_quick(meta).is_valid(document))
    except ValueError:  # a text that is no UTF-8
        return False


@cache
def _quick(meta: str) -> Any:
    from jsonschema_rs import Draft202012Validator

    return Draft202012Validator(_schema(meta))


@cache
def _validator(meta: str) -> Any:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(_schema(meta))


@cache
def _schema(meta: str) -> Any:
    return json.loads((META / f"{meta}.schema.json").read_text(encoding="utf-8"))
