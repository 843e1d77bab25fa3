"""Say what a picture is from its header, and whether its file is whole, without decoding a pixel.

The mocks decide by this alone which pictures a vendor would refuse, so it must be cheap, and safe for
whatever somebody uploads or links to: memory stays under 1 MB for any input. It may not allocate pixels,
inflate anything or trust a declared size.
Pillow's lazy open and imagesize tell the size alone, not whether a file is whole nor what decoding it would hold.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import IO, Literal, get_args

import msgspec

from greycard_mocks.images._formats import (
    Facts,
    NotAPicture,
    Window,
    read_bmp,
    read_gif,
    read_jpeg,
    read_png,
    read_webp,
)
from greycard_mocks.images._tiff import read_tiff

__all__ = ["NotAPicture", "Picture", "PictureFormat", "extension", "inspect"]

PictureFormat = Literal["jpeg", "png", "bmp", "webp", "tiff", "gif"]


class Picture(msgspec.Struct, frozen=True, gc=False):
    """The facts of one picture. `width` and `height` are in pixels as displayed (EXIF orientation applied).

    `damage` says what is wrong with the file behind its header, None when it is whole as far as the structure
    tells; `frames` counts what the header declares (1 for GIF, which is not walked); `orientation` is the
    EXIF value 1 to 8 as stored; `held_bytes` is what a decoder holds for the whole picture beside its pixels.
    """

    format: PictureFormat
    width: int
    height: int
    size_bytes: int
    damage: str | None
    frames: int
    orientation: int
    held_bytes: int = 0

    @property
    def damaged(self) -> bool:
        """Whether the pixels cannot all be there although the header can be read."""
        return self.damage is not None


def inspect(source: IO[bytes] | bytes, size: int | None = None) -> Picture:
    """Read a picture's header and walk its structure; a file is left at its start.

    `size` is the length in bytes when it is known. Raises NotAPicture when the header cannot be read: another
    kind of file, a magic number with something else behind it, a header that is cut off.
    """
    file = io.BytesIO(source) if isinstance(source, bytes) else source
    if size is None:
        size = file.seek(0, io.SEEK_END)
    try:
        file.seek(0)
        form, read = _reader(file.read(16))
        facts = read(Window(file, size))
    finally:
        file.seek(0)
    turned = facts.orientation >= 5
    return Picture(
        format=form,
        width=facts.height if turned else facts.width,
        height=facts.width if turned else facts.height,
        size_bytes=size,
        damage=facts.damage,
        frames=facts.frames,
        orientation=facts.orientation,
        held_bytes=facts.held_bytes,
    )


def extension(form: PictureFormat) -> str:
    """The file extension of a format, lower-case and without a dot: jpg for JPEG. Raises ValueError."""
    if form not in get_args(PictureFormat):
        raise ValueError(f"no picture format is called {form!r}; use one of {', '.join(get_args(PictureFormat))}")
    return "jpg" if form == "jpeg" else form


def _reader(magic: bytes) -> tuple[PictureFormat, Callable[[Window], Facts]]:
    if magic.startswith(b"\xff\xd8\xff"):
        return "jpeg", read_jpeg
    if magic.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png", read_png
    if magic[:4] == b"RIFF" and magic[8:12] == b"WEBP":
        return "webp", read_webp
    if magic.startswith((b"II*\0", b"MM\0*")):
        return "tiff", read_tiff
    if magic.startswith((b"GIF87a", b"GIF89a")):
        return "gif", read_gif
    if magic.startswith(b"BM"):
        return "bmp", read_bmp
    if not magic:
        raise NotAPicture("the file is empty")
    if magic[4:8] == b"ftyp":
        raise NotAPicture("a HEIC, AVIF or video file, none of which is read here")
    if magic.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise NotAPicture("text with tags (SVG, HTML or XML), not a picture")
    raise NotAPicture("its first bytes belong to no known picture format")
