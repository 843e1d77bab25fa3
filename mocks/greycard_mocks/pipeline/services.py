"""What the steps of a request may use: a small record in place of the whole engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from greycard_mocks.answers.result_store import ResultStore
    from greycard_mocks.clock import Clock
    from greycard_mocks.core.halt import Halt
    from greycard_mocks.core.world import World
    from greycard_mocks.core.worlds import Worlds
    from greycard_mocks.delivery.schedule import Deliveries
    from greycard_mocks.images.links import LinkReader
    from greycard_mocks.images.store import SourceStore
    from greycard_mocks.pipeline.doors import Doors
    from greycard_mocks.pipeline.remedy import OtherReadings
    from greycard_mocks.pipeline.router import Router


class LetPass(Protocol):
    """Lets seconds pass, of a world's clock or (None) of all; with `settle` what falls due meanwhile happens."""

    def __call__(self, world: World | None, seconds: float, *, settle: bool) -> Generator[Halt]:
        """Yields where that takes real time."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """The parts that a request meets on its way."""

    router: Router
    worlds: Worlds
    links: LinkReader
    sources: SourceStore
    results: ResultStore
    deliveries: Deliveries
    clock: Clock
    let_pass: LetPass
    settle: Callable[[World, float], object]
    """Moves a world's clock to a moment, and makes what falls due on the way."""
    readings: OtherReadings
    doors: Doors
