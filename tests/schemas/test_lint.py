"""The lint: silent on the shipped data, and held to folders, variants, citations and the text that was read."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from greycard_schemas import CONTRACTS, ContractError, load_contracts, load_vendor
from greycard_schemas.lint.layers import in_variant, lint, main

VENDORS = sorted(load_contracts())
DOCUMENTS = os.environ.get("GREYCARD_DOCUMENTS", "")
with_documents = pytest.mark.skipif(
    not Path(DOCUMENTS or "nowhere").is_dir(),
    reason="set GREYCARD_DOCUMENTS to the folder with the documents' text",
)


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_shipped_data_are_clean(vendor: str) -> None:
    """Shape, sources, names, lifecycle and bodies are right, in every option of every variant."""
    assert lint(load_vendor(vendor)) == []
    assert lint(CONTRACTS / vendor) == []


@with_documents
@pytest.mark.parametrize("vendor", VENDORS)
def test_the_documents_say_so(vendor: str) -> None:
    """Every cited line exists and contains what the statement says."""
    assert lint(load_vendor(vendor), Path(DOCUMENTS)) == []


OPERATION = "/x-operation"
WORDING = [
    ("picwish", "scale.create", f"{OPERATION}/pictures/megabytes", 16, "does not say 16"),
    ("picwish", "vendor", "/errors/too_large/code", 414, "does not say 414"),
    ("picwish", "scale.create", f"{OPERATION}/x-source/request", "S2:20", "the name 'sync'"),
    ("picwish", "vendor", "/lifecycle/states/timed_out/x-source/value", "S2:71", "does not say -8"),
    ("picwish", "vendor", "/lifecycle/x-source/limit_outcome", "S2:71", "does not say -8"),
    ("picwish", "vendor", "/lifecycle/x-source/absent", "S2:400", "the document has 117 lines"),
    ("picwish", "vendor", "/link/x-source/life_seconds", "S2:116", "does not say '有效期一小时'"),
    ("wondershare", "rw.result", "/$defs/item/x-source/type", "S3:106", "the type object"),
    ("wondershare", "rw.result", "/$defs/item/x-source/required/status", "S3:106", "the name 'status'"),
    ("wondershare", "rw.batch", f"{OPERATION}/x-source/method", "S3:18", "does not say 'POST'"),
    ("enhancor", "status", f"{OPERATION}/responses/running/x-source/body", "S4:84", "the name 'status'"),
    ("magictiger", "callback", f"{OPERATION}/headers/x-source/md5", "S1:103", "the name 'md5'"),
    (
        "magictiger",
        "deletetask",
        "/$defs/deleted/properties/data/properties/success/x-source/const",
        "S1:88",
        "does not say True",
    ),
]


@with_documents
@pytest.mark.parametrize(("vendor", "file", "path", "value", "message"), WORDING)
def test_a_false_citation_is_found(vendor: str, file: str, path: str, value: Any, message: str) -> None:
    """A cited line that does not contain the number, name, type or enum value is no source of it."""
    patch = {"op": "replace", "file": file, "path": path, "value": value}
    found = lint(load_contracts([vendor], patches={vendor: [patch]})[vendor], Path(DOCUMENTS))
    assert [one for one in found if message in one.message], found


def copied(base: Path, vendor: str, name: str = "") -> dict[str, Any]:
    """A copy of a shipped vendor under `base`, as a vendor of another name; its vendor.json, parsed."""
    folder = base / (name or vendor)
    folder.mkdir()
    for path in (CONTRACTS / vendor).glob("*.json"):
        text = path.read_text(encoding="utf-8").replace(f"greycard:{vendor}/", f"greycard:{folder.name}/")
        text = text.replace(f'"claim": "{vendor}', f'"claim": "{folder.name}')
        (folder / path.name).write_text(text, encoding="utf-8")
    data: dict[str, Any] = json.loads((folder / "vendor.json").read_text(encoding="utf-8"))
    data["vendor"] = folder.name
    write(folder / "vendor.json", data)
    return data


def write(path: Path, value: Any) -> None:
    """Write JSON."""
    path.write_text(json.dumps(value), encoding="utf-8")


def test_an_outside_vendor_is_held_to_the_same_rules(tmp_path: Path) -> None:
    """A folder from outside the package is linted whole, by itself or within a folder of vendors."""
    data = copied(tmp_path, "picwish", "acme")
    assert lint(tmp_path) == []
    assert lint(tmp_path / "acme") == []
    del data["rate"]["x-source"]["limit"]
    write(tmp_path / "acme" / "vendor.json", data)
    assert [found.pointer for found in lint(tmp_path)] == ["/rate/limit"]


def test_what_cannot_be_loaded_is_a_finding(tmp_path: Path) -> None:
    """Broken JSON, a missing vendor.json, an empty folder and no folder each give one finding."""
    assert "holds no contract data" in lint(tmp_path)[0].message
    assert "is no folder" in lint(tmp_path / "none")[0].message
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme" / "op.json").write_text("{", encoding="utf-8")
    assert "vendor.json is missing" in lint(tmp_path)[0].message
    (tmp_path / "acme" / "vendor.json").write_text("{", encoding="utf-8")
    assert "not JSON" in lint(tmp_path)[0].message


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"default": "neither"}, "must be one of document, current"),
        ({"default": "current"}, "its patch must be empty"),
        ({"patch": {"op": "replace", "file": "vendor", "path": "/nope/x", "value": 1}}, "nothing stands at"),
        ({"patch": {"op": "replace", "file": "nope", "path": "/x", "value": 1}}, "there is no file 'nope'"),
        (
            {"patch": {"op": "add", "file": "vendor", "path": "/rate/x", "value": 1}},
            "[variant edition=current]",
        ),
        (
            {"patch": {"op": "replace", "file": "vendor", "path": "/rate/error", "value": "x"}},
            "[variant edition=current]",
        ),
        ({"patch": {"op": "remove", "file": "vendor", "path": "/rate/x-source", "value": 1}}, "False schema"),
    ],
)
def test_a_bad_variant_is_found(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    """Patches must apply and leave data that are as good as the default's.

    The default itself changes nothing.
    """
    data = copied(tmp_path, "picwish")
    variant = data["variants"]["edition"]
    variant["default"] = change.get("default", "document")
    if "patch" in change:
        variant["options"]["current"]["patch"].append(change["patch"])
    write(tmp_path / "picwish" / "vendor.json", data)
    assert [found for found in lint(tmp_path) if message in found.message]


def test_readings_belong_to_statements(tmp_path: Path) -> None:
    """A reading of lines for a statement that no longer exists is found."""
    copied(tmp_path, "picwish")
    path = tmp_path / "picwish" / "sources.json"
    sources = json.loads(path.read_text(encoding="utf-8"))
    sources["S2"]["readings"].append({"claim": "picwish#lost", "text": ["x"], "reason": "y"})
    write(path, sources)
    assert [found.pointer for found in lint(tmp_path)] == ["/S2/readings/3"]


def test_the_text_must_be_the_one_that_was_read(tmp_path: Path) -> None:
    """A document that is missing or has another sum is found."""
    found = lint(load_vendor("picwish"), tmp_path)
    assert ["there is no 002_5ca47f3813954812.txt" in one.message for one in found] == [True]
    (tmp_path / "002_5ca47f3813954812.txt").write_text("changed", encoding="utf-8")
    found = lint(load_vendor("picwish"), tmp_path)
    assert ["is not the text that was read" in one.message for one in found] == [True]


def test_in_variant_changes_a_copy() -> None:
    """A vendor in a variant is a new vendor; the old one stays."""
    vendor = load_vendor("picwish")
    changed = in_variant(vendor, "rate_scope", "create")
    assert (vendor.data["rate"]["scope"], changed.data["rate"]["scope"]) == ("all", "create")
    assert changed.variants["rate_scope"] == "create"


def test_the_command_prints_and_judges(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The exit status is 0 for good data and 1 for bad; the last line counts."""
    assert (
        main([str(CONTRACTS / "enhancor"), "--documents", DOCUMENTS] if DOCUMENTS else [str(CONTRACTS / "enhancor")])
        == 0
    )
    assert capsys.readouterr().out.startswith("0 findings")
    assert main([str(tmp_path)]) == 1
    assert "1 findings" in capsys.readouterr().out


def test_unknown_variants_are_refused() -> None:
    """The loader names what it knows."""
    with pytest.raises(ContractError, match="has no variant 'nope'"):
        load_vendor("picwish", nope="x")
