"""What a request takes, as an OpenAPI document or a recording (HAR) has it: its path, and its fields as schemas.

It reads parsed documents, not files, and takes over what the vocabulary of contract data has; the rest is left out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from greycard_schemas.errors import ContractError
from greycard_schemas.patches import resolve_pointer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ENCODINGS = ("application/json", "multipart/form-data", "application/x-www-form-urlencoded")
_PLAIN = ("string", "integer", "number", "boolean")
_KEPT = ("enum", "const", "default", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "pattern")


@dataclass(frozen=True, slots=True)
class Described:
    """One create as somebody else describes it; `fields` are schemas without sources, by name."""

    path: str
    encodings: tuple[str, ...]
    fields: dict[str, dict[str, Any]]
    required: tuple[str, ...]
    title: str = ""
    left_out: list[str] = field(default_factory=list)
    """What the vocabulary of contract data cannot say."""


def described(document: Any, feature: str, path: str = "") -> Described:
    """The create of `feature` in a parsed OpenAPI 3 document or HAR; `path` names it where several could be it.

    Raises ContractError when the document is neither, or has no such POST.
    """
    if isinstance(document, dict) and isinstance(document.get("paths"), dict):
        return _of_openapi(document, feature, path)
    if isinstance(document, dict) and isinstance(document.get("log"), dict):
        return _of_har(document["log"], feature, path)
    msg = "it is neither an OpenAPI document (no 'paths') nor a recording (no 'log' of a HAR file)"
    raise ContractError(msg)


def _chosen(paths: list[str], feature: str, path: str) -> str:
    """The path of the create among those that are posted to; raises ContractError where none or several fit."""
    known = list(dict.fromkeys(paths))
    fitting = [one for one in known if one == path] if path else [one for one in known if feature in one.split("/")]
    fitting = fitting or ([] if path else known if len(known) == 1 else [])
    if len(fitting) > 1:  # /x/queue and /x/status: reads that are posted to name a task
        fitting = [one for one in fitting if one.rpartition("/")[2] not in ("status", "result", "get")] or fitting
    if len(fitting) != 1:
        found = ", ".join(known[:20]) or "none"
        what = f"no POST to {path}" if path else f"no single POST for {feature!r}"
        msg = f"it has {what}; name one with --path: {found}"
        raise ContractError(msg)
    return fitting[0]


def _of_openapi(document: Mapping[str, Any], feature: str, path: str) -> Described:
    posts = {
        name: item["post"]
        for name, item in document["paths"].items()
        if isinstance(item, dict) and isinstance(item.get("post"), dict)
    }
    chosen = _chosen(list(posts), feature, path)
    post = posts[chosen]
    content = _followed(document, post.get("requestBody", {})).get("content", {})
    encodings = tuple(one for one in ENCODINGS if one in content)
    if not encodings:
        msg = f"POST {chosen} has no body of a kind that is known: {', '.join(ENCODINGS)}"
        raise ContractError(msg)
    schema = _whole(document, content[encodings[0]].get("schema", {}))
    found = Described(chosen, encodings, {}, tuple(schema.get("required", ())), str(post.get("summary", "")))
    for name, one in schema.get("properties", {}).items():
        taken = _taken(document, one, name, found.left_out)
        if taken is not None:
            found.fields[name] = taken
    return found


def _followed(document: Mapping[str, Any], node: Any) -> dict[str, Any]:
    """A node with its local ``$ref`` followed; raises ContractError for one that leads elsewhere."""
    reference = ""
    for _ in range(20):
        if not isinstance(node, dict):
            return {}
        if "$ref" not in node:
            return node
        reference = str(node["$ref"])
        if not reference.startswith("#"):
            msg = f"{reference} leads to another document; put all into one"
            raise ContractError(msg)
        node = resolve_pointer(document, reference[1:])
    msg = f"{reference} refers to itself"
    raise ContractError(msg)


def _whole(document: Mapping[str, Any], node: Any) -> dict[str, Any]:
    """A schema of an object with what its ``allOf`` adds."""
    schema = dict(_followed(document, node))
    for part in schema.pop("allOf", ()):
        more = _whole(document, part)
        schema["properties"] = {**schema.get("properties", {}), **more.get("properties", {})}
        schema["required"] = [*schema.get("required", ()), *more.get("required", ())]
    return schema


def _taken(document: Mapping[str, Any], node: Any, name: str, left_out: list[str]) -> dict[str, Any] | None:
    schema = _followed(document, node)
    for key in ("anyOf", "oneOf"):
        if key in schema:
            schema = _followed(document, schema[key][0])
            left_out.append(f"{name}: all but the first of {key}")
    kinds = schema.get("type", "string" if "enum" in schema else "")
    kinds = [kinds] if isinstance(kinds, str) else list(kinds)
    if "binary" in (schema.get("format"), schema.get("contentEncoding")) or "contentMediaType" in schema:
        return {"x-file": True}
    kept = {key: schema[key] for key in _KEPT if key in schema and schema[key] is not None}
    plain = [kind for kind in kinds if kind in (*_PLAIN, "null")]
    if plain and plain != ["null"]:
        return {"type": plain[0] if len(plain) == 1 else plain, **kept}
    if "array" in kinds:
        items = _taken(document, schema.get("items", {}), f"{name}[]", left_out)
        return None if items is None else {"type": "array", **kept, "items": items}
    if "object" in kinds:
        inner = {key: _taken(document, one, f"{name}.{key}", left_out) for key, one in schema["properties"].items()}
        fields = {key: one for key, one in inner.items() if one is not None}
        return {"type": "object", "required": [*schema.get("required", ())], "properties": fields}
    left_out.append(f"{name}: it has no type that is known")
    return None


def _of_har(log: Mapping[str, Any], feature: str, path: str) -> Described:
    posts = [entry["request"] for entry in log.get("entries", ()) if _is_post(entry)]
    chosen = _chosen([urlsplit(one["url"]).path for one in posts], feature, path)
    mine = [one for one in posts if urlsplit(one["url"]).path == chosen]
    bodies = [dict(_sent(one["postData"])) for one in mine]
    mime = str(mine[0]["postData"].get("mimeType", "")).partition(";")[0].strip().lower()
    if mime not in ENCODINGS:
        msg = f"POST {chosen} sends {mime or 'nothing'}, which is none of {', '.join(ENCODINGS)}"
        raise ContractError(msg)
    names = dict.fromkeys(name for body in bodies for name in body)
    required = tuple(name for name in names if all(name in body for body in bodies))
    fields = {name: _seen([body[name] for body in bodies if name in body]) for name in names}
    return Described(chosen, (mime,), fields, required)


def _is_post(entry: Any) -> bool:
    request = entry.get("request", {}) if isinstance(entry, dict) else {}
    return request.get("method") == "POST" and isinstance(request.get("postData"), dict) and "url" in request


_FILE = object()


def _sent(data: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The fields of one recorded body."""
    mime, text = str(data.get("mimeType", "")), str(data.get("text", ""))
    if mime.startswith("application/json"):
        try:
            body = json.loads(text)
        except ValueError:
            body = None
        yield from (body if isinstance(body, dict) else {}).items()
    elif data.get("params"):
        for one in data["params"]:
            yield str(one["name"]), _FILE if "fileName" in one else str(one.get("value", ""))
    else:
        yield from parse_qsl(text, keep_blank_values=True)


def _seen(values: list[Any]) -> dict[str, Any]:
    """A schema of what was sent in one field; digits in a form are taken for a number."""
    if _FILE in values:
        return {"x-file": True}
    first = values[0]
    if isinstance(first, bool):
        return {"type": "boolean"}
    if isinstance(first, int) or all(isinstance(one, str) and one.isdigit() for one in values):
        return {"type": "integer"}
    if isinstance(first, float):
        return {"type": "number"}
    if isinstance(first, list):
        return {"type": "array", "items": _seen(first) if first else {"type": "string"}}
    if isinstance(first, dict):
        return {"type": "object", "properties": {name: _seen([one]) for name, one in first.items()}}
    return {"type": "string"}
