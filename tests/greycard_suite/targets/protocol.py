"""What the runner asks of whoever makes the targets of a run: the mock, live vendors, a recorded run, a resumed one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from greycard_suite.judge.verdicts import Verdicts
    from greycard_suite.targets.target import Target
    from greycard_suite.targets.wire import Budget


class Targets(Protocol):
    """Makes a target for each try of each test, and says what can be done with the targets of each vendor."""

    @property
    def kind(self) -> str:
        """What the run calls itself: mock, live or replay."""
        ...

    @property
    def recorded_kind(self) -> str:
        """What gave the answers, now or when they were recorded: mock or live."""
        ...

    @property
    def confirms(self) -> bool:
        """Whether a violation is tried once more, with a fresh target, before it is reported."""
        ...

    @property
    def budget(self) -> Budget:
        """What the run may spend."""
        ...

    @property
    def credentials(self) -> Mapping[str, Mapping[str, str]]:
        """The user's own credentials by vendor, which nothing that is written may hold; empty where there are none."""
        ...

    def capabilities(self, vendor: str) -> frozenset[str]:
        """What can be done with this vendor's target beside calling it."""
        ...

    def why_missing(self, need: str) -> str:
        """Why the targets lack a capability, and what would give it."""
        ...

    def threads(self, vendor: str) -> int:
        """How many tests of this vendor may run at once."""
        ...

    def target(self, vendor: str, verdicts: Verdicts) -> Target:
        """The target for the next try of the test whose findings `verdicts` takes."""
        ...

    def clean_up(self, target: Target) -> None:
        """Take away at the vendor what a test has created."""
        ...

    def is_recorded(self, vendor: str, test: str) -> bool:
        """Whether a test needs no request, because its answers are on record."""
        ...

    def drop_record(self, vendor: str, test: str) -> bool:
        """The record of this test breaks off: ask the vendor instead. False where that cannot be done."""
        ...

    def close(self) -> None:
        """Give back what the run has opened."""
        ...
