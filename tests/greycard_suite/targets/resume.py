"""Goes on with a live run that was cut off: what its evidence holds is judged from there, the rest is asked live."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from greycard_suite.judge.verdicts import Verdicts
    from greycard_suite.targets.live import LiveTargets
    from greycard_suite.targets.replay import ReplayTargets
    from greycard_suite.targets.target import Target


@dataclass
class ResumedTargets:
    """Targets of a live run whose first part is recorded.

    A test whose record breaks off is asked live from its start.
    """

    live: LiveTargets
    recorded: ReplayTargets
    kind: str = "live"
    _incomplete: set[tuple[str, str]] = field(default_factory=set)

    def __getattr__(self, name: str) -> Any:
        """All that is not said here is as of the live targets."""
        return getattr(self.live, name)

    def is_recorded(self, vendor: str, test: str) -> bool:
        """Whether a test needs no request, because its evidence is there."""
        return (vendor, test) not in self._incomplete and self.recorded.has_record(vendor, test)

    def target(self, vendor: str, verdicts: Verdicts) -> Target:
        """The recorded target of a test where there is one, otherwise the live one."""
        source = self.recorded if self.is_recorded(vendor, verdicts.test) else self.live
        return source.target(vendor, verdicts)

    def clean_up(self, target: Target) -> None:
        """Delete what a live test created; what a recorded one created was dealt with when it ran."""
        if target.wire.session is self.live.wires()[target.vendor.name].session:
            self.live.clean_up(target)

    def drop_record(self, vendor: str, test: str) -> bool:
        """The record of this test breaks off: ask live. False when that has been said before."""
        if not self.is_recorded(vendor, test):
            return False
        self._incomplete.add((vendor, test))
        return True
