"""Reads what `greycard contracts new` begins from, and writes its files; never over one that is there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from greycard_schemas.authoring.described import Described, described
from greycard_schemas.authoring.feature import Feature, new_feature, new_vendor
from greycard_schemas.errors import ContractError
from greycard_schemas.loader import load_contracts

if TYPE_CHECKING:
    from pathlib import Path


def made(folder: Path, vendor: str, feature: str, like: str, path: str) -> Feature:
    """The feature, of a vendor that there is or of a new one; raises ContractError for what cannot be."""
    known = load_contracts(folders=[folder] if folder.is_dir() else [])
    whose, slash, operation = like.rpartition("/")
    if vendor in known:
        if slash and whose != vendor:
            msg = f"{vendor} is there already: its errors and states are its own; name an operation of {vendor}"
            raise ContractError(msg)
        return new_feature(known[vendor], operation, feature, path)
    if whose not in known:
        msg = f"{vendor!r} is a new vendor; say whose operation with --like VENDOR/OPERATION, of {', '.join(known)}"
        raise ContractError(msg)
    return new_vendor(known[whose], operation, vendor, feature, path)


def described_in(file: Path, feature: str, path: str) -> Described:
    """The create that an OpenAPI document or a HAR file describes; raises ContractError for what is neither."""
    try:
        return described(_parsed(file), feature, path)
    except ContractError as error:
        msg = f"{file}: {error}"
        raise ContractError(msg) from None
    except (AttributeError, KeyError, TypeError, IndexError, ValueError) as error:
        msg = f"{file}: it is not of the form that such a document has ({error!r})"
        raise ContractError(msg) from None


def _parsed(file: Path) -> Any:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        msg = "it is no text in UTF-8"
        raise ContractError(msg) from None
    if file.suffix.lower() not in (".yaml", ".yml"):
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            msg = f"it is not JSON: {error}"
            raise ContractError(msg) from None
    try:
        import yaml  # type: ignore[import-untyped, unused-ignore]
    except ImportError:
        msg = "YAML is read by PyYAML: python -m pip install pyyaml, or give the document as JSON"
        raise ContractError(msg) from None
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as error:
        msg = f"it is not YAML: {str(error)[:300]}"
        raise ContractError(msg) from None


def written(folder: Path, feature: Feature) -> list[Path]:
    """The files, written below `folder`; raises ContractError, and writes nothing, where one is there already."""
    base = folder / feature.vendor
    places = {base / f"{name}.json": resource for name, resource in feature.files.items()}
    there = [str(place) for place in places if place.exists()]
    if there:
        msg = f"{', '.join(there)} is there already; nothing was written. Take it away, or choose another name"
        raise ContractError(msg)
    base.mkdir(parents=True, exist_ok=True)
    for place, resource in places.items():
        with place.open("x", encoding="utf-8") as file:
            json.dump(resource, file, indent=2)
            file.write("\n")
    return list(places)
