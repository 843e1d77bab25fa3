"""One request on its way through the steps, and what is known about it so far.

Plain data; the steps that fill it stand in `pipeline`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Mapping

    from greycard_mocks.core.answer import Refusal, Request
    from greycard_mocks.core.contract import Runtime
    from greycard_mocks.core.faults import Fault
    from greycard_mocks.core.plan import Item, TaskPlan
    from greycard_mocks.core.rules import Rules
    from greycard_mocks.core.world import World
    from greycard_mocks.images.store import Source
    from greycard_schemas.loader import Operation


@dataclass(frozen=True, slots=True)
class Said:
    """What a request that was carried out is answered with: one of an operation's answers about one task."""

    operation: Operation
    response: str
    task: TaskPlan
    state: str = ""
    """The name of the task's state, where it is known already."""

    picture_only: bool = False
    """Whether the answer is the result picture itself."""


@dataclass(frozen=True, slots=True)
class Checked:
    """The pictures of a create request: one item each, and the final state they lead to (None: nothing is wrong)."""

    items: tuple[Item, ...]
    outcome: str | None = None
    reason: str = ""
    mask: Source | None = None


@dataclass(slots=True)
class Exchange:
    """One request on its way through the steps."""

    request: Request
    runtime: Runtime
    rules: Rules
    name: str
    """The operation as the journal and the faults name it."""

    parameters: Mapping[str, str]
    now: float = 0.0
    world: World | None = None
    values: dict[str, Any] = field(default_factory=dict)
    files: dict[str, BinaryIO] = field(default_factory=dict)
    pictures: Checked | None = None
    task: TaskPlan | None = None
    refusal: Refusal | None = None
    fault: Fault | None = None
    pause: float = 0.0
    """Seconds of the world that pass before the answer."""
