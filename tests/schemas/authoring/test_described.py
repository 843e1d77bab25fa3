"""What a request takes, read from OpenAPI documents and recordings, and put into the files of a new feature."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from greycard_schemas import ContractError, load_contracts, load_vendor
from greycard_schemas.authoring.described import Described, described
from greycard_schemas.authoring.feature import new_feature
from greycard_schemas.authoring.fields import take_fields
from greycard_schemas.lint.folders import folder_findings
from greycard_schemas.openapi import openapi

CREATES = [(vendor.name, create.name) for vendor in load_contracts().values() for create in vendor.of_kind("create")]
RELIGHT = {
    "type": "object",
    "required": ["photo_url", "strength"],
    "properties": {
        "photo_url": {"type": "string"},
        "strength": {"type": "integer", "minimum": 1, "maximum": 5},
        "mood": {"enum": ["warm", "cold"]},
        "notify_url": {"type": "string", "format": "uri"},
        "area": {"type": "object", "properties": {"left": {"type": "number"}}, "required": ["left"]},
        "odd": {},
    },
}


def document(schema: Any, *, mime: str = "application/json", path: str = "/v2/relight/jobs") -> dict[str, Any]:
    """An OpenAPI document with one POST, whose schema is referred to."""
    body = {"content": {mime: {"schema": {"$ref": "#/components/schemas/Body"}}}}
    post = {"summary": "Relight a photo", "requestBody": body}
    return {"openapi": "3.1.0", "paths": {path: {"post": post}}, "components": {"schemas": {"Body": schema}}}


def recording(*bodies: dict[str, Any], path: str = "/v2/relight/jobs") -> dict[str, Any]:
    """A HAR with a POST of JSON for each body."""
    data = [{"mimeType": "application/json", "text": json.dumps(body)} for body in bodies]
    requests = [{"method": "POST", "url": f"https://acme.test{path}?x=1", "postData": one} for one in data]
    return {"log": {"entries": [{"request": one} for one in requests]}}


def test_an_openapi_document_gives_path_fields_and_limits() -> None:
    """References are followed; what the vocabulary of contract data lacks is left out and told."""
    found = described(document(RELIGHT), "relight")
    assert (found.path, found.encodings, found.title) == ("/v2/relight/jobs", ("application/json",), "Relight a photo")
    assert found.required == ("photo_url", "strength")
    assert found.fields["strength"] == {"type": "integer", "minimum": 1, "maximum": 5}
    assert found.fields["mood"] == {"type": "string", "enum": ["warm", "cold"]}
    assert found.fields["area"]["properties"] == {"left": {"type": "number"}}
    assert "odd" not in found.fields
    assert found.left_out == ["odd: it has no type that is known"]


def test_a_recording_gives_path_and_types() -> None:
    """A field that each request had is required; digits in a form are a number, a part with a file name a file."""
    found = described(recording({"photo_url": "http://a", "strength": 2}, {"photo_url": "http://b"}), "relight")
    assert (found.path, found.required) == ("/v2/relight/jobs", ("photo_url",))
    assert found.fields == {"photo_url": {"type": "string"}, "strength": {"type": "integer"}}
    parts = [{"name": "photo", "fileName": "a.jpg"}, {"name": "sync", "value": "1"}, {"name": "mood", "value": "warm"}]
    form = {"mimeType": "multipart/form-data; boundary=x", "params": parts}
    entry = {"request": {"method": "POST", "url": "https://acme.test/x/relight", "postData": form}}
    found = described({"log": {"entries": [entry]}}, "relight")
    assert found.encodings == ("multipart/form-data",)
    assert found.fields == {"photo": {"x-file": True}, "sync": {"type": "integer"}, "mood": {"type": "string"}}


@pytest.mark.parametrize(
    ("given", "path", "said"),
    [
        ([], "", "neither an OpenAPI document"),
        ({"paths": {}}, "", "no single POST for 'relight'; name one with --path: none"),
        (document(RELIGHT), "/other", "no POST to /other; name one with --path: /v2/relight/jobs"),
        (document(RELIGHT, mime="text/plain"), "", "no body of a kind that is known"),
        (document({"$ref": "other.yaml#/x"}), "", "leads to another document"),
        (document({"$ref": "#/components/schemas/Body"}), "", "refers to itself"),
        ({"log": {"entries": []}}, "", "no single POST"),
    ],
)
def test_what_cannot_be_read_is_said(given: Any, path: str, said: str) -> None:
    """The message says what is missing, and what there is to choose from."""
    with pytest.raises(ContractError, match=said):
        described(given, "relight", path)


@pytest.mark.parametrize(("vendor", "like"), CREATES)
@pytest.mark.parametrize("source", ["openapi", "recording", "plain"])
def test_described_fields_make_a_clean_feature(vendor: str, like: str, source: str, tmp_path: Path) -> None:
    """Whatever the model had: picture, delivery, size, price and echoes follow the new fields, or are taken out."""
    found = {
        "openapi": described(document(RELIGHT), "relight"),
        "recording": described(recording({"image": "http://a", "x": 1.5, "tags": ["a"]}), "relight"),
        "plain": Described("/v2/relight", ("application/x-www-form-urlencoded",), {"text": {"type": "string"}}, ()),
    }[source]
    feature = new_feature(load_vendor(vendor), like, "relight", found.path)
    take_fields(feature, found, "somewhere")
    (tmp_path / vendor).mkdir()
    for name, resource in feature.files.items():
        (tmp_path / vendor / f"{name}.json").write_text(json.dumps(resource), "utf-8")
    assert folder_findings([tmp_path]) == []
    loaded = load_contracts([vendor], folders=[tmp_path])[vendor]
    assert set(found.fields) <= set(loaded.operations[feature.create].fields)
    told = [one for one in loaded.of_kind("delivery") if one.contract["create"] == feature.create]
    if "notify_url" in found.fields:
        assert [one.contract["address"]["request"] for one in told] == ["notify_url"]


def test_our_own_export_can_be_read_back() -> None:
    """The OpenAPI document of a vendor gives the fields of its create again."""
    vendor = load_vendor("enhancor")
    found = described(openapi(vendor), "queue")
    assert found.path == "/api/upscaler/v1/queue"
    assert set(found.fields) == set(vendor.operations["queue"].fields)
    assert set(found.required) == set(vendor.operations["queue"].request["required"])
