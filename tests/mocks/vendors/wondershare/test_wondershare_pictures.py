"""The pictures and masks of Wondershare: which are taken, and where the limits lie."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from greycard_mocks.images.testcards import card

MB = 1 << 20


@pytest.mark.parametrize(
    ("feature", "name", "fine"),
    [
        ("fsrtwo", "257x257.jpg", True),
        ("fsrtwo", "256x300.jpg", False),
        ("fsrtwo", "300x256.jpg", False),
        ("fsrtwo", "999x999.jpg", True),
        ("fsrtwo", "1000x300.jpg", False),
        ("fsrtwo", "300x1000.jpg", False),
        ("rw", "257x257.png", True),
        ("rw", "256x257.png", False),
        ("rw", "4999x1250.png", True),
        ("rw", "5000x1300.png", False),
        ("rw", "1300x5000.png", False),
        ("rw", "1028x257.png", True),
        ("rw", "1029x257.png", False),
        ("rw", "257x1029.png", False),
        ("fsrtwo", "300x300.gif", False),
        ("fsrtwo", "300x300.webp", False),
        ("fsrtwo", "300x300.tiff", False),
        ("fsrtwo", "300x300.bmp", True),
        ("fsrtwo", "300x300.png", True),
    ],
)
def test_limits_of_pictures_are_exact_to_the_pixel(vendor: Any, feature: str, name: str, *, fine: bool) -> None:
    """Over 256, under 1k (S0:33) or 5000 (S3:46), at most 4:1; PNG, JPEG, BMP."""
    data = vendor.finish(vendor.create(feature, [vendor.lab.image(name)]), feature)
    assert (data["status"], data["list"][0]["status"]) == (("3", "3") if fine else ("4", "4"))
    assert bool(data["list"][0]["reason"]) is not fine
    assert bool(data["list"][0]["image_result"]) is fine


@pytest.mark.parametrize(("variants", "unit"), [({}, MB), ({"megabyte": "decimal"}, 10**6)])
def test_the_file_limit_is_exact_to_the_byte(make: Callable[..., Any], variants: Any, unit: int) -> None:
    """50 MB inclusive (S0:33)."""
    vendor = make(**variants)
    links = [vendor.lab.image("300x300.jpg", bytes=50 * unit + more) for more in (0, 1)]
    data = vendor.finish(vendor.create(images=links))
    assert [item["status"] for item in data["list"]] == ["3", "4"]
    assert data["list"][1]["reason"] == "the image file is too large"


def test_kilo_in_its_binary_reading(make: Callable[..., Any]) -> None:
    """kilo=binary: 1023 px is under 1k, 1024 is not."""
    vendor = make(kilo="binary")
    data = vendor.finish(vendor.create(images=[vendor.lab.image("1023x300.jpg"), vendor.lab.image("1024x300.jpg")]))
    assert [item["status"] for item in data["list"]] == ["3", "4"]


def _data_uri(content: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(content).decode()


@pytest.mark.parametrize("form", ["link", "data URI", "Base64", "Base64 in lines"])
def test_a_mask_comes_in_every_form(vendor: Any, form: str) -> None:
    """Link, data URI and Base64 (S3:29) do the same: size and kind of the input stay, and only the marks change."""
    mask = Image.new("L", (300, 280))
    mask.paste(255, (100, 100, 150, 150))
    file = io.BytesIO()
    mask.save(file, "PNG")
    text = base64.b64encode(file.getvalue()).decode()
    lines = "\n".join(text[start : start + 60] for start in range(0, len(text), 60))
    masks = {
        "link": vendor.lab.image("300x280.png"),
        "data URI": _data_uri(file.getvalue()),
        "Base64": text,
        "Base64 in lines": lines,
    }
    source = vendor.lab.image("300x280.png", seed=3)
    data = vendor.finish(vendor.create("rw", [source], mask=masks[form]), "rw")
    result = vendor.lab.open(data["list"][0]["image_result"])
    assert (result.size, result.format) == ((300, 280), "PNG")
    if form != "link":
        before = vendor.lab.open(source).convert("RGB")
        assert before.crop((0, 0, 90, 90)).tobytes() == result.convert("RGB").crop((0, 0, 90, 90)).tobytes()
        assert before.crop((100, 100, 150, 150)).tobytes() != result.convert("RGB").crop((100, 100, 150, 150)).tobytes()


@pytest.mark.parametrize(
    "mask",
    [
        "garbage",
        "",
        "data:image/png;base64,",
        "data:image/png,abc",
        "data:,",
        "aGVsbG8=",
        _data_uri(b"hello"),
        "http://nowhere.test/m.png",
        "ftp://x/m.png",
        "====",
        "é",
        _data_uri(card(10, 10, "png", damage="garbage")),
    ],
)
def test_a_mask_that_is_no_picture_is_refused(vendor: Any, mask: str) -> None:
    """Nothing is created."""
    answer = vendor.create("rw", mask=mask)
    assert (answer.status_code, answer.json()["data"]) == (200, {})
    assert answer.json()["code"] in (490002, 490005)
    assert not vendor.lab.world("wondershare").tasks


def test_a_mask_is_needed(vendor: Any) -> None:
    """S3:29."""
    answer = vendor.create("rw", mask=None)
    assert (answer.json()["code"], "S3:29" in answer.headers["X-Greycard-Reason"]) == (490002, True)


def test_an_erased_jpeg_stays_a_jpeg(vendor: Any) -> None:
    """The format follows the input."""
    data = vendor.finish(vendor.create("rw"), "rw")
    assert vendor.lab.open(data["list"][0]["image_result"]).format == "JPEG"
