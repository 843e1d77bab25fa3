"""Cut-outs have a real alpha channel, masks are grey pictures of the same subject, at every size and format."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageChops

from greycard_mocks.images.testcards import card
from greycard_mocks.images.transform import cut_out, subject_mask


def made(make: object, content: bytes, **size: object) -> Image.Image:
    """The picture that a function of `transform` makes."""
    picture = Image.open(io.BytesIO(b"".join(make(content, **size))))  # type: ignore[operator]
    picture.load()
    return picture


@pytest.mark.parametrize(
    ("width", "height", "times"), [(80, 60, 1), (301, 517, 1), (40, 30, 4), (1, 1, 1), (9, 2000, 1)]
)
def test_the_ground_is_transparent_and_the_subject_is_not(width: int, height: int, times: int) -> None:
    """Corners are clear, the middle is opaque with its own colours, the edge is between; the mask says the same."""
    content = card(width, height, "png")
    size = {"width": width * times, "height": height * times, "format": "png"}
    cut, mask = made(cut_out, content, **size), made(subject_mask, content, **size)
    assert (cut.mode, mask.mode) == ("RGBA", "L")
    assert cut.size == mask.size == (width * times, height * times)
    alpha = cut.getchannel("A")
    if min(width, height) > 20:
        assert alpha.getpixel((0, 0)) == 0
        assert alpha.getpixel((cut.width // 2, cut.height // 2)) == 255
        assert len(set(alpha.tobytes())) > 4
        apart = max(ImageChops.difference(alpha, mask).tobytes())
        assert apart <= (0 if times == 1 else 80)
        middle = cut.convert("RGB").getpixel((cut.width // 2, cut.height // 2))
        assert middle == Image.open(io.BytesIO(content)).convert("RGB").getpixel((width // 2, height // 2))


def test_a_jpeg_has_a_white_ground() -> None:
    """It has no transparency to have."""
    picture = made(cut_out, card(80, 60, "jpeg"), width=80, height=60, format="jpeg")
    assert (picture.mode, picture.format) == ("RGB", "JPEG")
    assert min(picture.crop((0, 0, 4, 4)).tobytes()) > 240


def test_what_was_transparent_stays_so() -> None:
    """The subject of a picture with holes has them still."""
    source = Image.new("RGBA", (60, 60), (200, 30, 30, 255))
    source.paste((0, 0, 0, 0), (25, 25, 35, 35))
    buffer = io.BytesIO()
    source.save(buffer, "PNG")
    alpha = made(cut_out, buffer.getvalue(), width=60, height=60, format="png").getchannel("A")
    assert (alpha.getpixel((30, 30)), alpha.getpixel((30, 15))) == (0, 255)
