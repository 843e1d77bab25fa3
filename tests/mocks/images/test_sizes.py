"""The length of a result's file is known before it is made, whatever the picture; what is drawn fits into it."""

from __future__ import annotations

import io
import random
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageStat

from greycard_mocks.images import transform
from greycard_mocks.images.inspect import Picture, inspect
from greycard_mocks.images.sizes import (
    FLAT_HEAD_BYTES,
    MAX_OUTPUT_PIXELS,
    SMALL_PIXELS,
    CannotEnlarge,
    Shape,
    shape_of,
)
from greycard_mocks.images.testcards import card


def grain(width: int, height: int, seed: int) -> Image.Image:
    """Grey pixels of chance, the same for the same seed."""
    return Image.frombytes("L", (width, height), random.Random(seed).randbytes(width * height))  # noqa: S311


def noise(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """A picture that no encoder makes much smaller."""
    return Image.merge("RGBA", [grain(width, height, seed) for seed in range(4)]).convert(mode)


def photograph(width: int, height: int) -> Image.Image:
    """A picture of soft shapes with a little grain, each channel another."""
    few = [grain(5, 4, seed).resize((width, height), Image.Resampling.BICUBIC) for seed in range(3)]
    little = grain(width, height, 4).point([value // 6 for value in range(256)])
    return Image.merge("RGB", [ImageChops.add(one, little, offset=-21) for one in few])


def encoded(picture: Image.Image, form: str, **options: object) -> bytes:
    """Encode with Pillow."""
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def made(source: bytes, width: int, height: int, form: str) -> tuple[bytes, Shape]:
    """The result, which is whole and has the size and the length that were known before, and how it is laid out."""
    shape = shape_of(inspect(source), width, height, form)
    data = b"".join(transform.enlarge(source, width=width, height=height, format=form))
    facts = inspect(data)
    assert (facts.format, facts.width, facts.height, facts.damage) == (form, width, height, None)
    assert len(data) == shape.length
    with Image.open(io.BytesIO(data)) as picture:
        picture.verify()
    if form == "png":  # Pillow does not look at the checksum of the pixels
        zlib.decompress(b"".join(content for kind, content in chunks(data) if kind == b"IDAT"))
    return data, shape


def chunks(png: bytes) -> list[tuple[bytes, bytes]]:
    """Kind and content of each chunk of a PNG."""
    place, found = 8, []
    while place < len(png):
        length = int.from_bytes(png[place : place + 4])
        found.append((png[place + 4 : place + 8], png[place + 8 : place + 8 + length]))
        place += 12 + length
    return found


def decoded(data: bytes) -> Image.Image:
    """Decode with Pillow, pixels and all."""
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


@given(
    width=st.integers(1, 90),
    height=st.integers(1, 90),
    times=st.integers(1, 20),
    mode=st.sampled_from(["L", "LA", "RGB", "RGBA", "P"]),
    input_form=st.sampled_from(["PNG", "WEBP"]),
    form=st.sampled_from(["jpeg", "png"]),
    plain=st.booleans(),
)
def test_the_length_is_known_before(
    width: int, height: int, times: int, mode: str, input_form: str, form: str, *, plain: bool
) -> None:
    """Of noise, for which the room is narrow, as of a picture of one colour, for which it is wide."""
    picture = Image.new(mode, (width, height)) if plain else noise(width, height, mode)
    made(encoded(picture, input_form), width * times, height * times, form)


@pytest.mark.parametrize("form", ["jpeg", "png"])
@pytest.mark.parametrize(
    ("size", "wanted"),
    [
        *(((1, 1), (1, 1)), ((1, 9000), (1, 65_500)), ((9000, 1), (65_500, 1)), ((3, 3000), (24, 24_000))),
        *(((700, 500), (300, 999)), ((300, 200), (1000, 333)), ((64, 64), (4096, 4096)), ((1, 1), (3000, 2000))),
        ((2000, 1500), (2000, 1500)),
    ],
)
def test_no_shape_is_too_long_for_its_file(size: tuple[int, int], wanted: tuple[int, int], form: str) -> None:
    """Thin ones, stretched ones, single pixels, sides that are no multiple of anything; the input being noise."""
    made(encoded(noise(*size), "PNG"), *wanted, form)


@pytest.mark.parametrize("form", ["jpeg", "png"])
@pytest.mark.parametrize("times", [1, 3, 8])
def test_noise_behind_a_short_input_is_made_coarser(form: str, times: int) -> None:
    """Where much less is promised than noise needs, the result is whole, of its size, and of the same mean colour."""
    picture = noise(400, 300)
    shortest = encoded(picture, "WEBP", quality=0)
    data, _ = made(shortest, 400 * times, 300 * times, form)
    seen, wanted = (ImageStat.Stat(one.convert("RGB")).mean for one in (decoded(data), decoded(shortest)))
    assert max(abs(one - other) for one, other in zip(seen, wanted, strict=True)) < 6


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
@pytest.mark.parametrize("times", [1, 2, 3, 4, 7, 8])
def test_each_pixel_becomes_a_square(mode: str, times: int) -> None:
    """In a PNG exactly, for every factor that a vendor has."""
    picture = photograph(60, 45).convert(mode)
    data, shape = made(encoded(picture, "PNG"), 60 * times, 45 * times, "png")
    assert shape.side == times
    squares = picture.resize((60 * times, 45 * times), Image.Resampling.NEAREST)
    assert (decoded(data).mode, decoded(data).tobytes()) == (mode, squares.tobytes())


@pytest.mark.parametrize(("form", "input_form"), [("jpeg", "JPEG"), ("jpeg", "PNG"), ("png", "PNG"), ("png", "JPEG")])
@pytest.mark.parametrize("times", [1, 2, 4, 8])
def test_a_photograph_looks_like_itself(form: str, input_form: str, times: int) -> None:
    """Made smaller again, the result differs from the input by a few of 256 steps, and nowhere by many."""
    source = encoded(photograph(320, 240), input_form, quality=60)
    data, _ = made(source, 320 * times, 240 * times, form)
    small = decoded(data).convert("RGB").resize((320, 240), Image.Resampling.BOX)
    difference = ImageChops.difference(small, decoded(source).convert("RGB"))
    assert max(ImageStat.Stat(difference).mean) < 8  # a JPEG loses most of the grain
    assert max(high for _, high in difference.getextrema()) < 64  # type: ignore[misc]


def test_flat_blocks_have_their_colours_to_a_step() -> None:
    """A JPEG enlarged 8 times has each pixel's colour, but for the two rounds of brightness and colour."""
    picture = Image.merge("RGB", [Image.linear_gradient("L").rotate(90 * turn) for turn in range(3)])
    data, shape = made(encoded(picture, "PNG"), 2048, 2048, "jpeg")
    assert shape.is_flat
    assert shape.length == FLAT_HEAD_BYTES + 6 * 256 * 256 + 2
    result = decoded(data).convert("RGB")
    squares = result.resize((256, 256), Image.Resampling.NEAREST).resize((2048, 2048), Image.Resampling.NEAREST)
    assert ImageChops.difference(result, squares).getbbox() is None
    difference = ImageChops.difference(result.resize((256, 256), Image.Resampling.NEAREST), picture)
    assert max(high for _, high in difference.getextrema()) <= 4  # type: ignore[misc]


def test_what_fills_a_jpeg_up_stands_where_the_format_allows_it() -> None:
    """Comments before the tables, and nothing between the pixels and the end."""
    data, _ = made(card(200, 100, "jpeg"), 400, 200, "jpeg")
    place, kinds = 2, []
    while data[place + 1] != 0xDA:
        kinds.append(data[place + 1])
        place += 2 + int.from_bytes(data[place + 2 : place + 4])
    assert kinds[:2] == [0xE0, 0xFE]
    assert 0xFE not in kinds[kinds.index(0xDB) :]
    assert data[-4:-2] != b"\xff\xff"


def test_what_fills_a_png_up_is_one_private_chunk_before_the_end() -> None:
    """All pixels stand in chunks that follow each other, as the format wants it."""
    data, _ = made(card(200, 100, "png"), 400, 200, "png")
    kinds = [kind for kind, _ in chunks(data)]
    assert kinds[0] == b"IHDR"
    assert kinds[-2:] == [b"grCd", b"IEND"]
    assert set(kinds[1:-2]) == {b"IDAT"}


@given(
    width=st.integers(1, 9216),
    height=st.integers(1, 9216),
    times=st.integers(1, 8),
    form=st.sampled_from(["jpeg", "png"]),
)
def test_a_result_is_drawn_of_few_pixels(width: int, height: int, times: int, form: str) -> None:
    """However large it is; and its file is neither absurdly long nor longer the longer a padded input is."""
    facts: Any = {"format": form, "damage": None, "frames": 1, "orientation": 1}
    picture = Picture(width=width, height=height, size_bytes=50_000_000, **facts)
    size = (width * times, height * times)
    if max(size) > 65_500 or size[0] * size[1] > MAX_OUTPUT_PIXELS:
        with pytest.raises(CannotEnlarge, match="is not made"):
            shape_of(picture, *size, form)
        return
    shape = shape_of(picture, *size, form)
    assert shape.columns * shape.rows <= SMALL_PIXELS
    assert shape.length <= 5200 + 48 * size[1] + 5 * size[0] * size[1]
    if times in {1, 2, 4, 8} and size[0] * size[1] <= SMALL_PIXELS:
        assert shape.side == times
