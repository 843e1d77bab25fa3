"""The pictures of PicWish: how they grow, which are taken, and where the limits lie."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from greycard_mocks.images.testcards import card

MB = 1 << 20


@pytest.mark.parametrize(
    ("size", "factor", "edition", "grown"),
    [
        ("400x300", None, "document", 4),
        ("800x600", None, "document", 2),
        ("1600x1200", None, "document", 1),
        ("500x20", None, "document", 4),
        ("501x20", None, "document", 2),
        ("1000x20", None, "document", 2),
        ("1001x20", None, "document", 1),
        ("4096x10", None, "document", 1),
        ("10x10", None, "document", 4),
        ("11x3", None, "document", 4),
        ("20x1100", 2, "document", 1),
        ("1000x20", 2, "document", 2),
        ("1001x20", 2, "document", 1),
        ("500x20", 4, "document", 4),
        ("501x20", 4, "document", 1),
        ("800x20", 4, "document", 1),
        ("10x10", 2, "document", 2),
        ("10x10", 1, "document", 1),
        ("400x300", 1, "document", 1),
        ("512x20", None, "current", 4),
        ("513x20", None, "current", 2),
        ("1024x20", None, "current", 2),
        ("1025x20", None, "current", 1),
        ("512x20", 4, "current", 4),
        ("513x20", 4, "current", 1),
        ("1024x20", 2, "current", 2),
        ("1025x20", 2, "current", 1),
    ],
)
def test_the_result_obeys_the_scale_rules(
    make: Callable[..., Any], size: str, factor: int | None, edition: str, grown: int
) -> None:
    """The long side decides: automatic (S2:102), forced (S2:105), and a factor that does not fit is dropped to 1."""
    picwish = make(edition=edition)
    width, height = map(int, size.split("x"))
    result = picwish.result(image_url=picwish.lab.image(f"{size}.jpg"), scale_factor=factor)
    assert result.size == (width * grown, height * grown)


@pytest.mark.parametrize(
    ("format_", "becomes"),
    [("jpg", "JPEG"), ("png", "PNG"), ("bmp", "PNG"), ("webp", "PNG"), ("tiff", "PNG")],
)
def test_every_documented_format_is_taken(picwish: Any, format_: str, becomes: str) -> None:
    """jpg, jpeg, bmp, png, webp, tiff (S2:20); JPEG stays JPEG, all else becomes PNG."""
    assert picwish.result(card(30, 20, format_)).format == becomes


def _saved(picture: Image.Image, form: str, **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def _rotated() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return _saved(Image.new("RGB", (60, 20), "red"), "JPEG", exif=exif)


@pytest.mark.parametrize(
    ("picture", "size"),
    [
        (_rotated(), (80, 240)),
        (_saved(Image.new("CMYK", (30, 20)), "JPEG"), (120, 80)),
        (_saved(Image.new("P", (30, 20)), "PNG"), (120, 80)),
        (_saved(Image.new("I;16", (30, 20)), "PNG"), (120, 80)),
        (_saved(Image.new("LA", (30, 20)), "PNG"), (120, 80)),
        (_saved(Image.new("1", (30, 20)), "TIFF"), (120, 80)),
        (
            _saved(
                Image.new("RGB", (30, 20)),
                "WEBP",
                save_all=True,
                append_images=[Image.new("RGB", (30, 20), "red")],
            ),
            (120, 80),
        ),
        (
            _saved(
                Image.new("RGB", (30, 20)),
                "PNG",
                save_all=True,
                append_images=[Image.new("RGB", (30, 20), "red")],
            ),
            (120, 80),
        ),
    ],
    ids=[
        "rotated by EXIF",
        "CMYK",
        "palette",
        "16 bit",
        "grey with alpha",
        "1 bit TIFF",
        "animated WebP",
        "animated PNG",
    ],
)
def test_unusual_pictures_are_enlarged_as_well(picwish: Any, picture: bytes, size: tuple[int, int]) -> None:
    """What a photograph can hold does not break the mock; sides are those that a viewer shows."""
    assert picwish.result(picture).size == size


@pytest.mark.parametrize(
    ("picture", "state"),
    [
        (card(30, 20, "gif"), -7),
        (card(30, 20, "jpeg", damage="truncate"), -7),
        (card(30, 20, "png", damage="truncate"), -7),
        (card(30, 20, "jpeg", damage="garbage"), -7),
        (b"no picture", -7),
        (b"", -7),
        (b"<svg/>", -7),
        (card(4097, 10, "png"), -7),
        (card(10, 4097, "png"), -7),
        (card(4096, 10, "png"), 1),
        (card(10, 4096, "png"), 1),
        (card(9, 9, "png"), -7),
        (card(10, 1, "png"), 1),
        (card(1, 1, "png"), -7),
    ],
    ids=[
        "gif",
        "cut jpeg",
        "cut png",
        "garbage",
        "text",
        "empty",
        "svg",
        "4097 wide",
        "4097 high",
        "4096 wide",
        "4096 high",
        "9 px",
        "10 px",
        "1 px",
    ],
)
def test_pictures_that_break_a_limit_are_accepted_and_fail(picwish: Any, picture: bytes, state: int) -> None:
    """HTTP accepts them; they end as invalid picture, with progress 0, an empty image and a time of completion."""
    answer = picwish.create(picture)
    data = picwish.finish(answer)
    assert data["state"] == state
    if state < 0:
        assert (data["progress"], data["image"], data["completed_at"]) == (0, "", 1_700_000_001)
        assert answer.headers["X-Greycard-Reason"].startswith("picwish/scale.create#pictures/")


@pytest.mark.parametrize(
    ("variants", "number", "unit"),
    [({}, 15, MB), ({"megabyte": "decimal"}, 15, 10**6), ({"edition": "current"}, 20, MB)],
)
def test_the_file_limit_is_exact_to_the_byte(make: Callable[..., Any], variants: Any, number: int, unit: int) -> None:
    """15 MB (S2:20, S2:95) of the file itself pass; one byte more is 413 (S2:63), behind a link state -5 (S2:73)."""
    picwish = make(**variants)
    picture = card(64, 64, "jpeg", size_bytes=number * unit)
    assert picwish.finish(picwish.create(picture))["state"] == 1
    over = picwish.create(picture + b"\0")
    assert (over.status_code, over.json()) == (413, {"status": 413, "message": over.json()["message"]})
    assert over.headers["X-Greycard-Reason"].startswith("picwish/scale.create#pictures/megabytes (S2:20, S2:95)")
    for more, state in ((0, 1), (1, -5)):
        link = picwish.lab.image("64x64.jpg", bytes=number * unit + more)
        assert picwish.finish(picwish.create(image_url=link))["state"] == state


@pytest.mark.parametrize("query", [{"status": 404}, {"status": 500}, {"redirect": 1}])
def test_a_link_that_cannot_be_downloaded_ends_in_minus_3(picwish: Any, query: dict[str, int]) -> None:
    """S2:74: whatever the other side answers instead of the picture; redirects are not followed."""
    assert picwish.finish(picwish.create(image_url=picwish.lab.image("40x30.jpg", **query)))["state"] == -3


@pytest.mark.parametrize("link", ["http://nowhere.test/a.jpg", "ftp://a/b", "no link", "http://", "file:///etc/passwd"])
def test_a_link_that_leads_nowhere_ends_in_minus_3(picwish: Any, link: str) -> None:
    """An address that cannot be used is a failed download; nothing of the other side is given back."""
    assert picwish.finish(picwish.create(image_url=link))["state"] == -3
