"""Draw a test card: colour bars, grey steps, a cross, a frame and its size in words, in 16 flat colours.

Flat colours and one palette keep even very large cards small and quick. It encodes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image, ImageDraw

# Index 0 and 1 are black and white; then eight bars, then six greys, the grey card itself (118) among them.
_BARS = (
    *((191, 191, 191), (191, 191, 0), (0, 191, 191), (0, 191, 0)),
    *((191, 0, 191), (191, 0, 0), (0, 0, 191), (40, 40, 60)),
)
_GREYS = (20, 60, 118, 160, 200, 240)
_ALL = ((0, 0, 0), (255, 255, 255), *_BARS, *((grey, grey, grey) for grey in _GREYS))
PALETTE = bytes(part for colour in _ALL for part in colour)
_BLACK, _WHITE, _FIRST_BAR, _FIRST_GREY = 0, 1, 2, 10


def draw_card(width: int, height: int, seed: int, label: str = "") -> Image.Image:
    """A palette picture of `width` x `height` pixels; `seed` turns the bars. The label is its size and the seed."""
    from PIL import Image, ImageDraw

    card = Image.new("P", (width, height), _FIRST_BAR + seed % len(_BARS))
    card.putpalette(PALETTE)
    pen = ImageDraw.Draw(card)
    bars_end = max(1, height * 3 // 4)
    _columns(pen, width, 0, bars_end, [_FIRST_BAR + (seed + step) % len(_BARS) for step in range(len(_BARS))])
    _columns(pen, width, bars_end, height, [_FIRST_GREY + step for step in range(len(_GREYS))])
    if min(width, height) >= 8:
        line = max(1, min(width, height) // 200)
        right, bottom = width - 1, height - 1
        pen.line((0, 0, right, bottom), fill=_BLACK, width=line)
        pen.line((0, bottom, right, 0), fill=_BLACK, width=line)
        pen.rectangle((0, 0, right, bottom), outline=_WHITE, width=line)
    _label(card, label or f"{width} x {height}" + (f" #{seed}" if seed else ""))
    return card


def _columns(pen: ImageDraw.ImageDraw, width: int, top: int, bottom: int, colours: list[int]) -> None:
    for number, colour in enumerate(colours):
        left, right = (width * step // len(colours) for step in (number, number + 1))
        if right > left and bottom > top:
            pen.rectangle((left, top, right - 1, bottom - 1), fill=colour)


def _label(card: Image.Image, text: str) -> None:
    """Write the text in a black box in the middle, in whole multiples of the built-in bitmap font."""
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.load_default_imagefont()
    words = Image.new("1", (int(font.getlength(text)) + 4, 14))
    ImageDraw.Draw(words).text((2, 1), text, fill=1, font=font)
    times = min(card.width * 3 // 4 // words.width, card.height // 4 // words.height)
    if times < 1:
        return
    words = words.resize((words.width * times, words.height * times))
    place = ((card.width - words.width) // 2, (card.height - words.height) // 2)
    card.paste(_BLACK, (*place, place[0] + words.width, place[1] + words.height))
    card.paste(_WHITE, place, words)
