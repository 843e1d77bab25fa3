"""The suite's own pictures: as bytes, and behind links that the target can fetch."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

if TYPE_CHECKING:
    from greycard_mocks.images.testcards import Damage

Content = bytes
"""The bytes of a picture."""


@dataclass(frozen=True, slots=True)
class Images:
    """`base` is the address of the pictures; empty when there is none. `static`: files by name, without parameters."""

    base: str = ""
    static: bool = False
    _made: dict[str, tuple[Any, ...]] = field(default_factory=dict, compare=False)
    """What was asked for, by the digest of the picture that it gave."""
    _linked: dict[str, tuple[Any, ...]] = field(default_factory=dict, compare=False)
    """What was asked for, by the address that it was given."""

    def bytes(
        self,
        width: int,
        height: int,
        form: str,
        *,
        size_bytes: int | None = None,
        damage: Damage | None = None,
        seed: int = 0,
    ) -> bytes:
        """A test picture (sides in pixels) of exactly `size_bytes` bytes, when given; each `seed` looks different."""
        from greycard_mocks.images.testcards import card

        content = card(width, height, form, size_bytes=size_bytes, damage=damage, seed=0 if self.static else seed)
        self._made[sha256(content).hexdigest()] = (width, height, form, size_bytes, damage, seed)
        return content

    def link_to(self, content: Content) -> str:
        """The address of a picture that `bytes` has given before; empty for any other."""
        nothing = (0, 0, "", None, None, 0)
        width, height, form, size_bytes, damage, seed = self._made.get(sha256(content).hexdigest(), nothing)
        return self.link(width, height, form, size_bytes=size_bytes, damage=damage, seed=seed) if form else ""

    def link(
        self,
        width: int,
        height: int,
        form: str,
        *,
        size_bytes: int | None = None,
        damage: Damage | None = None,
        seed: int = 0,
    ) -> str:
        """The address of such a picture; static files are the same for each seed."""
        if self.static:
            link = f"{self.base}{file_name(width, height, form, size_bytes=size_bytes, damage=damage)}"
        else:
            facts = (("bytes", size_bytes), ("damage", damage), ("seed", seed or None))
            options = urlencode({name: value for name, value in facts if value is not None})
            link = f"{self.base}{width}x{height}.{form}" + (f"?{options}" if options else "")
        self._linked[link] = (width, height, form, size_bytes, damage, seed)
        return link

    def content_of(self, link: object) -> Content | None:
        """The bytes of the whole picture behind an address that `link` has given; None for anything else."""
        known = self._linked.get(link) if isinstance(link, str) else None
        if known is None or known[4] is not None:
            return None
        width, height, form, size_bytes, damage, seed = known
        return self.bytes(width, height, form, size_bytes=size_bytes, damage=damage, seed=seed)

    def failing(self) -> str:
        """The address of a picture that answers 404."""
        return f"{self.base}missing.jpg" if self.static else f"{self.base}64x64.jpg?status=404"

    def redirecting(self) -> str:
        """The address of a picture that answers with a redirect."""
        return f"{self.base}256x256.jpg?redirect=1"


def file_name(
    width: int, height: int, form: str, *, size_bytes: int | None = None, damage: Damage | None = None
) -> str:
    """The name of a picture file that says what it holds."""
    parts = [f"{width}x{height}", f"b{size_bytes}" if size_bytes else "", damage or ""]
    return "-".join(part for part in parts if part) + f".{form}"
