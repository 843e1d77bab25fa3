"""The example folder `schemas/siblings`: made with the commands, all assumed, clean and green."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from PIL import Image

from greycard_mocks import Mock
from greycard_schemas.authoring.feature import new_feature
from greycard_schemas.claims.derive import claims_of
from greycard_schemas.lint.folders import folder_findings, replacements
from greycard_schemas.loader import load_contracts, load_vendor
from greycard_suite.cli import cli

FEATURES = {
    ("picwish", "scale.create"): ["segmentation"],
    ("enhancor", "queue"): ["crisp-upscaler", "detailed", "image-upscaler"],
}


@pytest.fixture(scope="session")
def siblings(pytestconfig: pytest.Config) -> Path:
    """The folder."""
    return pytestconfig.rootpath / "schemas" / "siblings"


def test_they_are_clean_and_replace_nothing(siblings: Path) -> None:
    """No finding, no shipped file in whose place another one stands."""
    assert folder_findings([siblings]) == []
    assert replacements([siblings]) == []


def test_they_have_the_files_that_the_command_writes(siblings: Path) -> None:
    """Names and paths are those of `greycard contracts new`."""
    made = {
        f"{vendor}/{name}.json": resource["x-operation"].get("path")
        for (vendor, like), features in FEATURES.items()
        for feature in features
        for name, resource in new_feature(load_vendor(vendor), like, feature).files.items()
    }
    loaded = load_contracts(folders=[siblings])
    there = {path.relative_to(siblings).as_posix(): path for path in siblings.glob("*/*.json")}
    assert set(made) == set(there)
    assert made == {place: loaded[path.parent.name].operations[path.stem].path or None for place, path in there.items()}


def test_nothing_of_them_is_called_documented(siblings: Path) -> None:
    """No document was read, so that each statement is an assumption."""
    shipped, loaded = load_contracts(), load_contracts(folders=[siblings])
    for vendor in ("picwish", "enhancor"):
        new = set(claims_of(loaded[vendor])) - set(claims_of(shipped[vendor]))
        assert new
        assert {claims_of(loaded[vendor])[one].origin for one in new} == {"assumed"}


@pytest.mark.parametrize("vendor", ["picwish", "enhancor"])
def test_they_are_green(siblings: Path, vendor: str) -> None:
    """The suite carries each of them to its end on the mock, and refutes no assumption."""
    done = CliRunner().invoke(cli, ["verify", "--vendor", vendor, "--contracts", str(siblings)])
    assert done.exit_code == 0, done.output
    assert "refuted" not in done.output


def test_a_cut_out_and_its_mask_are_pictures(siblings: Path) -> None:
    """The result is transparent around its subject, and the mask is what it says."""
    with Mock(["picwish"], contracts=[siblings], in_process=True) as mock:
        vendor = mock.vendor("picwish")
        session, url = vendor.session(), f"{vendor.url}/api/tasks/visual/segmentation"
        found: dict[str, Any] = {}
        for form in ("", "jpg"):
            fields = {"image_url": vendor.images.link(80, 60), **({"format": form} if form else {})}
            task = session.post(url, data=fields).json()["data"]["task_id"]
            vendor.clock.advance(10)
            found[form] = session.get(f"{url}/{task}").json()["data"]
        pictures = {name: Image.open(io.BytesIO(session.get(found[""][name]).content)) for name in ("image", "mask")}
        assert {name: (one.mode, one.size) for name, one in pictures.items()} == {
            "image": ("RGBA", (80, 60)),
            "mask": ("L", (80, 60)),
        }
        assert pictures["image"].getchannel("A").tobytes() == pictures["mask"].tobytes()
        assert Image.open(io.BytesIO(session.get(found["jpg"]["image"]).content)).format == "JPEG"


@pytest.mark.parametrize(
    ("feature", "more", "size"),
    [
        ("image-upscaler", {}, (160, 120)),
        ("detailed", {}, (80, 60)),
        ("crisp-upscaler", {}, (160, 120)),
        ("crisp-upscaler", {"upscale_factor": 4}, (320, 240)),
    ],
)
def test_each_upscaler_delivers_its_own_result(
    siblings: Path, feature: str, more: dict[str, Any], size: tuple[int, int]
) -> None:
    """By its own webhook, in its size, at a fixed price."""
    with Mock(["enhancor"], contracts=[siblings], in_process=True) as mock:
        vendor = mock.vendor("enhancor")
        address = vendor.receiver(lambda _: None)
        body = {"img_url": vendor.images.link(80, 60), "webhookUrl": str(address), **more}
        session, base = vendor.session(), f"{vendor.url}/api/{feature}/v1"
        task = session.post(f"{base}/queue", json=body).json()["requestId"]
        vendor.clock.advance(10)
        status = session.post(f"{base}/status", json={"request_id": task}).json()
        assert (status["status"], status["cost"]) == ("COMPLETED", 240)
        (entry,) = vendor.deliveries
        assert entry["body"]["request_id"] == task
        result = Image.open(io.BytesIO(session.get(entry["body"]["result"]).content))
        assert result.size == size
