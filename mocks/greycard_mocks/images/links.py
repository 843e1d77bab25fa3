"""Turns a link that a request names into a picture: the mock's own directly, others through the guard.

It keeps nothing but the facts of the mock's own test pictures, and knows no vendor.
"""

from __future__ import annotations

import tempfile
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, BinaryIO, cast
from urllib.parse import urlsplit

from greycard_mocks.images.origin import IMAGES_PATH, image_blocks, parse_image_request
from greycard_mocks.images.store import Problem, Source, SourceStore, inspect_stream
from greycard_mocks.images.turns import SentAwayError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from greycard_mocks.egress.guard import Guard
    from greycard_mocks.images.turns import Turns

KNOWN_LINKS = 4096
SPOOL_BYTES = 512 << 10
FETCHES = 20
"""Links of one request that are fetched at the same time; the longest documented batch (S0:18)."""


class LinkReader:
    """Fetches and inspects pictures behind links; remembers the mock's own test pictures, which never change."""

    def __init__(self, guard: Callable[[], Guard], store: SourceStore, turns: Turns) -> None:
        self._guard, self._turns = guard, turns
        self.store = store
        self.origins: set[str] = set()
        """Scheme and host under which this mock is reached, so that its own pictures need no connection."""
        self._known: OrderedDict[tuple[str, int], Source | Problem] = OrderedDict()
        self._lock = threading.Lock()

    def read(self, url: str, max_bytes: int) -> Source | Problem:
        """The picture behind `url`, or why there is none; at most `max_bytes` are read."""
        return self._here(url, max_bytes) or self._fetched(url, max_bytes)

    def at_hand(self, url: object, max_bytes: int) -> bool:
        """Whether `read` would answer at once, without a connection and without drawing a picture."""
        return (url, max_bytes) in self._known

    def read_all(self, urls: Sequence[str], max_bytes: int) -> list[Source | Problem]:
        """What `read` says of each link, in their order; those of other hosts are fetched at the same time.

        So a batch takes as long as its slowest link, and no longer than one link may take.
        """
        here = {url: self._here(url, max_bytes) for url in dict.fromkeys(urls)}
        found = {url: one for url, one in here.items() if one is not None}
        abroad = [url for url in here if url not in found]
        if abroad:
            from concurrent.futures import ThreadPoolExecutor

            with ThreadPoolExecutor(min(len(abroad), FETCHES), thread_name_prefix="greycard-fetch") as pool:
                found.update(zip(abroad, pool.map(lambda url: self._fetched(url, max_bytes), abroad), strict=True))
        return [found[url] for url in urls]

    def _here(self, url: str, max_bytes: int) -> Source | Problem | None:
        """The picture, or why there is none, as far as that needs no connection; None for a link to other hosts."""
        known = self._known.get((url, max_bytes))
        if known is not None:
            return known
        from greycard_mocks.egress.guard import EgressError, check_url_form

        try:
            check_url_form(url)
        except EgressError as error:
            return Problem("form" if error.kind == "malformed" else "unreachable", f"the link cannot be used: {error}")
        parts = urlsplit(url)
        if parts.path.startswith(IMAGES_PATH) and f"{parts.scheme}://{parts.netloc}" in self.origins:
            found = self._own(parts.path.removeprefix(IMAGES_PATH), parts.query, max_bytes)
            with self._lock:
                self._known[(url, max_bytes)] = found
                if len(self._known) > KNOWN_LINKS:
                    self._known.popitem(last=False)
            return found
        return None

    def _fetched(self, url: str, max_bytes: int) -> Source | Problem:
        from greycard_mocks.egress.guard import EgressError

        try:
            with self._guard().fetch(url, max_bytes=max_bytes) as fetched:
                return inspect_stream(cast("BinaryIO", fetched.file), self.store)
        except EgressError as error:
            finding = {"too_large": "link_bytes", "redirect": "redirect"}.get(error.kind, "unreachable")
            return Problem(finding, f"the link could not be fetched: {error}")

    def _own(self, name: str, query: str, max_bytes: int) -> Source | Problem:
        try:
            wanted = parse_image_request(name, query)
        except ValueError as error:
            return Problem("unreachable", f"the link could not be fetched: {error}")
        if wanted.redirect:
            return Problem("redirect", "the link answers with a redirect, which is not followed")
        if wanted.status != 200:
            return Problem("unreachable", f"the link could not be fetched: HTTP {wanted.status}")
        if wanted.size_bytes is not None and wanted.size_bytes > max_bytes:
            return Problem("link_bytes", f"the file has {wanted.size_bytes} bytes; at most {max_bytes} are read")
        try:
            blocks = image_blocks(wanted, self._turns.turn)
        except SentAwayError as error:
            return Problem("unreachable", f"the link could not be fetched: {error}")
        with tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES) as file:
            for block in blocks:
                file.write(block)
                if file.tell() > max_bytes:
                    detail = f"the file has more than {max_bytes} bytes, which is all that is read"
                    return Problem("link_bytes", detail)
            return inspect_stream(cast("BinaryIO", file), self.store)
