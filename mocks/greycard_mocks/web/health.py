"""What the mock says of its health, the same bytes at both doors; no need of Flask, as it is what is asked first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sized


class Seen(Protocol):
    """A store of worlds as it was last seen, so that asking for the health waits for nobody."""

    @property
    def is_well(self) -> bool:
        """Whether it answers."""
        ...

    @property
    def world_count(self) -> int:
        """How many worlds it has."""
        ...


def health(vendors: Iterable[str], worlds: Sized, store: Seen | None = None) -> tuple[int, bytes]:
    """HTTP status and body of ``/_mock/health``, as JSON: 503 while worlds are kept in a store that does not answer."""
    facts: dict[str, Any] = {"status": "ok", "vendors": sorted(vendors)}
    if store is None:
        facts["worlds"] = len(worlds)
    else:
        facts["worlds"] = store.world_count
        facts["store"] = "ok" if store.is_well else "does not answer"
        facts["status"] = "ok" if store.is_well else "no store"
    return 200 if facts["status"] == "ok" else 503, msgspec.json.encode(facts) + b"\n"
