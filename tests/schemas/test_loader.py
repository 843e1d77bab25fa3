"""Loading: shipped and outside folders, variants, patches, and what is refused."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from greycard_schemas import CONTRACTS, ContractError, claims_of, load_contracts, load_vendor, parse_variants
from greycard_schemas.lint.layers import lint


def colorize(base: Path, *, path: str = "/api/tasks/visual/colorize") -> dict[str, Any]:
    """A made-up endpoint of a known vendor, in a folder of its own: a create and a read file."""
    folder = base / "picwish"
    folder.mkdir()
    found: dict[str, Any] = {}
    for old, new, place in (
        ("scale.create", "colorize.create", path),
        ("scale.get", "colorize.get", path + "/{task_id}"),
    ):
        resource = json.loads((CONTRACTS / "picwish" / f"{old}.json").read_text(encoding="utf-8"))
        contract = resource["x-operation"]
        resource["$id"] = f"greycard:picwish/{new}"
        contract["path"] = place
        for key in ("read", "create"):
            if key in contract:
                contract[key] = contract[key].replace("scale", "colorize")
        if "sync" in contract:
            contract["sync"]["answer_of"] = "colorize.get"
        (folder / f"{new}.json").write_text(json.dumps(resource), encoding="utf-8")
        found[new] = resource
    return found


def test_one_more_endpoint_is_one_more_file(tmp_path: Path) -> None:
    """A file in an outside folder is loaded, linted, and yields claims; the shipped operations stay."""
    colorize(tmp_path)
    vendor = load_contracts(["picwish"], folders=[tmp_path])["picwish"]
    assert set(vendor.operations) == {"scale.create", "scale.get", "colorize.create", "colorize.get"}
    assert lint(tmp_path) == []
    claims = claims_of(vendor)
    assert claims["picwish/colorize.create#request/type/enum"].value == ["clean", "face"]
    assert claims["picwish/scale.create#request/type/enum"].value == ["clean", "face"]
    assert "picwish/colorize.create#request/type/enum" not in claims_of(load_vendor("picwish"))


def test_a_wrong_endpoint_is_found(tmp_path: Path) -> None:
    """An outside endpoint that takes the path of a shipped one is a finding."""
    colorize(tmp_path, path="/api/tasks/visual/scale")
    assert any("same method and path" in found.message for found in lint(tmp_path))


def test_loading_gives_fresh_data() -> None:
    """What one user changes, the next does not see."""
    load_vendor("picwish").data["title"] = "changed"
    assert load_vendor("picwish").title == "PicWish"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"vendors": ["nobody"]}, "no vendor 'nobody'; known are enhancor"),
        ({"variants": {"nobody": {}}}, "no vendor 'nobody'"),
        ({"variants": {"picwish": {"colour": "red"}}}, "has no variant 'colour'; known are async"),
        (
            {"variants": {"picwish": {"edition": "next"}}},
            "has no option 'next'; choose from document, current",
        ),
        ({"patches": {"picwish": [{"op": "move", "file": "vendor", "path": "/rate"}]}}, "is no patch"),
        (
            {"patches": {"picwish": [{"op": "remove", "file": "vendor", "path": "/nope"}]}},
            "nothing stands at '/nope'",
        ),
        (
            {"patches": {"picwish": [{"op": "add", "file": "x", "path": "/a", "value": 1}]}},
            "there is no file 'x'",
        ),
        (
            {"patches": {"picwish": [{"op": "add", "file": "vendor", "path": "/order/9", "value": 1}]}},
            "nothing stands",
        ),
        (
            {"patches": {"picwish": [{"op": "add", "file": "vendor", "path": "/title/x", "value": 1}]}},
            "plain value",
        ),
        (
            {"patches": {"picwish": [{"op": "add", "file": "vendor", "path": "title", "value": 1}]}},
            "must begin with '/'",
        ),
        ({"folders": [Path("no-such-folder")]}, "is no folder with contract data"),
    ],
)
def test_what_does_not_exist_is_refused(arguments: dict[str, Any], message: str) -> None:
    """The message says what was wrong and what there is to choose from."""
    with pytest.raises(ContractError) as caught:
        load_contracts(**arguments)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("vendor.json", "[]", "must hold a JSON object"),
        ("op.json", '{"$id": "greycard:other/op"}', "needs '$id': 'greycard:acme/op'"),
        ("op.json", '{"$id": "greycard:acme/op", "x-operation": {"kind": "dance"}}', "must be one of create"),
    ],
)
def test_files_that_are_no_contracts_are_refused(tmp_path: Path, name: str, content: str, message: str) -> None:
    """Each message names the file."""
    folder = tmp_path / "acme"
    folder.mkdir()
    (folder / "vendor.json").write_text('{"vendor": "acme"}', encoding="utf-8")
    (folder / name).write_text(content, encoding="utf-8")
    with pytest.raises(ContractError, match=name) as caught:
        load_contracts(["acme"], folders=[tmp_path])
    assert message in str(caught.value)


def test_a_variant_can_patch_every_operation_that_has_the_place(tmp_path: Path) -> None:
    """A pattern is spelled out when the data are loaded; one that matches nothing is refused."""
    for vendor in load_contracts().values():
        for spec in vendor.data["variants"].values():
            named = {patch["file"] for rule in spec["options"].values() for patch in rule["patch"]}
            assert named <= {"vendor", *vendor.operations}
    integer = load_vendor("wondershare", number_form="integer")
    for name in ("fsrtwo.result", "rw.result"):
        assert integer.operations[name].resource["$defs"]["wait_time"]["type"] == "integer"
    shutil.copytree(CONTRACTS / "picwish", tmp_path / "acme")
    for path in (tmp_path / "acme").glob("*.json"):
        path.write_text(path.read_text(encoding="utf-8").replace("greycard:picwish/", "greycard:acme/"), "utf-8")
    data = json.loads((tmp_path / "acme" / "vendor.json").read_text(encoding="utf-8"))
    data["variants"]["edition"]["options"]["current"]["patch"][0]["file"] = "*.nothing"
    (tmp_path / "acme" / "vendor.json").write_text(json.dumps(data), encoding="utf-8")
    load_contracts(["acme"], folders=[tmp_path])
    with pytest.raises(ContractError, match=r"there is no file '\*\.nothing'"):
        load_contracts(["acme"], folders=[tmp_path], variants={"acme": {"edition": "current"}})


def test_what_follows_from_an_operation_is_worked_out_once() -> None:
    """Looking something up gives the same object each time, and an operation is only as equal as its data."""
    operation = load_vendor("picwish").operations["scale.create"]
    assert operation.request is operation.request is operation.definition("#/$defs/request")
    assert operation.fields is operation.request["properties"]
    assert operation == load_vendor("picwish").operations["scale.create"]
    assert (operation.kind, operation.method, operation.path) == ("create", "POST", "/api/tasks/visual/scale")


@pytest.mark.parametrize(
    "patch",
    [
        {"op": "replace", "path": "/x-operation/request", "value": "#/$defs/lost"},
        {"op": "remove", "path": "/x-operation/method"},
        {"op": "replace", "path": "/x-operation/encodings", "value": 5},
        {"op": "replace", "path": "/$defs/request", "value": []},
    ],
    ids=lambda patch: str(patch["path"]),
)
def test_an_operation_without_its_basics_is_refused(patch: dict[str, Any]) -> None:
    """The message names the file and where its form is written down, before any request arrives."""
    with pytest.raises(ContractError, match=r"picwish/scale\.create\.json: .* meta/operation\.schema\.json"):
        load_contracts(["picwish"], patches={"picwish": [{"file": "scale.create", **patch}]})


@pytest.mark.parametrize("variants", [[], {"x": 1}, {"x": {}}, {"x": {"options": {"y": {}}}}, {"x": {"options": []}}])
def test_variants_of_another_form_are_refused(tmp_path: Path, variants: Any) -> None:
    """The message names the file and where its form is written down."""
    shutil.copytree(CONTRACTS / "enhancor", tmp_path / "enhancor")
    data = json.loads((tmp_path / "enhancor" / "vendor.json").read_text(encoding="utf-8"))
    (tmp_path / "enhancor" / "vendor.json").write_text(json.dumps({**data, "variants": variants}), encoding="utf-8")
    with pytest.raises(ContractError, match=r"vendor\.json: its variants .* meta/vendor\.schema\.json"):
        load_contracts(["enhancor"], folders=[tmp_path])


def test_patches_change_lists_too() -> None:
    """Items are added, put at the end, replaced and removed as JSON Patch says."""
    patches = [
        {"op": "add", "file": "vendor", "path": "/order/-", "value": "last"},
        {"op": "add", "file": "vendor", "path": "/order/0", "value": "first"},
        {"op": "replace", "file": "vendor", "path": "/order/1", "value": "second"},
        {"op": "remove", "file": "vendor", "path": "/order/2"},
    ]
    vendor = load_contracts(["picwish"], patches={"picwish": patches})["picwish"]
    assert vendor.data["order"] == ["first", "second", "rate", "parse", "validate", "balance", "last"]


def test_variants_are_parsed() -> None:
    """VENDOR.VARIANT=OPTION, several of them, in one mapping."""
    texts = ["picwish.edition=current", "picwish.async=disabled", "enhancor.error_form=string"]
    assert parse_variants(texts) == {
        "picwish": {"edition": "current", "async": "disabled"},
        "enhancor": {"error_form": "string"},
    }


@pytest.mark.parametrize("text", ["", "picwish", "picwish.edition", "picwish=current", ".edition=current", "a.b="])
def test_other_forms_are_no_variants(text: str) -> None:
    """What is not of that form is refused with an example."""
    with pytest.raises(ContractError, match=r"write VENDOR\.VARIANT=OPTION"):
        parse_variants([text])


def test_a_removed_keyword_is_no_longer_a_claim() -> None:
    """A patch that removes a keyword needs no second patch for its source."""
    patch = {"op": "remove", "file": "rw.batch", "path": "/$defs/request/properties/images/maxItems"}
    vendor = load_contracts(["wondershare"], patches={"wondershare": [patch]})["wondershare"]
    assert "wondershare/rw.batch#request/images/maxItems" not in claims_of(vendor)


def test_importing_costs_nothing() -> None:
    """The package and its plain modules load no validator and no Hypothesis."""
    code = (
        "import sys, greycard_schemas, greycard_schemas.claims.derive, greycard_schemas.examples.requests,"
        " greycard_schemas.examples.strategies,"
        " greycard_schemas.openapi, greycard_schemas.lint.layers; "
        "print(sorted({'jsonschema', 'jsonschema_rs', 'hypothesis'} & set(sys.modules)))"
    )
    source = str(CONTRACTS.parent.parent)
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": source},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.strip() == "[]"
