"""A picture that is made strip by strip is the picture that is made as a whole."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image, ImageChops

from greycard_mocks.images import _pieces, _strips, transform
from greycard_mocks.images.inspect import inspect

ROWS = 16


def grain(width: int, height: int, mode: str) -> bytes:
    """A PNG in which no two places look the same, of middling values: what is clipped depends on the order of work."""
    channels = [Image.effect_noise((width, height), 10 + 2 * number) for number in range(4)]
    picture = Image.merge("RGBA", channels)
    if mode.startswith("L"):
        picture = Image.merge("LA", channels[:2])
    file = io.BytesIO()
    picture.convert(mode).save(file, "PNG")
    return file.getvalue()


def decoded(data: bytes) -> Image.Image:
    """Decode with Pillow, pixels and all."""
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


def most_apart(one: Image.Image, other: Image.Image) -> int:
    """How far the two differ at most in any pixel."""
    assert (one.size, one.mode) == (other.size, other.mode)
    extrema: Any = ImageChops.difference(one, other).getextrema()
    return int(max(extrema[1::2] if isinstance(extrema[0], int) else (high for _, high in extrema)))


@pytest.fixture
def in_strips(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], tuple[bytes, bytes]]:
    """Makes something as a whole, and in strips of 16 rows."""

    def both(make: Callable[[], Any]) -> tuple[bytes, bytes]:
        whole = b"".join(make())
        monkeypatch.setattr(_strips, "STRIP_PIXELS", 1)
        return whole, b"".join(make())

    return both


@pytest.mark.parametrize("size", [(97, 75), (150, 160), (31, 17), (200, 16), (40, 200)])
@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
@pytest.mark.parametrize("form", ["jpeg", "png"])
def test_strips_join_to_the_same_picture(in_strips: Any, form: str, mode: str, size: tuple[int, int]) -> None:
    """Whatever mode and size: no seam, nothing lost, and a file that is whole."""
    # a little more in a pixel, from rounding, is as much in a PNG; in a JPEG it may be a step of the encoder's
    source = grain(61, 47, mode) if form == "png" else grain(*size, mode)
    wanted: dict[str, Any] = {"width": size[0], "height": size[1], "format": form}
    whole, joined = in_strips(lambda: transform.enlarge(source, **wanted))
    facts = inspect(joined)
    assert (facts.format, facts.width, facts.height, facts.damage) == (form, *size, None)
    assert most_apart(decoded(whole), decoded(joined)) <= (6 if form == "png" else 0)


def test_more_strips_than_there_are_restart_markers(in_strips: Any) -> None:
    """The eight markers come round again."""
    wanted: dict[str, Any] = {"width": 40, "height": 11 * ROWS + 3, "format": "jpeg"}
    source = grain(40, 179, "RGB")
    whole, joined = in_strips(lambda: transform.enlarge(source, **wanted))
    assert len(re.findall(rb"\xff[\xd0-\xd7]", joined)) == 11
    assert decoded(whole).tobytes() == decoded(joined).tobytes()


@pytest.mark.parametrize("process", ["tint", "face"])
def test_other_processes_join_too(in_strips: Any, process: str) -> None:
    """Colour variants and the face have no seams either."""
    source, wanted = grain(80, 60, "RGB"), {"width": 90, "height": 90, "format": "png"}
    make: dict[str, Callable[[], Any]] = {
        "tint": lambda: transform.tint(source, number=2, **wanted),  # type: ignore[arg-type]
        "face": lambda: transform.crop_face(source, **wanted),  # type: ignore[arg-type]
    }
    whole, joined = in_strips(make[process])
    assert most_apart(decoded(whole), decoded(joined)) <= 1


@pytest.mark.parametrize("fill_pixels", [_pieces.FILL_PIXELS, 500])
def test_what_is_erased_stays_erased(in_strips: Any, monkeypatch: pytest.MonkeyPatch, fill_pixels: int) -> None:
    """Also where the fill is worked out in a smaller picture: what is marked is gone, the rest keeps its pixels."""
    monkeypatch.setattr(_pieces, "FILL_PIXELS", fill_pixels)
    scene = Image.new("RGB", (80, 60), (0, 0, 200))
    scene.paste((200, 0, 0), (30, 20, 50, 40))
    mask = Image.new("L", (40, 30), 0)
    mask.paste(255, (13, 8, 27, 22))
    files = [io.BytesIO(), io.BytesIO()]
    scene.save(files[0], "PNG")
    mask.save(files[1], "PNG")
    wanted: dict[str, Any] = {"width": 80, "height": 60, "format": "png"}
    for data in in_strips(lambda: transform.erase(files[0].getvalue(), files[1].getvalue(), **wanted)):
        assert most_apart(decoded(data), Image.new("RGB", (80, 60), (0, 0, 200))) <= 3


def test_no_strip_has_more_blocks_than_a_restart_interval() -> None:
    """For every width that a JPEG can have."""
    for width in (*range(1, 3000), 8192, 18432, 65_500):
        top, bottom = next(iter(_strips.heights_of(width, 65_500)))
        assert -(-width // 8) * ((bottom - top) // 8) <= 65_535
        assert (bottom - top) % ROWS == 0 or bottom == 65_500
