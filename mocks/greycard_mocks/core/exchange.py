"""What passes through the mock: one request as it arrived, what is known about it so far, and the answer.

Plain data; the steps that fill it stand in `pipeline` and `behave`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Mapping

    from greycard_mocks.core.contract import Runtime
    from greycard_mocks.core.faults import Fault
    from greycard_mocks.core.plan import TaskPlan
    from greycard_mocks.core.world import World
    from greycard_schemas.loader import Operation


@dataclass(slots=True)
class Request:
    """One HTTP request. Header names are lower-case; `origin` is scheme and host, for absolute links."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    stream: BinaryIO
    content_length: int | None
    origin: str

    def header(self, name: str) -> str:
        """The value of a header, empty when it was not sent."""
        return self.headers.get(name, "")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is refused: the vendor's error, the statement behind it, and where in the request it went wrong."""

    error: str
    detail: str
    claim: str = ""
    pointer: str = ""


@dataclass(slots=True)
class Answer:
    """What is sent back. `reason` explains a refusal to the user of the mock."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: list[tuple[str, str]] = field(default_factory=list)
    reason: str = ""
    fault: Fault | None = None
    world: World | None = None


@dataclass(slots=True)
class Exchange:
    """One request on its way through the steps."""

    request: Request
    runtime: Runtime
    operation: Operation
    parameters: Mapping[str, str]
    now: float = 0.0
    world: World | None = None
    values: dict[str, Any] = field(default_factory=dict)
    files: dict[str, BinaryIO] = field(default_factory=dict)
    task: TaskPlan | None = None
    refusal: Refusal | None = None
    fault: Fault | None = None
