"""What every part needs: asking for traits, the order of a client, the facts of a request at one moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PIL.Image import Image

Has = Callable[[str], bool]
"""Whether a trait is on."""
Fields = dict[str, Any]
Value = TypeVar("Value")

PENDING = "PENDING"
IN_QUEUE = "IN_QUEUE"
IN_PROGRESS = "IN_PROGRESS"
COMPLETED = "COMPLETED"
FAILED = "FAILED"


def pick(has: Has, choices: Mapping[str, Value], otherwise: Value) -> Value:
    """The value of the first trait that is on, else the last argument."""
    return next((value for trait, value in choices.items() if has(trait)), otherwise)


def some(has: Has, *traits: str) -> bool:
    """Whether one of these traits is on."""
    return any(has(trait) for trait in traits)


@dataclass(slots=True)
class Order:
    """What a client asked for; `wrong` is the kind of refusal that it deserves, empty when it deserves none."""

    img_url: str = ""
    webhook: str = ""
    mode: str = "fast"
    scale: float = 0.0
    wrong: str = ""
    without_picture: bool = False
    """Accepted although it names no picture, by a change: a grey one is worked on."""


@dataclass(slots=True)
class Source:
    """The picture of a client; `problem` is "picture" when nothing readable came, "broken" when its pixels are cut."""

    image: Image | None = None
    format: str = "PNG"
    problem: str = ""


@dataclass(slots=True)
class Task:
    """One queued request and its plan: the moments, seconds since 1970, at which each state begins."""

    id: str
    token: str
    number: int
    order: Order
    made: float
    stages: tuple[tuple[float, str], ...]
    source: Source | None = None
    reason: str = ""
    """Why it fails, empty when it does not."""
    reads: int = 0
    told_completed: bool = False
    result: tuple[bytes, str] | None = field(default=None, repr=False)

    @property
    def end(self) -> float:
        """When the work ends."""
        return self.stages[-1][0]


@dataclass(frozen=True, slots=True)
class Facts:
    """What is true of a request at the moment of an answer."""

    task: Task
    state: str
    link: str
    """The address of the result, also before there is one."""
