"""Goes on with a live run that was cut off: what its evidence holds is judged from there, the rest is asked live."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from greycard_suite.judge.verdicts import Verdicts
    from greycard_suite.targets.live import LiveTargets
    from greycard_suite.targets.replay import ReplayTargets
    from greycard_suite.targets.target import Target
    from greycard_suite.targets.wire import Budget


@dataclass
class ResumedTargets:
    """Targets of a live run whose first part is recorded. Keeps `protocol.Targets`.

    A test whose record breaks off is asked live from its start.
    """

    live: LiveTargets
    recorded: ReplayTargets
    kind: str = "live"
    recorded_kind: str = "live"
    confirms: bool = True
    _incomplete: set[tuple[str, str]] = field(default_factory=set)

    @property
    def budget(self) -> Budget:
        """What the rest of the run may spend."""
        return self.live.budget

    @property
    def credentials(self) -> Mapping[str, Mapping[str, str]]:
        """The user's own credentials by vendor."""
        return self.live.credentials

    def capabilities(self, vendor: str) -> frozenset[str]:
        """What can be done with this vendor's live target."""
        return self.live.capabilities(vendor)

    def why_missing(self, need: str) -> str:
        """Why the live target lacks a capability, and what would give it."""
        return self.live.why_missing(need)

    def threads(self, vendor: str) -> int:
        """How many tests of the live target may run at once."""
        return self.live.threads(vendor)

    def is_recorded(self, vendor: str, test: str) -> bool:
        """Whether a test needs no request, because its evidence is there."""
        return (vendor, test) not in self._incomplete and self.recorded.is_recorded(vendor, test)

    def target(self, vendor: str, verdicts: Verdicts) -> Target:
        """The recorded target of a test where there is one, otherwise the live one."""
        source = self.recorded if self.is_recorded(vendor, verdicts.test) else self.live
        return source.target(vendor, verdicts)

    def clean_up(self, target: Target) -> None:
        """Delete what a live test created; what a recorded one created was dealt with when it ran."""
        if self.live.made(target):
            self.live.clean_up(target)

    def drop_record(self, vendor: str, test: str) -> bool:
        """The record of this test breaks off: ask live. False when that has been said before."""
        if not self.is_recorded(vendor, test):
            return False
        self._incomplete.add((vendor, test))
        return True

    def close(self) -> None:
        """Stop listening, close the sessions."""
        self.live.close()
