"""The lint: silent on the shipped data, and each of its rules finds a planted fault."""

from __future__ import annotations

import copy
import json
import os
from pathlib import Path
from typing import Any

import pytest

from greycard_schemas import CONTRACTS, ContractError, load_contracts, load_vendor
from greycard_schemas.lint.layers import Finding, in_variant, lint, main

VENDORS = sorted(load_contracts())
DOCUMENTS = os.environ.get("GREYCARD_DOCUMENTS", "")
with_documents = pytest.mark.skipif(
    not Path(DOCUMENTS or "nowhere").is_dir(),
    reason="set GREYCARD_DOCUMENTS to the folder with the documents' text",
)


def planted(vendor: str, file: str, op: str, path: str, value: Any = None) -> list[Finding]:
    """What the lint finds after one change of the shipped data."""
    patch = {"op": op, "file": file, "path": path, "value": value}
    return lint(load_contracts([vendor], patches={vendor: [patch]})[vendor])


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
SHAPE = [
    ("picwish", "vendor", "add", "/rate/burst", 3, "'burst' was unexpected"),
    (
        "picwish",
        "scale.create",
        "add",
        "/$defs/request/properties/type/format",
        "uri",
        "'format' was unexpected",
    ),
    ("picwish", "scale.create", "add", f"{OPERATION}/retries", 3, "'retries'"),
    ("picwish", "scale.create", "add", f"{OPERATION}/on", ["failed"], "'on'"),
    ("picwish", "scale.get", "remove", f"{OPERATION}/task", None, "'task' is a required property"),
    (
        "picwish",
        "scale.get",
        "remove",
        f"{OPERATION}/responses/failed",
        None,
        "'failed' is a required property",
    ),
    ("picwish", "vendor", "replace", "/order", ["auth", "luck"], "'luck'"),
    ("picwish", "vendor", "replace", "/rate/x-source/limit", "line 64", "does not match"),
    ("picwish", "vendor", "replace", "/vendor", "pictures", "must be 'picwish'"),
    (
        "picwish",
        "scale.get",
        "replace",
        f"{OPERATION}/responses/failed/body/data/image",
        {"$from": "a.b", "$x": 1},
        "'$x'",
    ),
    (
        "magictiger",
        "gettask",
        "replace",
        f"{OPERATION}/responses/failed/body/data/facelist",
        {"$each": "task.faces"},
        "'$do'",
    ),
    (
        "magictiger",
        "callback",
        "add",
        f"{OPERATION}/bodies",
        {"failed": {}, "x-source": {"failed": "S1:98"}},
        "valid under each",
    ),
]
PROVENANCE = [
    ("picwish", "vendor", "remove", "/rate/x-source/limit", None, "'limit' has no source"),
    ("picwish", "vendor", "add", "/lifecycle/states/queued/reason", "queued", "'reason' has no source"),
    (
        "picwish",
        "scale.create",
        "remove",
        f"{OPERATION}/result/forced/0/x-source/from",
        None,
        "'from' has no source",
    ),
    (
        "picwish",
        "scale.create",
        "add",
        "/$defs/request/properties/type/maxLength",
        5,
        "'maxLength' has no source",
    ),
    (
        "picwish",
        "scale.create",
        "remove",
        "/$defs/accepted/x-source/required/message",
        None,
        "'message' has no source",
    ),
    (
        "picwish",
        "scale.create",
        "add",
        "/$defs/accepted/x-source/required/extra",
        "S2:31",
        "which is not in the list",
    ),
    ("picwish", "scale.create", "add", "/$defs/accepted/x-source/pattern", "S2:31", "which is not there"),
    ("picwish", "vendor", "replace", "/rate/x-source/limit", {"2": "S2:64"}, "only a list"),
    ("picwish", "vendor", "replace", "/rate/x-source/limit", "S9:64", "sources.json has no S9"),
    ("picwish", "vendor", "replace", "/rate/x-source/limit", "S2:64-60", "no range of lines"),
    ("enhancor", "webhook", "remove", f"{OPERATION}/x-source/on/failed", None, "'failed' has no source"),
]
MEANING = [
    ("picwish", "vendor", "replace", "/rate/error", "slow_down", "there is no error 'slow_down'"),
    ("picwish", "scale.create", "replace", f"{OPERATION}/refusal", "nope", "there is no error 'nope'"),
    (
        "picwish",
        "scale.create",
        "replace",
        f"{OPERATION}/errors",
        ["invalid_parameter"],
        "not in the operation's list",
    ),
    (
        "picwish",
        "scale.create",
        "replace",
        f"{OPERATION}/pictures/consequences/sides/outcome",
        "lost",
        "no failed state 'lost'",
    ),
    (
        "picwish",
        "scale.create",
        "remove",
        f"{OPERATION}/pictures/consequences/format",
        None,
        "nothing says what follows",
    ),
    (
        "enhancor",
        "queue",
        "replace",
        f"{OPERATION}/pictures/consequences/format",
        {"item": "no", "x-source": {"item": "S4:1"}},
        "fail alone",
    ),
    (
        "picwish",
        "scale.create",
        "replace",
        f"{OPERATION}/read",
        "scale.create",
        "no operation 'scale.create' of kind read",
    ),
    ("picwish", "scale.get", "replace", f"{OPERATION}/create", "scale.get", "of kind create"),
    (
        "picwish",
        "scale.create",
        "replace",
        f"{OPERATION}/result/parameter",
        "factor",
        "the request has no field 'factor'",
    ),
    ("enhancor", "webhook", "replace", f"{OPERATION}/address/request", "hook", "has no field 'hook'"),
    (
        "enhancor",
        "queue",
        "remove",
        f"{OPERATION}/price/by_value/fast",
        None,
        "one entry for each enum member",
    ),
    (
        "picwish",
        "scale.get",
        "replace",
        f"{OPERATION}/responses/failed/body/data/image",
        {"$from": "task.nope"},
        "names nothing",
    ),
    (
        "picwish",
        "scale.get",
        "replace",
        f"{OPERATION}/responses/failed/body/data/image",
        {"$from": "request.nope"},
        "names nothing",
    ),
    (
        "picwish",
        "scale.get",
        "replace",
        f"{OPERATION}/responses/failed/body/data/image",
        {"$from": "item.link"},
        "names nothing",
    ),
    ("picwish", "vendor", "replace", "/errors/too_large/body/status", {"$from": "task.id"}, "names nothing"),
    (
        "wondershare",
        "rw.result",
        "replace",
        f"{OPERATION}/responses/failed/body/data/list/$each",
        "task.lost",
        "is no list",
    ),
    ("wondershare", "rw.result", "replace", f"{OPERATION}/path", "/v3/pic/rw/result/{id}", "names ['id']"),
    ("wondershare", "rw.batch", "replace", f"{OPERATION}/path", "/v4/rw", "outside the paths"),
    (
        "wondershare",
        "rw.batch",
        "replace",
        f"{OPERATION}/path",
        "/v3/pic/fsrtwo/batch",
        "same method and path",
    ),
    ("magictiger", "gettask", "replace", f"{OPERATION}/path", "/lost", "outside the paths"),
    ("magictiger", "callback", "replace", f"{OPERATION}/signature/header", "sha", "not among the headers"),
    (
        "picwish",
        "scale.get",
        "replace",
        f"{OPERATION}/responses/failed/schema",
        "#/$defs/lost",
        "there is no #/$defs/lost",
    ),
    (
        "picwish",
        "scale.get",
        "replace",
        "/$defs/failed/properties/status",
        {"$ref": "#/$defs/lost"},
        "nothing stands at",
    ),
    ("wondershare", "rw.result", "replace", "/$defs/list/items", {"$ref": "#/$defs/list"}, "contains itself"),
    ("picwish", "scale.create", "replace", "/$defs/request/required", ["typ"], "requires 'typ'"),
    (
        "picwish",
        "scale.create",
        "replace",
        "/$defs/request/properties/sync/enum",
        ["1"],
        "does not satisfy the schema",
    ),
    (
        "picwish",
        "scale.create",
        "replace",
        "/$defs/request/properties/return_type/default",
        7,
        "does not satisfy the schema",
    ),
    (
        "wondershare",
        "rw.batch",
        "replace",
        "/$defs/request/properties/priority/minimum",
        10,
        "no value is valid",
    ),
    ("wondershare", "rw.result", "replace", "/$defs/wait_time/pattern", "(", "no regular expression"),
    ("picwish", "vendor", "replace", "/lifecycle/running", ["queued"], "no task ever is 'preparing'"),
    ("picwish", "vendor", "replace", "/lifecycle/running/0", "failed", "'failed' is no running state"),
    (
        "picwish",
        "vendor",
        "replace",
        "/lifecycle/states/succeeded/phase",
        "failed",
        "state of phase succeeded",
    ),
    ("picwish", "vendor", "replace", "/lifecycle/absent", [-4, -5], "-5 is the value of a state"),
    ("picwish", "vendor", "replace", "/lifecycle/states/waiting/value", 2, "two states have the same value"),
    ("picwish", "vendor", "replace", "/lifecycle/offsets_seconds", [0, 0.4, 0.2, 0.6], "rising from 0"),
    ("picwish", "vendor", "replace", "/lifecycle/offsets_seconds", [0, 1], "one time for each running state"),
    ("picwish", "vendor", "replace", "/lifecycle/finish_seconds", 0.5, "after the last"),
    ("picwish", "vendor", "replace", "/lifecycle/limit_seconds", 1, "longer than finish_seconds"),
    ("picwish", "vendor", "replace", "/lifecycle/limit_outcome", "queued", "no failed state 'queued'"),
    ("wondershare", "vendor", "replace", "/lifecycle/item_states/failed", "lost", "there is no state 'lost'"),
    ("picwish", "vendor", "replace", "/lifecycle/states/succeeded/value", 5, "the answers allow the states"),
    ("picwish", "vendor", "replace", "/lifecycle/field", "/data/status", "has no field at /data/status"),
    (
        "magictiger",
        "gettask",
        "replace",
        f"{OPERATION}/responses/failed/body/data/errormsg",
        5,
        "the body holds 5",
    ),
    ("enhancor", "webhook", "remove", f"{OPERATION}/bodies/succeeded/result", None, "says required 'result'"),
    (
        "wondershare",
        "rw.result",
        "replace",
        f"{OPERATION}/responses/failed/body/data/wait_time",
        {"$from": "task.wait"},
        "type 'string'",
    ),
    (
        "wondershare",
        "rw.result",
        "replace",
        f"{OPERATION}/responses/failed/body/msg",
        {"$from": "task.reason", "$as": "integer"},
        "invalid literal",
    ),
]


@pytest.mark.parametrize("fault", [*SHAPE, *PROVENANCE, *MEANING], ids=lambda fault: f"{fault[0]}{fault[3]}-{fault[5]}")
def test_a_planted_fault_is_found(fault: tuple[str, str, str, str, Any, str]) -> None:
    """Each rule names the fault that it is there for, and the file in which it stands."""
    vendor, file, op, path, value, message = fault
    found = planted(vendor, file, op, path, copy.deepcopy(value))
    assert [one for one in found if message in str(one)], found
    assert all(one.file.startswith(f"{vendor}/") for one in found)


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
