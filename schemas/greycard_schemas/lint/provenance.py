"""The third layer of the lint: every constraint and behaviour has a source, and the source exists.

With the documents' text at hand, also: the text is the one that was read (sha256), the cited lines exist, and
they contain what the statement says. What says the same in other words stands in ``meta/words.json`` (types,
formats) or in the `readings` of the vendor's ``sources.json``, each with its reason, never in code.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from greycard_schemas.claims.derive import claims_of
from greycard_schemas.errors import ContractError
from greycard_schemas.judge import KEYWORDS
from greycard_schemas.lint.finding import Finding
from greycard_schemas.lint.wording import missing_words
from greycard_schemas.patches import join_pointer
from greycard_schemas.provenance import citations

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from greycard_schemas.claims.derive import Claim
    from greycard_schemas.loader import Vendor

_IDENTITY = {
    "vendor": frozenset({"vendor", "title", "credentials", "variants", "manners"}),
    "operation": frozenset({"kind", "read", "create", "errors", "refusal"}),
}
"""Keys that name or order things, or state nothing, need no source (the meta-schema sees to those of variants)."""

_TEMPLATES = frozenset({"body"})
_IN_SCHEMAS = frozenset({*KEYWORDS, "required", "default"})


def provenance_findings(vendor: Vendor, documents: Path | None) -> Iterator[Finding]:
    """Missing sources, sources of nothing, unknown documents; with `documents` also what the text belies."""
    yield from _unsourced(f"{vendor.name}/vendor.json", vendor.data, [], _IDENTITY["vendor"])
    for name, operation in vendor.operations.items():
        file = f"{vendor.name}/{name}.json"
        yield from _unsourced(file, operation.contract, ["x-operation"], _IDENTITY["operation"])
        for title, schema in operation.resource["$defs"].items():
            yield from _unsourced_schema(file, schema, ["$defs", title])
    try:
        claims = claims_of(vendor, references=True).values()
    except ContractError as error:
        yield Finding(f"{vendor.name}/", "", str(error))
        return
    texts = {} if documents is None else dict(_texts(vendor, documents))
    for found in texts.values():
        if isinstance(found, Finding):
            yield found
    for claim in claims:
        yield from (
            Finding(f"{vendor.name}/{claim.file}.json", claim.pointer, message)
            for message in _belied(vendor, claim, texts)
        )
    yield from _stale_readings(vendor)


def _belied(vendor: Vendor, claim: Claim, texts: Mapping[str, list[str] | Finding]) -> Iterator[str]:
    """What is wrong with the citations of one statement."""
    lines: list[str] = []
    for citation in citations(claim.source):
        text = texts.get(citation.document)
        if citation.document not in vendor.sources:
            yield f"cites {citation}, but sources.json has no {citation.document}"
        elif citation.first > citation.last or citation.first == 0:
            yield f"cites {citation}, which is no range of lines"
        elif isinstance(text, list):
            if citation.last > len(text):
                yield f"cites {citation}, but the document has {len(text)} lines"
            lines += text[citation.first - 1 : citation.last]
    if lines and (missing := missing_words(vendor, claim, lines)):
        yield f"{claim.source} does not say {missing}; correct the source, or add a reading to sources.json"


def _texts(vendor: Vendor, documents: Path) -> Iterator[tuple[str, list[str] | Finding]]:
    for name, source in vendor.sources.items():
        path = documents / source["file"]
        where = Finding(f"{vendor.name}/sources.json", f"/{name}/file", f"there is no {path.name} among the documents")
        if not path.is_file():
            yield name, where
            continue
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != source["sha256"]:
            message = f"{path.name} is not the text that was read; compare it and correct the citations and the sum"
            yield name, Finding(where.file, f"/{name}/sha256", message)
        else:
            yield name, content.decode("utf-8").split("\n")


def _unsourced(file: str, node: Any, path: list[str], identity: frozenset[str] = frozenset()) -> Iterator[Finding]:
    sourced = node.get("x-source", {})
    for key, value in node.items():
        if key == "x-source" or key in identity:
            continue
        here = [*path, key]
        if key in sourced:
            yield from _unsourced_items(file, here, value, sourced[key])
        elif isinstance(value, dict) and key not in _TEMPLATES:
            yield from _unsourced(file, value, here)
        elif isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            for index, item in enumerate(value):
                yield from _unsourced(file, item, [*here, str(index)])
        else:
            yield _without(file, here)
    yield from _sources_of_nothing(file, node, path)


def _unsourced_schema(file: str, schema: dict[str, Any], path: list[str]) -> Iterator[Finding]:
    sourced = schema.get("x-source", {})
    for key, value in schema.items():
        here = [*path, key]
        if key in sourced:
            yield from _unsourced_items(file, here, value, sourced[key])
        elif key in _IN_SCHEMAS or (key.startswith("x-") and key != "x-source"):
            yield _without(file, here)
    yield from _sources_of_nothing(file, schema, path)
    for name, child in schema.get("properties", {}).items():
        yield from _unsourced_schema(file, child, [*path, "properties", name])
    if "items" in schema:
        yield from _unsourced_schema(file, schema["items"], [*path, "items"])


def _unsourced_items(file: str, path: list[str], value: Any, source: Any) -> Iterator[Finding]:
    if isinstance(source, str):
        return
    if not isinstance(value, list):
        yield Finding(file, join_pointer(path), "only a list can have one source per item; give one string")
        return
    names = [str(item) for item in value]
    for name in names:
        if name not in source:
            yield _without(file, [*path, name])
    for name in source:
        if name not in names:
            yield Finding(file, join_pointer(path), f"x-source speaks of {name!r}, which is not in the list")


def _sources_of_nothing(file: str, node: dict[str, Any], path: list[str]) -> Iterator[Finding]:
    for key in node.get("x-source", {}):
        if key not in node:
            yield Finding(file, join_pointer(path), f"x-source speaks of {key!r}, which is not there")


def _without(file: str, path: list[str]) -> Finding:
    message = f"{path[-1]!r} has no source; name it in the x-source beside it ('S2:63' or 'assumed: why')"
    return Finding(file, join_pointer(path), message)


def _stale_readings(vendor: Vendor) -> Iterator[Finding]:
    from fnmatch import fnmatchcase

    names = list(claims_of(vendor))
    for document, source in vendor.sources.items():
        for index, reading in enumerate(source.get("readings", ())):
            if not any(fnmatchcase(name, reading["claim"]) for name in names):
                pointer = f"/{document}/readings/{index}"
                message = f"there is no statement {reading['claim']!r}; remove or correct the reading"
                yield Finding(f"{vendor.name}/sources.json", pointer, message)
