"""The results are real pictures of the promised size, made from the picture that was sent."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from typing import Any

import pytest
from PIL import Image

from greycard_mocks.images import transform
from greycard_mocks.images.inspect import inspect
from greycard_mocks.images.sizes import MAX_INPUT_PIXELS, CannotEnlarge
from greycard_mocks.images.testcards import card

RED, BLUE = (200, 0, 0), (0, 0, 200)


def enlarge(source: Any, **wanted: Any) -> bytes:
    """The enlarged picture as a whole file."""
    return b"".join(transform.enlarge(source, **wanted))


def erase(source: Any, mask: Any, **wanted: Any) -> bytes:
    """The mended picture as a whole file."""
    return b"".join(transform.erase(source, mask, **wanted))


def encoded(picture: Image.Image, form: str = "PNG", **options: object) -> bytes:
    """Encode with Pillow."""
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def decoded(data: bytes) -> Image.Image:
    """Decode with Pillow, pixels and all."""
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


def near(picture: Image.Image, place: tuple[int, int], colour: tuple[int, ...], by: int = 25) -> bool:
    """Say whether a pixel has a colour, up to what an encoder loses."""
    seen = picture.convert("RGB").getpixel(place)
    assert isinstance(seen, tuple)
    return all(abs(part - wanted) <= by for part, wanted in zip(seen, colour, strict=True))


def halves(mode: str = "RGB") -> Image.Image:
    """A picture with a red left and a blue right half."""
    picture = Image.new("RGB", (40, 20), RED)
    picture.paste(BLUE, (20, 0, 40, 20))
    return picture.convert(mode)


@pytest.mark.parametrize("result", ["jpeg", "jpg", "PNG"])
@pytest.mark.parametrize("form", ["jpeg", "png", "bmp", "webp", "tiff"])
def test_every_pair_of_formats(form: str, result: str) -> None:
    """A picture of each format becomes one of each result format, exactly of the size, and looks the same."""
    data = enlarge(card(200, 100, form), width=400, height=201, format=result)
    facts = inspect(data)
    wanted = "jpeg" if result == "jpg" else result.lower()
    assert (facts.format, facts.width, facts.height, facts.damage) == (wanted, 400, 201, None)
    whole = decoded(card(200, 100, form)).convert("RGB").resize((400, 201))
    for place in ((30, 40), (350, 60), (100, 185)):
        seen = whole.getpixel(place)
        assert isinstance(seen, tuple)
        assert near(decoded(data), place, seen, by=40)


def test_any_size() -> None:
    """The result can be smaller, equal, stretched, or of one pixel."""
    for size in ((1, 1), (20, 10), (200, 100), (7, 300), (450, 230), (1600, 800), (2000, 1000)):
        data = enlarge(card(200, 100, "jpeg"), width=size[0], height=size[1], format="jpeg")
        assert decoded(data).size == size


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied(form: str, orientation: int) -> None:
    """The result stands as a viewer would show the input, and the same corner stays in its place."""
    upright = Image.new("RGB", (48, 32), BLUE)
    upright.paste(RED, (0, 0, 16, 16))
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = upright.transpose(undo[orientation]) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(stored, form, exif=exif)
    assert (inspect(data).width, inspect(data).height) == (48, 32)
    result = decoded(enlarge(data, width=96, height=64, format="png"))
    assert near(result, (10, 10), RED, by=40)
    for place in ((86, 10), (10, 54), (86, 54)):
        assert near(result, place, BLUE, by=40)


@pytest.mark.parametrize(
    ("mode", "form"),
    [
        *((mode, "PNG") for mode in ("L", "LA", "P", "RGB", "RGBA")),
        *(("CMYK", form) for form in ("JPEG", "TIFF")),
        *((mode, "TIFF") for mode in ("L", "P", "RGBA")),
        *(("P", form) for form in ("BMP",)),
    ],
)
@pytest.mark.parametrize("result", ["jpeg", "png"])
def test_modes(mode: str, form: str, result: str) -> None:
    """Pictures of every mode come out in their colours."""
    data = decoded(enlarge(encoded(halves(mode), form), width=80, height=40, format=result))
    left, right = (60, 60, 60), (23, 23, 23)
    grey = mode.startswith("L")
    assert near(data, (20, 20), left if grey else RED, by=60)
    assert near(data, (60, 20), right if grey else BLUE, by=60)


@pytest.mark.parametrize(
    ("mode", "form", "values"),
    [
        ("I;16", "PNG", struct.pack("<3H", 0, 32_767, 65_535)),
        ("I;16", "TIFF", struct.pack("<3H", 0, 32_767, 65_535)),
        ("I", "TIFF", struct.pack("<3i", 0, 2**30, 2**31 - 1)),
        ("I", "TIFF", struct.pack("<3i", 0, 127, 255)),
        ("F", "TIFF", struct.pack("<3f", 0.0, 0.5, 1.0)),
        ("1", "PNG", b"\x20"),
    ],
)
def test_deep_pixels_are_scaled(mode: str, form: str, values: bytes) -> None:
    """Sixteen-bit, float and one-bit pixels keep their range: half grey stays half grey."""
    picture = Image.frombytes(mode, (3, 1), values)
    result = decoded(enlarge(encoded(picture, form), width=3, height=1, format="png"))
    assert near(result, (0, 0), (0, 0, 0), by=2)
    assert near(result, (2, 0), (255, 255, 255), by=2)
    assert near(result, (1, 0), (0, 0, 0) if mode == "1" else (127, 127, 127), by=2)


def test_transparency() -> None:
    """Transparent pixels stay so where the format can, and become white where it cannot."""
    clear = encoded(Image.new("RGBA", (10, 10), (200, 0, 0, 0)))
    assert decoded(enlarge(clear, width=20, height=20, format="png")).mode == "RGBA"
    assert near(decoded(enlarge(clear, width=20, height=20, format="jpeg")), (10, 10), (255, 255, 255))
    coloured = Image.new("P", (10, 10), 1)
    coloured.putpalette([0, 0, 0, *RED])
    palette = encoded(coloured, transparency=1)
    assert near(decoded(enlarge(palette, width=20, height=20, format="jpeg")), (10, 10), (255, 255, 255))


def test_metadata_is_dropped() -> None:
    """No EXIF, profile or comment of the input is found in the result."""
    exif = Image.Exif()
    exif[0x010E] = "SECRET"
    data = encoded(halves(), "JPEG", exif=exif, comment=b"SECRET", icc_profile=b"SECRET" * 100)
    for form in ("jpeg", "png"):
        for width in (40, 80, 320):
            assert b"SECRET" not in enlarge(data, width=width, height=20, format=form)


@pytest.mark.parametrize("form", ["PNG", "WEBP", "TIFF"])
def test_first_frame(form: str) -> None:
    """Of several frames the first is used."""
    frames = [Image.new("RGB", (20, 10), colour) for colour in (RED, BLUE)]
    data = encoded(frames[0], form, save_all=True, append_images=frames[1:])
    assert near(decoded(enlarge(data, width=40, height=20, format="png")), (5, 5), RED)


def test_files_are_read_too() -> None:
    """A file is read from its start, left there, and not closed."""
    file = io.BytesIO(card(20, 10, "png"))
    file.seek(7)
    assert decoded(enlarge(file, width=40, height=20, format="png")).size == (40, 20)
    assert file.tell() == 0


@pytest.mark.parametrize("form", ["jpeg", "png", "bmp", "webp", "tiff"])
@pytest.mark.parametrize("damage", ["truncate", "garbage"])
def test_broken_pictures(form: str, damage: str) -> None:
    """A broken picture has no result but a reason."""
    data = card(60, 40, form, damage=damage)  # type: ignore[arg-type]
    with pytest.raises(CannotEnlarge) as caught:
        enlarge(data, width=10, height=10, format="png")
    assert caught.value.reason


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"<svg/>", "SVG"),
        (card(20, 10, "gif")[:-20], "decoded"),
        (card(20, 10, "png").replace(b"IDAT", b"IDAT\xff\xff"), "decoded|damaged"),
    ],
)
def test_refused_pictures(data: bytes, reason: str) -> None:
    """What is no picture, or has no whole pixels, has no result."""
    with pytest.raises(CannotEnlarge, match=reason):
        enlarge(data, width=10, height=10, format="png")


def test_of_an_animation_the_first_frame_is_taken() -> None:
    """Of a GIF, transparency included; its colours are those of its palette."""
    frames = [Image.new("RGB", (20, 10), colour) for colour in ("red", "blue")]
    file = io.BytesIO()
    frames[0].save(file, "gif", save_all=True, append_images=frames[1:], duration=100, loop=0)
    picture = decoded(enlarge(file.getvalue(), width=40, height=20, format="png")).convert("RGB")
    assert (picture.size, picture.getpixel((20, 10))) == ((40, 20), (255, 0, 0))


def test_broken_pixels_in_a_whole_file() -> None:
    """Pixels that cannot be decoded are found although the file's structure is whole."""
    data = card(60, 40, "png")
    start = data.index(b"IDAT") + 4
    length = int.from_bytes(data[start - 8 : start - 4])
    body = b"IDAT" + b"\x55" * length
    broken = data[: start - 4] + body + zlib.crc32(body).to_bytes(4) + data[start + length + 4 :]
    assert inspect(broken).damage is None
    with pytest.raises(CannotEnlarge, match="cannot be decoded"):
        enlarge(broken, width=10, height=10, format="png")


def test_too_many_pixels() -> None:
    """A header that declares too many pixels is refused before anything is decoded."""
    data = bytearray(card(60, 40, "png"))
    data[16:24] = (9217).to_bytes(4) + (9216).to_bytes(4)
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4)
    with pytest.raises(CannotEnlarge, match=str(MAX_INPUT_PIXELS)):
        enlarge(bytes(data), width=10, height=10, format="png")


@pytest.mark.parametrize(
    ("width", "height", "form"),
    [(0, 1, "png"), (65_501, 1, "png"), (65_501, 1, "jpeg"), (20_000, 20_000, "jpeg")],
)
def test_too_large_results(width: int, height: int, form: str) -> None:
    """A result that is not made for its size is refused before a pixel is decoded."""
    with pytest.raises(CannotEnlarge, match="limits"):
        enlarge(card(20, 10, "gif")[:-20], width=width, height=height, format=form)


def test_unknown_format() -> None:
    """A result format that is not made is refused with those that are."""
    with pytest.raises(ValueError, match="use one of jpeg, png"):
        enlarge(card(20, 10, "png"), width=1, height=1, format="gif")


def scene() -> Image.Image:
    """A blue picture with a red square in its middle."""
    picture = Image.new("RGB", (80, 60), BLUE)
    picture.paste(RED, (30, 20, 50, 40))
    return picture


def blue_all_over(picture: Image.Image) -> bool:
    """Say whether every pixel is blue, up to rounding."""
    return all(near(picture, (x, y), BLUE, by=3) for x in range(picture.width) for y in range(picture.height))


@pytest.mark.parametrize("size", [(80, 60), (160, 120), (40, 30)])
def test_erased(size: tuple[int, int]) -> None:
    """What the mask marks is gone and looks like its surroundings; the rest keeps its pixels."""
    mask = Image.new("L", (80, 60), 0)
    mask.paste(255, (26, 16, 54, 44))
    data = erase(encoded(scene()), encoded(mask.resize(size)), width=80, height=60, format="png")
    picture = decoded(data).convert("RGB")
    assert picture.size == (80, 60)
    outside = (0, 0, 80, 15)
    assert picture.crop(outside).tobytes() == scene().crop(outside).tobytes()
    assert blue_all_over(picture)


@pytest.mark.parametrize("mode", ["1", "L", "RGB", "RGBA", "P", "LA"])
def test_mask_modes(mode: str) -> None:
    """A mask may be a picture of any mode; what is transparent in it marks nothing."""
    mask = Image.new("RGBA", (80, 60), (255, 255, 255, 0) if mode in {"RGBA", "LA"} else (0, 0, 0, 255))
    mask.paste((255, 255, 255, 255), (26, 16, 54, 44))
    picture = decoded(erase(encoded(scene()), encoded(mask.convert(mode)), width=80, height=60, format="png"))
    assert blue_all_over(picture)


def test_empty_and_full_masks() -> None:
    """A black mask changes nothing; a white one leaves nothing."""
    black, white = (encoded(Image.new("L", (8, 8), grey)) for grey in (0, 255))
    same = decoded(erase(encoded(scene()), black, width=80, height=60, format="png"))
    assert same.tobytes() == scene().tobytes()
    colours = decoded(erase(encoded(scene()), white, width=80, height=60, format="png")).getcolors()
    assert colours is not None
    assert len(colours) == 1


def test_broken_mask() -> None:
    """A mask that is no picture is named in the reason."""
    with pytest.raises(CannotEnlarge, match="mask: it is not a picture"):
        erase(encoded(scene()), b"text", width=80, height=60, format="png")


def test_tints() -> None:
    """Each colour variant is another picture of the wanted size."""
    wanted: dict[str, Any] = {"width": 120, "height": 80, "format": "jpeg"}
    results = [b"".join(transform.tint(card(60, 40, "jpeg"), number=number, **wanted)) for number in (1, 2, 3, 4)]
    assert len(set(results)) == 4
    assert {decoded(data).size for data in results} == {(120, 80)}
    for number in (0, 5):
        with pytest.raises(ValueError, match="1 to 4"):
            transform.tint(card(60, 40, "jpeg"), number=number, **wanted)


@pytest.mark.parametrize(("size", "side"), [((80, 60), 30), ((61, 200), 30), ((1, 9), 1)])
def test_face(size: tuple[int, int], side: int) -> None:
    """The face is the central square of half the shorter side."""
    face = decoded(b"".join(transform.crop_face(card(*size, "png"), width=side, height=side, format="png")))
    assert face.size == (side, side)
    for times in (1, 2):
        wanted: dict[str, Any] = {"width": 30 * times, "height": 30 * times, "format": "jpeg"}
        middle = decoded(b"".join(transform.crop_face(encoded(scene()), **wanted)))
        assert near(middle, (15 * times, 15 * times), RED)
        assert near(middle, (1, 1), BLUE)


@pytest.mark.parametrize("action", ["always", "error"])
def test_odd_metadata_is_no_matter(action: str) -> None:
    """Nothing is said of corrupt EXIF, and where warnings are errors the result is made all the same."""
    exif = b"Exif\0\0II*\0\x08\0\0\0\x05\0" + b"\x0f\x01\x02\0\xff\xff\x00\x00\x00\x10\x00\x00" * 2
    data = encoded(halves(), "JPEG", exif=exif)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter(action)  # type: ignore[arg-type]
        assert inspect(enlarge(data, width=80, height=40, format="jpeg")).width == 80
    assert [str(one.message) for one in said] == []
