"""Test cards: any size, any exact length, every decoder opens them, and the broken ones are broken."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from greycard_mocks.images.inspect import NotAPicture, inspect
from greycard_mocks.images.testcards import card, card_blocks

FORMATS = ["jpeg", "png", "bmp", "webp", "tiff", "gif"]
SIZES = [(1, 1), (2, 1), (1, 7), (10, 10), (64, 64), (257, 1000), (400, 300)]


def decoded(data: bytes) -> Image.Image:
    """Decode with Pillow, pixels and all."""
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_card_is_a_whole_picture(form: str, width: int, height: int) -> None:
    """A card of any size opens in its format with that size, and its structure is whole."""
    data = card(width, height, form)
    assert decoded(data).size == (width, height)
    assert str(decoded(data).format).lower() == form
    facts = inspect(data)
    assert (facts.format, facts.width, facts.height, facts.damage) == (form, width, height, None)


@pytest.mark.parametrize("form", FORMATS)
def test_exact_length(form: str) -> None:
    """A card has exactly the length asked for, byte by byte, and still the same pixels."""
    plain = card(30, 20, form)
    pixels = decoded(plain).convert("RGB").tobytes()
    lengths = [*range(len(plain) + 12, len(plain) + 40), *range(65_900, 66_200, 7), 200_001, 200_002]
    for length in [*lengths, *range(len(plain) + 255, len(plain) + 290)]:
        data = card(30, 20, form, size_bytes=length)
        assert len(data) == length
        assert inspect(data).damage is None
        assert decoded(data).convert("RGB").tobytes() == pixels


def test_gif_comment_is_legal() -> None:
    """The stuffing of a gif is one comment whose blocks end exactly where the picture goes on."""
    plain = card(30, 20, "gif")
    start = 13 + 3 * 2 ** ((plain[10] & 7) + 1)
    for more in range(5, 600):
        data = card(30, 20, "gif", size_bytes=len(plain) + more)
        assert data[start : start + 2] == b"!\xfe"
        place = start + 2
        while data[place]:
            place += 1 + data[place]
        assert data[place + 1 :] == plain[start:]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("damage", [None, "truncate", "garbage"])
def test_too_short_a_length(form: str, damage: str | None) -> None:
    """A length that cannot be is refused with the least one that can, and that one works."""
    with pytest.raises(ValueError, match="size_bytes=") as caught:
        card(30, 20, form, size_bytes=1, damage=damage)  # type: ignore[arg-type]
    least = int(str(caught.value).partition("size_bytes=")[2].split()[0])
    assert len(card(30, 20, form, size_bytes=least, damage=damage)) == least  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=f"size_bytes={least} "):
        card(30, 20, form, size_bytes=least - 1, damage=damage)  # type: ignore[arg-type]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_truncated(form: str, width: int, height: int) -> None:
    """A truncated card tells its size and cannot be decoded."""
    plain = card(width, height, form, damage="truncate")
    longer = [
        card(width, height, form, damage="truncate", size_bytes=len(plain) + more) for more in (20, 21, 5000, 70_001)
    ]
    assert [len(data) - len(plain) for data in longer] == [20, 21, 5000, 70_001]
    for data in (plain, *longer):
        facts = inspect(data)
        assert (facts.width, facts.height) == (width, height)
        assert facts.damaged or form == "gif"
        with pytest.raises((OSError, SyntaxError)):
            decoded(data)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
@pytest.mark.parametrize("form", FORMATS)
def test_garbage(form: str) -> None:
    """A card of garbage begins like its format and is no picture; the length is exact here too."""
    data = card(30, 20, form, damage="garbage", size_bytes=5001)
    assert len(data) == 5001
    assert data[:2] == card(30, 20, form)[:2]
    with pytest.raises(NotAPicture):
        inspect(data)
    with pytest.raises((OSError, SyntaxError)):
        decoded(data)


@pytest.mark.parametrize(("width", "height", "form"), [(9217, 64, "jpeg"), (5000, 5000, "png"), (4096, 4097, "bmp")])
def test_large_cards(width: int, height: int, form: str) -> None:
    """Cards at the vendors' limits are small files: a 4096 px bmp stays under 15 MB (S2:95)."""
    data = card(width, height, form)
    assert (inspect(data).width, inspect(data).height) == (width, height)
    assert len(data) < 15 * 1024 * 1024


@pytest.mark.parametrize("form", FORMATS)
def test_large_files_come_in_blocks(form: str) -> None:
    """The stuffing of a large file is handed out in small blocks, so 50 MB are never held at once."""
    lengths = [len(block) for block in card_blocks(40, 30, form, size_bytes=50_000_001)]
    assert sum(lengths) == 50_000_001
    assert max(lengths) <= 65_537


def test_same_arguments_same_bytes() -> None:
    """A card is a function of its arguments; the seed changes it."""
    assert card(40, 30, "jpeg", seed=3) == card(40, 30, "JPG", seed=3)
    assert len({card(40, 30, "png", seed=seed) for seed in range(8)}) == 8
    assert card(300, 200, "png", seed=1) != card(300, 200, "png", seed=9)


def test_a_person_sees_a_test_card() -> None:
    """The card shows many flat colours, a frame, and its size in words that differ from size to size."""
    picture = decoded(card(400, 300, "png")).convert("RGB")
    colours = picture.getcolors()
    assert colours is not None
    assert len(colours) == 16
    assert picture.getpixel((200, 0)) == (255, 255, 255)
    label = (50, 110, 350, 190)
    other = decoded(card(400, 301, "png")).convert("RGB")
    assert picture.crop(label).tobytes() != other.crop(label).tobytes()


@pytest.mark.parametrize(
    ("width", "height", "form"),
    [(0, 1, "png"), (1, -1, "png"), (70_000, 1, "jpeg"), (16_384, 1, "webp"), (20_000, 20_000, "png")],
)
def test_impossible_sizes(width: int, height: int, form: str) -> None:
    """A size that the format or the memory cannot hold is refused with the limits."""
    with pytest.raises(ValueError, match="sides from 1 to"):
        card(width, height, form)


def test_unknown_words() -> None:
    """A format that is not made, and a damage that is not known, are refused with the ones that are."""
    with pytest.raises(ValueError, match="'heic'; use one of jpeg, png"):
        card(1, 1, "heic")
    with pytest.raises(ValueError, match="use 'truncate' or 'garbage'"):
        card(1, 1, "png", damage="burnt")  # type: ignore[arg-type]
