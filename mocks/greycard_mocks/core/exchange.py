"""One request on its way through the steps, and what is known about it so far.

Plain data; the steps that fill it stand in `pipeline`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from greycard_mocks.core.answer import Refusal, Request
    from greycard_mocks.core.contract import Runtime
    from greycard_mocks.core.faults import Fault
    from greycard_mocks.core.plan import Item, TaskPlan
    from greycard_mocks.core.rules import Rules
    from greycard_mocks.core.world import World
    from greycard_mocks.images.inspect import Picture
    from greycard_mocks.images.store import Source
    from greycard_schemas.loader import Operation


class Said(msgspec.Struct, frozen=True):
    """What a request that was carried out is answered with: one of an operation's answers about one task."""

    operation: Operation
    response: str
    task: TaskPlan
    state: str = ""
    """The name of the task's state, where it is known already."""

    picture_only: bool = False
    """Whether the answer is the result picture itself."""


class Checked(msgspec.Struct, frozen=True):
    """The pictures of a create request: one item each, and the final state they lead to (None: nothing is wrong)."""

    items: tuple[Item, ...]
    outcome: str | None = None
    reason: str = ""
    mask: Source | None = None


class Beyond(msgspec.Struct, frozen=True):
    """What lies beyond a limit of pictures, so that other readings can be held against it: one of these."""

    picture: Picture | None = None
    file_bytes: int | None = None
    body_bytes: int | None = None
    """The declared length of the whole body, of which nothing was read."""

    is_link: bool = False
    """More lies behind a link than is read; how much, nobody knows."""


class Exchange(msgspec.Struct):
    """One request on its way through the steps."""

    request: Request
    runtime: Runtime
    rules: Rules
    name: str
    """The operation as the journal and the faults name it."""

    parameters: Mapping[str, str]
    now: float = 0.0
    world: World | None = None
    values: dict[str, Any] = {}
    files: dict[str, BinaryIO] = {}
    dropped: tuple[str, ...] = ()
    """Fields that were sent in a form in which the vendor does not look at them."""

    pictures: Checked | None = None
    beyond: Beyond | None = None
    task: TaskPlan | None = None
    refusal: Refusal | None = None
    fault: Fault | None = None
    pause: float = 0.0
    """Seconds of the world that pass before the answer."""
