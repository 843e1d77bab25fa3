"""The largest pictures are decoded in part, and every result takes little memory and little time."""

from __future__ import annotations

import io
import random
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from PIL import Image, ImageChops

from greycard_mocks.images import _decoded, _modes, transform
from greycard_mocks.images._decoded import looked_at, opened
from greycard_mocks.images._png_reading import smaller_png
from greycard_mocks.images.inspect import inspect
from greycard_mocks.images.sizes import CannotEnlarge, shape_of

WIDTH, HEIGHT = 101, 83


def smooth(mode: str, width: int = WIDTH, height: int = HEIGHT) -> Image.Image:
    """A picture in which neighbours differ little, and all four channels much."""
    channels = [Image.linear_gradient("L").rotate(90 * turn).resize((width, height)) for turn in range(4)]
    picture = Image.merge("RGBA", channels)
    return Image.merge("LA", channels[:2]) if mode == "LA" else picture.convert(mode)


def encoded(picture: Image.Image, form: str = "PNG", **options: object) -> bytes:
    """Encode with Pillow."""
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def chunk(kind: bytes, content: bytes) -> bytes:
    """A chunk of a PNG."""
    return len(content).to_bytes(4) + kind + content + zlib.crc32(kind + content).to_bytes(4)


def png(colour: int, rows: list[bytes], width: int, *, interlaced: bool = False) -> bytes:
    """A PNG of 16 bits a value, or of 8 bits and interlaced, of filtered rows."""
    head = struct.pack(">IIBBBBB", width, HEIGHT, 8 if interlaced else 16, colour, 0, 0, int(interlaced))
    pixels = chunk(b"IDAT", zlib.compress(b"".join(rows)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + pixels + chunk(b"IEND", b"")


def most_apart(one: Image.Image, other: Image.Image) -> int:
    """How far two pictures differ at most in any pixel."""
    assert (one.size, one.mode) == (other.size, other.mode)
    extrema: Any = ImageChops.difference(one, other).getextrema()
    return int(max(extrema[1::2] if isinstance(extrema[0], int) else (high for _, high in extrema)))


@pytest.mark.parametrize("times", [1, 2, 5])
@pytest.mark.parametrize("clear", [False, True])
@pytest.mark.parametrize("kind", ["L", "LA", "RGB", "RGBA", "1", 2, 4, 16, 200])
def test_a_png_is_made_smaller_strip_by_strip(
    monkeypatch: pytest.MonkeyPatch, kind: str | int, *, clear: bool, times: int
) -> None:
    """Of every mode and number of colours, as if it had been decoded as a whole; in strips of a few rows."""
    monkeypatch.setattr("greycard_mocks.images._png_reading.STRIP_PIXELS", 1200)
    picture = smooth("RGB").quantize(kind) if isinstance(kind, int) else smooth(kind)
    options: dict[str, Any] = {"transparency": 1} if clear and isinstance(kind, int) else {}
    data = encoded(picture, **options)
    whole = _modes.part_of(Image.open(io.BytesIO(data)), (0, 0, WIDTH, HEIGHT))
    assert most_apart(smaller_png(io.BytesIO(data), times), whole.reduce(times)) == 0


@pytest.mark.parametrize("colour", [0, 2, 4, 6])
@pytest.mark.parametrize("kind", range(5))
def test_of_sixteen_bits_the_upper_eight_are_read(monkeypatch: pytest.MonkeyPatch, colour: int, kind: int) -> None:
    """Whatever the filter; Pillow is asked as a second opinion."""
    monkeypatch.setattr("greycard_mocks.images._png_reading.STRIP_PIXELS", 700)
    channels = {0: 1, 2: 3, 4: 2, 6: 4}[colour]
    row = WIDTH * channels * 2
    noise = random.Random(colour).randbytes(row * HEIGHT)  # noqa: S311
    data = png(colour, [bytes((kind,)) + noise[at : at + row] for at in range(0, len(noise), row)], WIDTH)
    small = smaller_png(io.BytesIO(data), 1)
    whole = Image.open(io.BytesIO(data))
    upper = Image.frombytes("L", whole.size, whole.tobytes()[1::2]) if colour == 0 else whole
    assert most_apart(small.convert(upper.mode), upper) == 0


def test_of_an_interlaced_png_the_first_pass_is_read() -> None:
    """Each eighth pixel of each eighth row."""
    picture = smooth("RGB")
    rows = []
    for left, top, right, down in (
        (0, 0, 8, 8),
        (4, 0, 8, 8),
        (0, 4, 4, 8),
        (2, 0, 4, 4),
        (0, 2, 2, 4),
        (1, 0, 2, 2),
        (0, 1, 1, 2),
    ):
        for y in range(top, HEIGHT, down):
            line = picture.crop((0, y, WIDTH, y + 1)).tobytes()
            rows.append(b"\0" + b"".join(line[3 * x : 3 * x + 3] for x in range(left, WIDTH, right)))
    data = png(2, rows, WIDTH, interlaced=True)
    assert Image.open(io.BytesIO(data)).tobytes() == picture.tobytes()
    small = smaller_png(io.BytesIO(data), 3)
    assert small.size == (13, 11)
    assert all(small.getpixel((x, y)) == picture.getpixel((8 * x, 8 * y)) for x in range(13) for y in range(11))


@pytest.mark.parametrize("damage", ["cut", "garbage"])
def test_a_large_png_with_broken_pixels_is_told(monkeypatch: pytest.MonkeyPatch, damage: str) -> None:
    """As one of ordinary size."""
    data = encoded(smooth("RGB"))
    start = data.index(b"IDAT") + 4
    pixels = data[start : start + int.from_bytes(data[start - 8 : start - 4])]
    broken = pixels[:-200] if damage == "cut" else b"\x55" * len(pixels)
    file = data[: start - 8] + chunk(b"IDAT", broken) + chunk(b"IEND", b"")
    with pytest.raises(CannotEnlarge, match="cannot be decoded"):
        opened(file, looked_at(file), wanted=100, most=1000)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "BMP", "GIF", "TIFF", "WEBP"])
def test_no_more_pixels_are_kept_than_may_be(form: str) -> None:
    """Of an input of every format; what is kept shows the whole picture."""
    data = encoded(smooth("RGB"), form)
    picture = opened(data, looked_at(data), wanted=600, most=1000)
    assert 300 <= picture.width * picture.height <= 1000
    whole = smooth("RGB").resize(picture.size)
    assert most_apart(picture.convert("RGB"), whole) < 60


def test_a_jpeg_is_decoded_smaller_where_that_is_enough() -> None:
    """In halves, never in less than is wanted."""
    data = encoded(smooth("RGB", 400, 300), "JPEG")
    sizes = {wanted: opened(data, looked_at(data), wanted=wanted).size for wanted in (120_000, 60_000, 30_000, 1)}
    assert sizes == {120_000: (400, 300), 60_000: (400, 300), 30_000: (200, 150), 1: (50, 38)}


@pytest.mark.parametrize("options", [{"progressive": True}, {}])
@pytest.mark.parametrize(("subsampling", "samples"), [(0, 3.0), (1, 2.0), (2, 1.5)])
def test_what_a_decoder_holds_is_known(options: dict[str, Any], subsampling: int, samples: float) -> None:
    """Two bytes for each sample of a progressive JPEG, nothing of another one."""
    data = encoded(smooth("RGB", 160, 160), "JPEG", subsampling=subsampling, **options)
    assert inspect(data).held_bytes == (int(2 * samples * 160 * 160) if options else 0)


def test_a_picture_that_takes_too_much_to_decode_has_no_result_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Too much memory, or too many runs; the reason says so."""
    data = encoded(smooth("RGB", 160, 160), "JPEG", progressive=True)
    monkeypatch.setattr(_decoded, "MAX_DECODING_BYTES", 100_000)
    with pytest.raises(CannotEnlarge, match="MiB, the limit is"):
        transform.enlarge(data, width=320, height=320, format="jpeg")
    assert list(transform.enlarge(encoded(smooth("RGB", 80, 80), "JPEG"), width=160, height=160, format="jpeg"))


def test_runs_of_a_bmp_are_not_decoded_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pillow takes them one by one."""
    palette = bytes(1024)
    runs = b"\x08\x01\x00\x00" * 8 + b"\x00\x01"
    start = 54 + len(palette)
    head = b"BM" + struct.pack("<IHHI", start + len(runs), 0, 0, start)
    info = struct.pack("<IiiHHIIiiII", 40, 8, 8, 1, 8, 1, len(runs), 2835, 2835, 256, 0)
    data = head + info + palette + runs
    assert opened(data, looked_at(data), wanted=64).size == (8, 8)
    monkeypatch.setattr(_decoded, "_RUNS_PIXELS", 63)
    with pytest.raises(CannotEnlarge, match="run-length"):
        opened(data, looked_at(data), wanted=64)


@pytest.mark.parametrize("form", ["jpeg", "png"])
def test_in_the_place_of_a_picture_that_is_gone_stands_a_card(form: str) -> None:
    """Of the size and length that the picture's result would have."""
    picture = replace(inspect(encoded(smooth("RGB"), "PNG")), width=4000, height=3000, size_bytes=9_000_000)
    for of_face in (False, True):
        size: Any = {"width": 12_000, "height": 9000, "format": form, "of_face": of_face}
        data = b"".join(transform.stand_in(picture, **size))
        facts = inspect(data)
        assert (facts.width, facts.height, facts.damage) == (12_000, 9000, None)
        assert facts.size_bytes == shape_of(picture, 12_000, 9000, form, of_face=of_face).length


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc; runs on Linux")
@pytest.mark.parametrize(("form", "colours"), [("jpeg", "RGB"), ("png", "RGB"), ("png", "P"), ("webp", "RGB")])
def test_the_largest_pictures_cost_little(tmp_path: Path, form: str, colours: str) -> None:
    """9216x9216 pixels enlarged twice take 300 MiB and 3 s of CPU at most; a WebP may have 4096x4096."""
    side = 4096 if form == "webp" else 9216
    path = tmp_path / f"large.{form}"
    few = [Image.frombytes("L", (256, 256), random.Random(seed).randbytes(1 << 16)) for seed in range(3)]  # noqa: S311
    picture = Image.merge("RGB", few)
    picture = picture.quantize(16) if colours == "P" else picture
    picture.resize((side, side), Image.Resampling.NEAREST).save(path, compress_level=1)
    result = "png" if form == "webp" else form
    program = f"""
import resource, time
from greycard_mocks.images import transform
with open({str(path)!r}, "rb") as file:
    for block in transform.enlarge(file, width={2 * side}, height={2 * side}, format={result!r}):
        pass
peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(int(peak) / 1024, time.process_time())
"""
    environ = {"PYTHONPATH": ":".join(place for place in sys.path if place)}
    command = [sys.executable, "-c", program]
    said = subprocess.run(command, check=True, capture_output=True, text=True, env=environ).stdout.split()
    peak, seconds = map(float, said)
    assert peak <= 300
    assert seconds <= 3
