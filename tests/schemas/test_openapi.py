"""The OpenAPI export: valid, complete, and in every variant."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from greycard_schemas import load_contracts, load_vendor
from greycard_schemas.openapi import openapi

VENDORS = sorted(load_contracts())
OPTIONS = [
    pytest.param(vendor.name, variant, option, id=f"{vendor.name}-{variant}={option}")
    for vendor in load_contracts().values()
    for variant, spec in vendor.data["variants"].items()
    for option in spec["options"]
]


@pytest.mark.parametrize(("name", "variant", "option"), OPTIONS)
def test_the_export_is_valid_openapi(name: str, variant: str, option: str) -> None:
    """In every option of every variant the export is valid OpenAPI 3.1, and plain JSON."""
    document = openapi(load_vendor(name, **{variant: option}))
    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert document["info"]["x-variants"][variant] == option


@pytest.mark.parametrize("name", VENDORS)
def test_every_operation_and_error_is_exported(name: str) -> None:
    """Each operation is a path or a webhook, and each of its errors an example under its HTTP status."""
    vendor = load_vendor(name)
    document = openapi(vendor)
    assert set(document.get("webhooks", {})) == {one.name for one in vendor.of_kind("delivery")}
    for operation in vendor.operations.values():
        if operation.kind == "delivery":
            continue
        responses = document["paths"][operation.path][operation.method.lower()]["responses"]
        for error in operation.contract["errors"]:
            status = str(vendor.data["errors"][error]["http"])
            assert error in responses[status]["content"]["application/json"]["examples"]


@pytest.mark.parametrize("name", VENDORS)
def test_examples_satisfy_their_schemas(name: str) -> None:
    """Every example of an answer is valid under the schema beside it."""
    document = openapi(load_vendor(name))
    for path in document["paths"].values():
        for operation in path.values():
            for answer in operation["responses"].values():
                content = answer["content"]["application/json"]
                schema = {**content["schema"], "components": document["components"]}
                for example in content["examples"].values():
                    Draft202012Validator(schema).validate(example["value"])


def test_files_are_only_in_multipart_bodies() -> None:
    """A form without files has no field for one."""
    document = openapi(load_vendor("picwish"))
    content = document["paths"]["/api/tasks/visual/scale"]["post"]["requestBody"]["content"]
    assert "image_file" not in content["application/x-www-form-urlencoded"]["schema"]["properties"]
    assert content["multipart/form-data"]["schema"] == {"$ref": "#/components/schemas/scale_create_request"}
    upload = document["components"]["schemas"]["scale_create_request"]["properties"]["image_file"]
    assert upload["contentMediaType"] == "application/octet-stream"


def test_sources_are_kept() -> None:
    """What a document says stays citable in the export."""
    document = openapi(load_vendor("wondershare"))
    schema = document["components"]["schemas"]["fsrtwo_batch_request"]["properties"]["images"]
    assert schema["x-source"]["maxItems"] == "S0:18"
    assert document["components"]["securitySchemes"]["key"]["scheme"] == "basic"
