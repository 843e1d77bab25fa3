"""The lint knows what a mock needs to serve, how folders must lie, and what they replace."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from greycard_schemas import CONTRACTS, ContractError, load_contracts
from greycard_schemas.lint.folders import folder_findings, refuse_faulty, replacements
from greycard_schemas.lint.layers import lint
from greycard_schemas.loader import vendor_of

OPERATION = "/x-operation"
CREATE = f"{OPERATION}/create"
PLANTED = [
    ("enhancor", "queue", "remove", f"{OPERATION}/price", None, "status", "asks for task.price; queue has no 'price'"),
    ("enhancor", "queue", "remove", f"{OPERATION}/result", None, "queue", "'result' is a required property"),
    ("enhancor", "queue", "remove", f"{OPERATION}/pictures", None, "queue", "'pictures' is a required property"),
    ("enhancor", "vendor", "replace", "/order", ["auth", "size", "rate", "validate"], "vendor", "leaves out 'parse'"),
    ("enhancor", "vendor", "replace", "/order", ["auth", "size", "validate", "parse"], "vendor", "before it is read"),
    ("wondershare", "vendor", "remove", "/lifecycle/item_states", None, "rw.result", "asks for task.items"),
    ("picwish", "scale.create", "remove", f"{OPERATION}/pictures/megabytes", None, "scale.create", "how large"),
    ("magictiger", "createtask", "replace", f"{OPERATION}/pictures/side_max", 9, "createtask", "leaves no picture"),
    ("picwish", "scale.create", "remove", f"{OPERATION}/sync", None, "scale.create", "a create that never waits"),
    ("wondershare", "rw.batch", "remove", "/$defs/request/required/mask", None, "rw.batch", "'mask' must be required"),
    ("enhancor", "queue", "replace", "/$defs/request/properties/img_url/type", "integer", "queue", "of type string"),
    (
        "picwish",
        "scale.create",
        "add",
        "/$defs/request/properties/callback_url",
        {"type": "string", "x-source": {"type": "assumed: made up"}},
        "scale.create",
        "'request': 'callback_url' and whose create is 'scale.create'",
    ),
    (
        "picwish",
        "scale.get",
        "add",
        f"{OPERATION}/responses/succeeded/body/data/mask",
        {"$from": "result.mask"},
        "scale.get",
        "scale.create makes no mask",
    ),
]


@pytest.mark.parametrize(("vendor", "file", "op", "path", "value", "where", "said"), PLANTED)
def test_what_the_mock_could_not_serve_is_named(
    vendor: str, file: str, op: str, path: str, value: Any, where: str, said: str
) -> None:
    """File and message say what is missing; nothing of this is left for a request to find."""
    patch = {"op": op, "file": file, "path": path} | ({} if op == "remove" else {"value": value})
    found = lint(load_contracts([vendor], patches={vendor: [patch]})[vendor])
    assert [one for one in found if one.file == f"{vendor}/{where}.json" and said in one.message], found


def test_an_address_to_which_nothing_is_delivered_is_named() -> None:
    """A create that asks for a webhook, in a vendor that has no such file."""
    files = {path.stem: json.loads(path.read_text("utf-8")) for path in (CONTRACTS / "enhancor").glob("*.json")}
    del files["webhook"], files["vendor"]["variants"]["webhook_status"]
    files["sources"]["S4"]["readings"] = []
    (found,) = lint(vendor_of("enhancor", files))
    assert (found.file, found.pointer) == ("enhancor/queue.json", "/$defs/request/properties/webhookUrl")
    assert "add a file of kind 'delivery'" in found.message


def test_two_deliveries_of_one_create_are_named(tmp_path: Path) -> None:
    """Which of the two would tell of a task cannot be said."""
    (tmp_path / "enhancor").mkdir()
    text = (CONTRACTS / "enhancor" / "webhook.json").read_text("utf-8")
    (tmp_path / "enhancor" / "zz.json").write_text(text.replace("enhancor/webhook", "enhancor/zz"), "utf-8")
    (found,) = folder_findings([tmp_path])
    assert (found.file, found.pointer) == ("enhancor/zz.json", CREATE)
    assert "webhook tells of the tasks of 'queue' already" in found.message


def test_files_in_the_wrong_place_are_named(tmp_path: Path) -> None:
    """Beside the vendors' folders, in the folder of a vendor that was named itself, and nowhere at all."""
    (empty,) = folder_findings([tmp_path])
    assert "holds no contract data" in empty.message
    (tmp_path / "picwish").mkdir()
    shutil.copy(CONTRACTS / "picwish" / "scale.get.json", tmp_path / "picwish")
    (tmp_path / "stray.json").write_text("{}", "utf-8")
    (stray,) = folder_findings([tmp_path])
    assert (stray.file, "beside the vendors' folders" in stray.message) == (str(tmp_path / "stray.json"), True)
    (single,) = folder_findings([tmp_path / "picwish"])
    assert "name the folder above it" in single.message
    (missing,) = folder_findings([tmp_path / "nowhere"])
    assert "is no folder" in missing.message


def test_folders_are_judged_together_with_what_they_add_to(tmp_path: Path) -> None:
    """A create in one folder and its read in another are whole."""
    for name in ("create", "get"):
        (tmp_path / name / "picwish").mkdir(parents=True)
        text = (CONTRACTS / "picwish" / f"scale.{name}.json").read_text("utf-8").replace("scale", "other")
        (tmp_path / name / "picwish" / f"other.{name}.json").write_text(text.replace("other_factor", "scale_factor"))
    assert folder_findings([tmp_path / "create", tmp_path / "get"]) == []
    assert folder_findings([tmp_path / "create"])


def test_what_is_replaced_is_said(tmp_path: Path) -> None:
    """A file in the place of a shipped one; the shipped folder itself replaces nothing."""
    (tmp_path / "picwish").mkdir()
    for name in ("vendor", "scale.get"):
        shutil.copy(CONTRACTS / "picwish" / f"{name}.json", tmp_path / "picwish")
    told = replacements([tmp_path])
    assert [one.rpartition("replaces the shipped ")[2] for one in told] == [
        "picwish/scale.get.json",
        "picwish/vendor.json",
    ]
    assert replacements([CONTRACTS]) == []


def test_all_findings_are_refused_in_one_message(tmp_path: Path) -> None:
    """Each on a line of its own, at most twenty; data that depart from a document are refused where none can serve."""
    (tmp_path / "picwish").mkdir()
    data = json.loads((CONTRACTS / "picwish" / "vendor.json").read_text("utf-8"))
    write = (tmp_path / "picwish" / "vendor.json").write_text
    write(json.dumps(data | {f"x{number}": 1 for number in range(30)} | {"rate": 7}), "utf-8")
    with pytest.raises(ContractError, match=r"2 findings\n  picwish/vendor\.json.*\n  picwish/vendor\.json#/rate"):
        refuse_faulty([tmp_path])
    del data["rate"]["x-source"]["limit"]
    departing = {**data, "rate": {**data["rate"], "limit": 3}}
    write(json.dumps(departing), "utf-8")
    refuse_faulty([tmp_path], departing=True)
    with pytest.raises(ContractError, match="'limit' has no source"):
        refuse_faulty([tmp_path])
    write(json.dumps({**departing, "unmatched": {"error": "nope", "x-source": {"error": "S2:62"}}}), "utf-8")
    with pytest.raises(ContractError, match="there is no error 'nope'"):
        refuse_faulty([tmp_path], departing=True)
