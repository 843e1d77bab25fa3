"""One more endpoint is one more JSON file in a folder of one's own, and no Python."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from greycard_schemas.loader import CONTRACTS, load_contracts
from greycard_schemas.signatures import SIGNATURES


def copied(vendor: str, name: str) -> dict[str, Any]:
    """A shipped operation file, to begin a new one from."""
    found: dict[str, Any] = json.loads((CONTRACTS / vendor / f"{name}.json").read_text("utf-8"))
    return found


def write(folder: Path, vendor: str, name: str, resource: dict[str, Any]) -> None:
    """Put an operation file where `--contracts` would look."""
    resource["$id"] = f"greycard:{vendor}/{name}"
    (folder / vendor).mkdir(exist_ok=True)
    (folder / vendor / f"{name}.json").write_text(json.dumps(resource), "utf-8")


def batch(folder: Path, feature: str, change: Callable[[dict[str, Any], dict[str, Any]], None]) -> None:
    """Wondershare's create and read of another feature, after those of document 000."""
    create, read = copied("wondershare", "fsrtwo.batch"), copied("wondershare", "fsrtwo.result")
    create["x-operation"] |= {"path": f"/v3/pic/{feature}/batch", "read": f"{feature}.result"}
    read["x-operation"] |= {"path": f"/v3/pic/{feature}/result/{{task_id}}", "create": f"{feature}.batch"}
    change(create["x-operation"], create["$defs"]["request"])
    write(folder, "wondershare", f"{feature}.batch", create)
    write(folder, "wondershare", f"{feature}.result", read)


def _fsr(contract: dict[str, Any], request: dict[str, Any]) -> None:
    """The 2X upscaler: no file_ext, under 4k, twice each side."""
    contract["pictures"]["side_under_kilo"] = 4
    contract["result"] = {
        "fixed": 2,
        "format": "input",
        "x-source": {"fixed": "assumed: the page's title", "format": "assumed: as document 003"},
    }
    request["required"].remove("file_ext")
    del request["properties"]["file_ext"]
    del request["x-source"]["required"]["file_ext"]


def _oic(contract: dict[str, Any], request: dict[str, Any]) -> None:
    """Old photos: repair_type 1 to 3, under 5000 px, the size kept."""
    _fsr(contract, request)
    del contract["pictures"]["side_under_kilo"], contract["pictures"]["x-source"]["side_under_kilo"]
    contract["pictures"]["side_under"] = 5000
    contract["pictures"]["x-source"]["side_under"] = "assumed: the page says under 5000"
    contract["result"]["fixed"] = 1
    request["required"].append("repair_type")
    request["x-source"]["required"]["repair_type"] = "assumed: the page lists it as required"
    request["properties"]["repair_type"] = {
        "type": "integer",
        "enum": [1, 2, 3],
        "x-source": {"type": "assumed: the page", "enum": "assumed: the page"},
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder outside the package with three more features."""
    batch(tmp_path, "fsr", _fsr)
    batch(tmp_path, "oic", _oic)
    colour = copy.deepcopy(copied("picwish", "scale.create"))
    colour["x-operation"] |= {
        "path": "/api/tasks/visual/colorize",
        "read": "colorize.get",
        "result": {
            "fixed": 1,
            "format": "input",
            "x-source": {"fixed": "assumed: made up", "format": "assumed: made up"},
        },
    }
    colour["x-operation"]["sync"]["answer_of"] = "colorize.get"
    colour["$defs"]["request"]["properties"]["type"]["enum"] = ["warm", "cold"]
    read = copied("picwish", "scale.get")
    read["x-operation"] |= {"path": "/api/tasks/visual/colorize/{task_id}", "create": "colorize.create"}
    write(tmp_path, "picwish", "colorize.create", colour)
    write(tmp_path, "picwish", "colorize.get", read)
    return tmp_path


@pytest.mark.parametrize(
    ("feature", "more", "size"),
    [
        ("fsr", {}, (600, 560)),
        ("oic", {"repair_type": 3}, (300, 280)),
        ("fsrtwo", {"file_ext": "png"}, (2400, 2240)),
    ],
)
def test_a_feature_of_wondershare_is_one_file_for_each_call(
    make_lab: Callable[..., Any],
    basic: Callable[..., dict[str, str]],
    folder: Path,
    feature: str,
    more: Any,
    size: tuple[int, int],
) -> None:
    """The new endpoint works from create to download, its own limits hold, and the shipped ones go on working."""
    lab = make_lab("wondershare", folders=(folder,))

    def create(**fields: Any) -> Any:
        body = {"images": [lab.image("300x280.jpg")], "priority": 0, **more, **fields}
        return lab.call("POST", f"/v3/pic/{feature}/batch", headers=basic(), json=body).json()

    task = create()["data"]["task_id"]
    lab.pass_time(2)
    data = lab.call("GET", f"/v3/pic/{feature}/result/{task}", headers=basic()).json()["data"]
    assert lab.open(data["list"][0]["image_result"]).size == size
    assert create(priority=10)["code"] != 0
    if feature == "oic":
        assert create(repair_type=4)["code"] != 0
    if feature == "fsr":
        wide = create(images=[lab.image("3999x1000.jpg"), lab.image("4000x1000.jpg")])["data"]["task_id"]
        lab.pass_time(2)
        items = lab.call("GET", f"/v3/pic/fsr/result/{wide}", headers=basic()).json()["data"]["list"]
        assert [item["status"] for item in items] == ["3", "4"]


def test_a_new_feature_follows_the_variants_of_its_vendor(
    make_lab: Callable[..., Any], basic: Callable[..., dict[str, str]], folder: Path
) -> None:
    """A variant says what changes in every answer of a kind, not in the answers of two features."""
    lab = make_lab("wondershare", folders=(folder,), number_form="integer")
    body = {"images": [lab.image("300x280.jpg")], "priority": 0}
    task = lab.call("POST", "/v3/pic/fsr/batch", headers=basic(), json=body).json()["data"]["task_id"]
    lab.pass_time(2)
    data = lab.call("GET", f"/v3/pic/fsr/result/{task}", headers=basic()).json()["data"]
    assert (data["status"], data["wait_time"], data["list"][0]["status"]) == (3, 0, 3)
    lab = make_lab("picwish", folders=(folder,), type_field="int")
    form, key = {"type": "cold", "image_url": lab.image()}, {"X-API-KEY": "test-key"}
    task = lab.call("POST", "/api/tasks/visual/colorize", headers=key, data=form).json()["data"]["task_id"]
    lab.pass_time(2)
    answer = lab.call("GET", f"/api/tasks/visual/colorize/{task}", headers=key).json()
    assert answer["data"]["type"] == 1


def test_an_endpoint_of_picwish_is_one_file_for_each_call(make_lab: Callable[..., Any], folder: Path) -> None:
    """Uploads, sync, states and signed links come with it."""
    lab = make_lab("picwish", folders=(folder,))
    from greycard_mocks.images.testcards import card

    def create(kind: str) -> Any:
        files = {"image_file": card(40, 30, "jpeg")}
        headers = {"X-API-KEY": "test-key"}
        return lab.call(
            "POST", "/api/tasks/visual/colorize", headers=headers, data={"type": kind, "sync": 1}, files=files
        )

    data = create("warm").json()["data"]
    assert (data["state"], lab.open(data["image"]).size) == (1, (40, 30))
    refused = create("clean")
    assert refused.status_code == 400
    assert refused.headers["X-Greycard-Reason"].startswith("picwish/colorize.create#request/")


def test_a_whole_vendor_can_come_from_a_folder(make_lab: Callable[..., Any], tmp_path: Path) -> None:
    """One more vendor is one more folder: the same data under another name and other paths."""
    target = tmp_path / "acme"
    target.mkdir()
    for shipped in (CONTRACTS / "magictiger").glob("*.json"):
        text = (
            shipped.read_text("utf-8")
            .replace("greycard:magictiger/", "greycard:acme/")
            .replace('"magictiger"', '"acme"')
        )
        for name in ("createtask", "gettask", "deletetask"):
            text = text.replace(f'"/{name}"', f'"/acme/{name}"')
        (target / shipped.name).write_text(text, "utf-8")
    assert set(load_contracts(folders=[tmp_path])) >= {"acme", "magictiger"}
    lab = make_lab(folders=(tmp_path,))
    body = {"picurl": lab.image("80x64.jpg"), "type": 1}
    for path in ("/acme/createtask", "/createtask"):
        assert lab.call("POST", path, headers={"token": "test-key"}, json=body).json()["code"] == 0
    assert [len(lab.world(name).tasks) for name in ("acme", "magictiger")] == [1, 1]


def test_a_folder_of_before_still_delivers(make_lab: Callable[..., Any], tmp_path: Path) -> None:
    """Data that name the signature of a delivery as they did before are sent, signed as ever."""
    shutil.copytree(CONTRACTS / "magictiger", tmp_path / "magictiger")
    callback = tmp_path / "magictiger" / "callback.json"
    text = callback.read_text("utf-8")
    assert "delivery.signature" in text
    callback.write_text(text.replace("delivery.signature", "delivery.md5"), "utf-8")
    lab = make_lab("magictiger", folders=(tmp_path,))
    receiver = lab.receive("magictiger")
    lab.world("magictiger").callback_url = "http://receiver.test"
    body = {"picurl": lab.image(), "type": 1}
    assert lab.call("POST", "/createtask", json=body, headers={"token": "test-key"}).json()["code"] == 0
    lab.advance("magictiger", 60)
    ((_, _, headers, content),) = receiver.got
    assert SIGNATURES["md5_body_token"].fits(headers["md5"], content, "test-key")
