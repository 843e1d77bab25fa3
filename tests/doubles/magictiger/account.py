"""What the vendor knows: the account, its tasks, and the state of each task as a function of its plan and the time."""

from __future__ import annotations

import base64
import hashlib
import math
import uuid
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, ClassVar, TypeVar

from doubles.double import Change, Condition, Double, Outside, Personality
from doubles.magictiger.changes import CHANGES
from doubles.magictiger.personalities import CONDITIONS, PERSONALITIES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from doubles.magictiger.pictures import Picture, Recipe

T = TypeVar("T")

CREATE_FAILED = 1001001
BAD_LINK = 1001002
TOO_LARGE = 1001003
BAD_TYPE = 1001004
UNKNOWN = 1002001
DELETED = 1002002
NO_BALANCE = 1003002


class Stage(IntEnum):
    """The states of a task, with the numbers that the plain double tells."""

    WAITING = 0
    PROCESSING = 1
    COMPLETED = 2
    FAILED = 3
    UPLOADING = 4


@dataclass(slots=True, eq=False)
class Task:
    """One task: what was sent, and the plan that was made when it was taken."""

    number: int
    identity: str
    link: str
    kind: int
    private: str | None
    picture: Picture | None
    created: float
    starts: float
    ends: float
    failure: int
    deliver_to: str
    deleted: bool = False
    reads: int = 0
    reads_when_done: int = 0

    @property
    def key(self) -> str:
        """What links to files of this task name it by."""
        return hashlib.sha1(f"{self.number} {self.identity}".encode(), usedforsecurity=False).hexdigest()[:20]

    @property
    def over(self) -> bool:
        """Whether it ever ends."""
        return math.isfinite(self.ends)


class Account(Double):
    """The account of the one customer."""

    host: ClassVar[str] = "api.magictiger.test"
    credentials: ClassVar[tuple[str, ...]] = ("mt-5f0c2b9e41d74a3c8e6d",)
    personalities: ClassVar[Mapping[str, Personality]] = PERSONALITIES
    conditions: ClassVar[Mapping[str, Condition]] = CONDITIONS
    changes: ClassVar[Mapping[str, Change]] = CHANGES

    def __init__(
        self, outside: Outside, traits: tuple[str, ...] = (), *, callback_url: str = "", base: str = ""
    ) -> None:
        super().__init__(outside, traits, callback_url=callback_url, base=base)
        self.opened = outside.now()
        self.tasks: list[Task] = []
        self.by_identity: dict[str, Task] = {}
        self.by_key: dict[str, Task] = {}
        self.made: dict[tuple[bytes, Recipe], Picture] = {}
        self.requests = 0
        self.balance = self.pick(math.inf, no_balance=0, balance_two=2, balance_code=3)

    def pick(self, plain: T, **others: T) -> T:
        """The value of the first of these traits that is on, else the plain one."""
        return next((value for trait, value in others.items() if self.has(trait)), plain)

    def new_identity(self, number: int) -> str:
        """An id that looks random and is the same in every run."""
        if self.has("create_id_shared"):
            number = (number + 1) // 2
        digest = hashlib.sha512(f"magictiger {number}".encode()).digest()
        return self.pick(
            digest.hex()[:24],
            id_uuid=str(uuid.UUID(bytes=digest[:16], version=4)),
            create_taskid_number=str(int.from_bytes(digest[:6], "big")),
            id_digits=str(int.from_bytes(digest[:7], "big") + 10**17),
            id_long=(digest.hex() * 2)[:160],
            id_symbols=f"{base64.b64encode(digest[:11]).decode()}+/{number}==",
            id_short=f"t{number}",
        )

    def plan(self, number: int, now: float) -> tuple[float, float]:
        """When a task starts and when it ends."""
        wait, work = 0.3 + 0.2 * (number % 3), 0.9 + 0.4 * (number % 2)
        wait, work = self.pick(
            (wait, work),
            instant=(0.0, 0.0),
            slow=(5.0, 15.0),
            uneven=(3.0, 7.0) if number % 4 == 0 else (0.2, 0.3),
            no_waiting=(0.0, work),
            no_processing=(wait + work, 0.0),
        )
        if self.has("never_ends"):
            work = math.inf
        return now + wait, now + wait + work

    def stage(self, task: Task) -> Stage:
        """The state of a task now."""
        now = self.outside.now()
        if now < task.starts:
            return Stage.WAITING
        if now < task.ends:
            uploading = self.has("status_uploading") and now >= task.ends - 0.5
            return Stage.UPLOADING if uploading else Stage.PROCESSING
        return Stage.FAILED if task.failure else Stage.COMPLETED

    def number_of(self, stage: Stage) -> int:
        """The number that tells this state."""
        number = int(stage)
        negative = -1 if stage is Stage.FAILED else number
        return self.pick(
            number, status_tens=(number + 1) * 10, status_from_one=number + 1, status_failed_negative=negative
        )

    def place(self, task: Task, stage: Stage) -> int:
        """The place of a task in the queue."""
        if stage is not Stage.WAITING:
            return self.pick(0, queue_done_minus_one=-1)
        now = self.outside.now()
        ahead = sum(1 for other in self.tasks[: task.number - 1] if now < other.starts and not other.deleted)
        return self.pick(ahead + 1, queue_from_zero=ahead, queue_long=ahead + 100_001)
