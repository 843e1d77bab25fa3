"""Test pictures for a test: links that the mock serves itself, and the same pictures as bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from greycard_mocks.images.origin import IMAGES_PATH

if TYPE_CHECKING:
    from collections.abc import Callable

    from greycard_mocks.images.testcards import Damage


class Images:
    """Pictures of any size and exact byte length; sides in pixels, formats jpg, png, bmp, webp, tiff, gif.

    `origin` gives scheme and host of the mock, which may start only then.
    """

    def __init__(self, origin: Callable[[], str]) -> None:
        self._origin = origin

    def link(
        self,
        width: int = 400,
        height: int = 300,
        format: str = "jpg",  # noqa: A002 - the word for it
        *,
        bytes: int | None = None,  # noqa: A002 - the name of the parameter in the link
        damage: Damage | None = None,
        seed: int | None = None,
    ) -> str:
        """The address of a picture of exactly `bytes` bytes, when given; `damage` is truncate or garbage."""
        return self._link(f"{width}x{height}.{format}", bytes=bytes, damage=damage, seed=seed)

    def failing(self, status: int = 404) -> str:
        """An address that answers with `status` instead of a picture."""
        return self._link("400x300.jpg", status=status)

    def redirecting(self) -> str:
        """An address that answers with a redirect to a picture."""
        return self._link("400x300.jpg", redirect=1)

    def bytes(
        self,
        width: int = 400,
        height: int = 300,
        format: str = "jpg",  # noqa: A002 - the word for it
        *,
        size: int | None = None,
        damage: Damage | None = None,
        seed: int = 0,
    ) -> bytes:
        """The content of a picture, of exactly `size` bytes when that is given.

        Raises ValueError where that is too few.
        """
        from greycard_mocks.images.testcards import card

        return card(width, height, format, size_bytes=size, seed=seed, damage=damage)

    def _link(self, name: str, **options: object) -> str:
        query = urlencode({key: value for key, value in options.items() if value is not None})
        return f"{self._origin()}{IMAGES_PATH}{name}{'?' if query else ''}{query}"
