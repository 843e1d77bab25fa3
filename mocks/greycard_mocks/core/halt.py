"""Where the way of a request may have to wait: what it yields there, for whoever drives it to decide how to wait.

A web server with an event loop collects the body, sets a timer or changes to a thread; everything else just waits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Generator

    from greycard_mocks.clock import Clock
    from greycard_mocks.core.answer import Answer


@dataclass(frozen=True, slots=True)
class NeedsBody:
    """From here on the body is read, which is of no use beyond `limit` bytes."""

    limit: int


@dataclass(frozen=True, slots=True)
class Pause:
    """Go on after so many seconds, which are real ones; where nothing better is to be had, `clock` waits for them."""

    seconds: float
    clock: Clock


@dataclass(frozen=True, slots=True)
class Within:
    """From here to the next halt a world is as all processes have it, and what is done is done for all.

    None stands for what belongs to no world. Only where worlds are shared; whoever drives the way never sees it.
    """

    world: Any
    """A `World`, or None."""
    task_id: str = ""
    """The task that is asked for, as far as that is known."""


class Blocks:
    """From here to the next halt a thread may be held up: by a connection, a file, or the making of a picture."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "BLOCKS"


BLOCKS: Final = Blocks()

if TYPE_CHECKING:
    Halt = NeedsBody | Pause | Blocks | Within
    Way = Generator[Halt, None, Answer]
    """The way of one request, from its head to the answer."""
