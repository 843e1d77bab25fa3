"""What a header says, what a walk of the structure finds, and what no input can do to it."""

from __future__ import annotations

import io
import random
import struct
import tracemalloc
import zlib
from typing import IO, get_args

import pytest
from PIL import Image, PngImagePlugin

from greycard_mocks.images.inspect import NotAPicture, PictureFormat, extension, inspect
from greycard_mocks.images.testcards import card, card_blocks

FORMATS = ["jpeg", "png", "bmp", "webp", "tiff"]


def encoded(picture: Image.Image, form: str, **options: object) -> bytes:
    """Encode with Pillow."""
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    """Put chunks into a png file."""
    parts = (len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4) for kind, data in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def ihdr(width: int, height: int, depth: int = 8, colour: int = 2) -> tuple[bytes, bytes]:
    """Make the header chunk of a png file."""
    return b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)


def webp(*chunks: tuple[bytes, bytes]) -> bytes:
    """Put chunks into a webp file."""
    body = b"".join(kind + struct.pack("<I", len(data)) + data + bytes(len(data) % 2) for kind, data in chunks)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


PIXELS = (b"IDAT", b"pixels"), (b"IEND", b"")
GRADIENT = Image.linear_gradient("L").resize((90, 60))


@pytest.mark.parametrize(
    ("picture", "form", "options"),
    [
        (GRADIENT.convert(mode), form, {})
        for form, modes in {
            "JPEG": ["L", "RGB", "CMYK"],
            "PNG": ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"],
            "BMP": ["1", "L", "P", "RGB", "RGBA"],
            "WEBP": ["RGB", "RGBA"],
            "TIFF": ["1", "L", "P", "RGB", "RGBA", "CMYK", "I;16", "F"],
            "GIF": ["P"],
        }.items()
        for mode in modes
    ]
    + [
        (GRADIENT, "JPEG", {"progressive": True, "comment": b"c", "dpi": (300, 300)}),
        (GRADIENT, "JPEG", {"icc_profile": b"p" * 200_000}),
        (GRADIENT.convert("RGB"), "WEBP", {"lossless": True}),
        (GRADIENT.convert("RGB"), "WEBP", {"lossless": True, "icc_profile": b"p" * 501}),
        *((GRADIENT.convert("RGB"), "TIFF", {"compression": name}) for name in ("tiff_lzw", "jpeg", "packbits")),
    ],
    ids=lambda value: getattr(value, "mode", None) or str(value)[:20],
)
def test_every_kind_of_pixels(picture: Image.Image, form: str, options: dict[str, object]) -> None:
    """Pictures of all modes and encodings that Pillow writes are whole and tell their size."""
    data = encoded(picture, form, **options)
    facts = inspect(data)
    assert (facts.format, facts.width, facts.height) == (form.lower(), 90, 60)
    assert (facts.damage, facts.frames, facts.orientation, facts.size_bytes) == (None, 1, 1, len(data))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_size_is_told_as_displayed(form: str, orientation: int) -> None:
    """Width and height are those after the EXIF orientation has been applied."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    facts = inspect(encoded(GRADIENT.convert("RGB"), form, exif=exif))
    assert facts.orientation == orientation
    assert (facts.width, facts.height) == ((60, 90) if orientation >= 5 else (90, 60))
    assert facts.damage is None


@pytest.mark.parametrize("form", ["PNG", "WEBP", "TIFF"])
def test_frames_are_counted(form: str) -> None:
    """An animated or many-paged picture tells how many frames it has."""
    frames = [Image.new("RGB", (20, 10), colour) for colour in ("red", "green", "blue")]
    facts = inspect(encoded(frames[0], form, save_all=True, append_images=frames[1:]))
    assert (facts.frames, facts.width, facts.height, facts.damage) == (3, 20, 10, None)


@pytest.mark.parametrize("form", FORMATS)
def test_every_cut_is_found(form: str) -> None:
    """A file that is cut anywhere is no picture or a damaged one, never a whole one."""
    whole = card(60, 40, form)
    sized = 0
    for length in range(len(whole) - 1):
        try:
            facts = inspect(whole[:length])
        except NotAPicture:
            continue
        sized += 1
        assert facts.damaged, length
        assert (facts.width, facts.height) == (60, 40)
    assert sized > 10


@pytest.mark.parametrize("form", ["jpeg", "png", "bmp", "tiff"])
def test_a_cut_of_one_byte_is_found(form: str) -> None:
    """The last byte counts."""
    assert inspect(card(60, 40, form)[:-1]).damaged


@pytest.mark.parametrize("form", [*FORMATS, "gif"])
def test_bytes_behind_the_end_do_no_harm(form: str) -> None:
    """What stands behind the end of a picture is not its damage; cameras append whole second pictures."""
    assert inspect(card(60, 40, form) + bytes(100_000)).damage is None


@pytest.mark.parametrize("form", [*FORMATS, "gif"])
def test_any_change_is_survived(form: str) -> None:
    """Whatever bytes change, the answer is facts or NotAPicture."""
    chance = random.Random(form)  # noqa: S311
    whole = bytearray(card(60, 40, form))
    for _ in range(1500):
        changed = bytearray(whole)
        for _ in range(chance.randrange(1, 6)):
            changed[chance.randrange(min(len(changed), 400))] = chance.choice(
                (0, 1, 127, 128, 255, chance.randrange(256))
            )
        try:
            facts = inspect(bytes(changed[: chance.randrange(len(changed))] if chance.random() < 0.3 else changed))
        except NotAPicture:
            continue
        assert facts.width > 0
        assert facts.height > 0


@pytest.mark.parametrize(
    "data",
    [
        *(
            b"",
            b"\xff",
            b"\xff\xd8\xff",
            b"BM",
            b"GIF89a",
            b"II*\0",
            b"RIFF\0\0\0\0WEBP",
            b"\x89PNG\r\n\x1a\n",
        ),
        *(
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            b"\xef\xbb\xbf <!DOCTYPE html>",
            b"SIMPLE  =    T / FITS",
        ),
        *(b"%PDF-1.7", b"\0\0\0\x18ftypheic" + bytes(40), b"\0\0\0\x18ftypavif", b"PK\3\4", bytes(1000)),
        *(b"\xff\xd8\xff\xe0<html><body>hello</body></html>", b"\x89PNG\r\n\x1a\n<html>" + bytes(50)),
        *(b"BMW is a car, and this is a sentence that is long enough", b"GIF89a, and words behind it"),
        *(
            b"II*\0\xff\xff\xff\xff",
            b"MM\0*\0\0\0\x08\xff\xff",
            b"II+\0\x08\0\0\0",
            b"RIFF\xff\xff\xff\xffWEBPVP8 " + bytes(40),
        ),
        *(
            png(ihdr(0, 5), *PIXELS),
            png(ihdr(5, 0), *PIXELS),
            png(ihdr(5, 5, 3), *PIXELS),
            png(ihdr(5, 5, 8, 9), *PIXELS),
        ),
        png(ihdr(2**31, 5), *PIXELS),
        png((b"tEXt", b"first"), ihdr(5, 5), *PIXELS),
        png(ihdr(5, 5), *PIXELS).replace(b"\0\0\0\x05\x08", b"\0\0\0\x06\x08"),
        b"\xff\xd8\xff\xda\0\x08\1\1\0\0\x3f\0" + b"scan without a frame" + b"\xff\xd9",
        b"\xff\xd8\xff\xd9",
        b"\xff\xd8" + b"\xff" * 100_000,
        b"\xff\xd8" + b"\xff\xfe\0\2" * 30_000,
    ],
)
def test_not_a_picture(data: bytes) -> None:
    """What has no readable header is not a picture, whatever its first bytes pretend."""
    with pytest.raises(NotAPicture) as caught:
        inspect(data)
    assert caught.value.reason


@pytest.mark.parametrize(
    "data",
    [
        png(ihdr(5, 5), (b"IEND", b"")),
        png(ihdr(5, 5), (b"IDAT", b""), (b"IEND", b"")),
        png(ihdr(5, 5), (b"IDAT", b"x")),
        png(ihdr(5, 5)) + b"<html>here is no chunk</html>",
        png(ihdr(5, 5), *[(b"tEXt", b"")] * 60_000, *PIXELS),
        webp((b"VP8X", bytes(10))),
        webp((b"VP8X", bytes(10)), *[(b"abcd", b"")] * 60_000),
        card(5, 5, "jpeg")[: card(5, 5, "jpeg").index(b"\xff\xda") + 14] + b"\xff\xd9",
        card(5, 5, "jpeg")[: card(5, 5, "jpeg").index(b"\xff\xda")] + b"<html>" * 9,
        card(5, 5, "tiff").replace(struct.pack("<HH", 273, 4), struct.pack("<HH", 999, 4)),
    ],
)
def test_damaged(data: bytes) -> None:
    """A readable header with a broken rest is a damaged picture."""
    assert inspect(data).damaged


def test_huge_declared_sizes_cost_nothing() -> None:
    """Dimensions are reported as declared, and nothing is allocated or inflated for them."""
    text = zlib.compress(bytes(50_000_000), 9)
    bomb = png(ihdr(2**31 - 1, 2**31 - 1), (b"iCCP", b"p\0\0" + text), (b"zTXt", b"t\0\0" + text), *PIXELS)
    tracemalloc.start()
    try:
        facts = inspect(bomb)
        assert (facts.width, facts.height, facts.damage) == (2**31 - 1, 2**31 - 1, None)
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("cut", [0, 40])
def test_large_files_cost_little_memory(form: str, cut: int) -> None:
    """A file of 15 MB costs less than 1 MB of memory, whole or cut off."""
    file: IO[bytes] = io.BytesIO(b"".join(card_blocks(60, 40, form, size_bytes=15 * 1024 * 1024)))
    file.truncate(15 * 1024 * 1024 - cut)
    tracemalloc.start()
    try:
        facts = inspect(file)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
    assert facts.damaged == bool(cut)
    assert file.tell() == 0


def test_a_long_scan_is_searched_in_blocks() -> None:
    """An end-of-image marker is found wherever it stands, across block borders and far from the end."""
    head, tail = card(60, 40, "jpeg")[:-2], b"\xff\xd9"
    start = head.index(b"\xff\xda") + 14
    for length in (65_535, 65_536, 65_537, 131_071):
        assert inspect(head + bytes(start + length - len(head)) + tail + bytes(9000)).damage is None
    assert inspect(head + bytes(200_000)).damaged


def test_chains_of_directories_end() -> None:
    """A tiff whose directories form a ring, or a very long chain, is read in bounded time."""
    whole = card(5, 5, "tiff")
    start = int.from_bytes(whole[4:8], "little")
    link = start + 2 + 12 * int.from_bytes(whole[start : start + 2], "little")
    ring = whole[:link] + start.to_bytes(4, "little") + whole[link + 4 :]
    assert inspect(ring).frames == 1
    more = b"".join(b"\0\0" + (len(whole) + 6 * number).to_bytes(4, "little") for number in range(1, 5000))
    chain = whole[:link] + len(whole).to_bytes(4, "little") + whole[link + 4 :] + more
    assert inspect(chain).frames == 1024


def test_file_and_bytes_agree() -> None:
    """A file, its bytes and a known size give the same facts."""
    data = card(60, 40, "png")
    assert inspect(io.BytesIO(data)) == inspect(data) == inspect(io.BytesIO(data), len(data))


def test_text_in_png_is_stepped_over() -> None:
    """Metadata of any length before and behind the pixels is no damage."""
    notes = PngImagePlugin.PngInfo()
    notes.add_text("note", "x" * 100_000, zip=True)
    assert inspect(encoded(GRADIENT, "PNG", pnginfo=notes, icc_profile=b"p" * 10_000)).damage is None


def test_extensions() -> None:
    """Every format has one extension without a dot; an unknown one is refused with the known."""
    assert [extension(form) for form in get_args(PictureFormat)] == [
        "jpg",
        "png",
        "bmp",
        "webp",
        "tiff",
        "gif",
    ]
    with pytest.raises(ValueError, match="use one of jpeg"):
        extension("heic")  # type: ignore[arg-type]
