"""A live target: any server behind a base URL, in real time, with the user's own key, within a budget.

For an address of this machine the suite serves its own pictures and receives deliveries on loopback; for others it
needs to be told where its pictures are and where deliveries can reach it.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import requests

from greycard_client.bounded import BoundedAdapter
from greycard_suite.clock import Pace
from greycard_suite.evidence.journal import EvidenceUnwritableError
from greycard_suite.judge.answers import Judge
from greycard_suite.judge.read_answer import answer_to
from greycard_suite.targets.images import Images
from greycard_suite.targets.interruption import Interruption
from greycard_suite.targets.own_server import OwnServer, start_own_server
from greycard_suite.targets.receiver import Receiver, mark_in, mark_of
from greycard_suite.targets.target import Target
from greycard_suite.targets.waits import Waits
from greycard_suite.targets.wire import ANSWER_SECONDS, Budget, HttpWire

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from greycard_schemas.loader import Vendor
    from greycard_suite.call import Delivery
    from greycard_suite.evidence.journal import Journal
    from greycard_suite.judge.verdicts import Verdicts

THREADS = 8
MISSING = {
    "links": (
        "the target cannot fetch the suite's pictures; "
        "put those of 'greycard images DIR' somewhere public and give --image-base"
    ),
    "bad_links": "the target cannot reach an address of the suite's that fails; give --image-base",
    "redirects": "a link that redirects needs the suite's own server, which only a target on this machine can reach",
    "receiver": "deliveries cannot reach the suite; give --callback-port (and, for a remote target, --callback-host)",
}


class LiveError(ValueError):
    """A live run cannot begin; the message says what is missing."""


class RealClock:
    """The machine's clock; nobody waits on it for a run that was asked to end."""

    def __init__(self, interruption: Interruption) -> None:
        self._interruption = interruption

    def now(self) -> float:
        """Seconds since 1970."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Wait in real time; raises RunInterruptedError once the run is asked to end."""
        if seconds > 0:
            self._interruption.sleep(seconds)


def is_loopback(url: str) -> bool:
    """Whether an address is one of this machine's own."""
    from greycard_mocks.serve import is_loopback as is_own

    return is_own(urlsplit(url).hostname or "")


@dataclass
class LiveTargets:
    """Makes targets of live servers; one session, one pace and one budget for the whole run.

    Keeps `protocol.Targets`.
    """

    judged: Mapping[str, Vendor]
    base_urls: Mapping[str, str]
    credentials: Mapping[str, Mapping[str, str]]
    budget: Budget = field(default_factory=Budget)
    image_base: str = ""
    callback_host: str = ""
    callback_port: int = 0
    patience: float | None = None
    deadline: float = ANSWER_SECONDS
    interruption: Interruption = field(default_factory=Interruption)
    kind: str = "live"
    recorded_kind: str = "live"
    confirms: bool = True
    _wires: dict[str, HttpWire] = field(default_factory=dict)
    _servers: dict[str, OwnServer] = field(default_factory=dict)
    _receivers: dict[str, Receiver] = field(default_factory=dict)
    _waits: dict[str, Waits] = field(default_factory=dict)

    def prepare(self) -> None:
        """Open what the run needs: session, picture server, receiver. Raises LiveError when a port is taken."""
        clock = RealClock(self.interruption)
        for name, url in self.base_urls.items():
            session = requests.Session()
            session.trust_env = False
            for scheme in ("http://", "https://"):
                session.mount(scheme, BoundedAdapter())
            rate = self.judged[name].data.get("rate")
            pace = Pace(rate["limit"] if rate else None, float(rate["window_seconds"]) if rate else 1.0, 0.12)
            self._wires[name] = HttpWire(session, clock, pace, self.budget, wall=clock, deadline=self.deadline)
            local = is_loopback(url)
            registered = any("account" in op.contract["address"] for op in self.judged[name].of_kind("delivery"))
            receives = bool(self.judged[name].of_kind("delivery")) and (
                self.callback_port > 0 if registered else local or bool(self.callback_host)
            )
            if local or receives:
                host = self.callback_host or "127.0.0.1"
                port = self.callback_port if receives and (registered or not local) else 0
                server = (
                    self._servers[f"{port}"]
                    if port and f"{port}" in self._servers
                    else start_own_server(clock, port, everywhere=bool(self.callback_host))
                )
                self._servers[f"{port}" if port else name] = server
                if receives:
                    # vendors that share a port share what arrives there; each has an address of its own
                    address = f"http://{host}:{server.port}/deliveries/{name}"
                    self._receivers[name] = server.receiver.at(address)

    def capabilities(self, vendor: str) -> frozenset[str]:
        """What can be done with this vendor's target beside calling it."""
        found = set()
        if is_loopback(self.base_urls[vendor]):
            found |= {"links", "bad_links", "redirects"}
        elif self.image_base:
            found |= {"links", "bad_links"}
        if vendor in self._receivers:
            found.add("receiver")
        return frozenset(found)

    def why_missing(self, need: str) -> str:
        """Why the target lacks a capability, and what would give it."""
        return MISSING.get(need, f"the target cannot: {need}")

    def target(self, vendor: str, verdicts: Verdicts) -> Target:
        """The target for one test."""
        local = is_loopback(self.base_urls[vendor])
        server = self._servers.get(vendor) or next(iter(self._servers.values()), None)
        base = (
            self.image_base.rstrip("/") + "/"
            if self.image_base
            else (f"http://127.0.0.1:{server.port}/images/" if server else "")
        )
        wire = self._wires[vendor].for_test()
        return Target(
            "live", Judge(self.judged[vendor], verdicts), self.base_urls[vendor].rstrip("/"), wire, wire.clock,
            Images(base, static=bool(self.image_base)), self.capabilities(vendor), self.credentials[vendor],
            self._receivers.get(vendor), None, self.patience or (45.0 if local else 180.0), 0.5 if local else 1.0,
            waits=self._waits.setdefault(vendor, Waits()),
        )  # fmt: skip

    def threads(self, vendor: str) -> int:
        """How many tests may run at once: several only at this machine, and only where no rate is documented."""
        paced = self.judged[vendor].data.get("rate") is not None
        return THREADS if is_loopback(self.base_urls[vendor]) and not paced else 1

    def clean_up(self, target: Target) -> None:
        """Delete at the vendor what a test has created, where the vendor can delete."""
        for operation in target.vendor.of_kind("delete"):
            for task in target.cleanup:
                if task.operation.name == operation.contract["create"]:
                    call = target.send(operation, {operation.contract["task"]["parameter"]: task.task_id})
                    if answer_to(operation, call) == "accepted":
                        target.verdicts.notice("tasks that the suite created were deleted again")
        target.cleanup.clear()

    def is_recorded(self, vendor: str, test: str) -> bool:
        """A live target is always asked."""
        del vendor, test
        return False

    def drop_record(self, vendor: str, test: str) -> bool:
        """There is no record."""
        del vendor, test
        return False

    def write_down_deliveries(self, journal: Journal) -> None:
        """Have what arrives written down as it does; what came for tests that were cut off has arrived already."""
        for name, receiver in self._receivers.items():
            marks = {mark_of(one.place[1], 0).rpartition("-")[0] for one in journal.archive.cut_off()}
            for delivery in journal.archive.deliveries(name):
                mark = mark_in(delivery.path)
                if marks and (not mark or mark.rpartition("-")[0] in marks):
                    receiver.deliveries.append(delivery)
        for server in self._servers.values():
            server.receiver.told = self._teller(server, journal)

    def _teller(self, server: OwnServer, journal: Journal) -> Callable[[Delivery], None]:
        mine = [name for name, one in self._receivers.items() if one.deliveries is server.receiver.deliveries]

        def tell(delivery: Delivery) -> None:
            if mine:
                vendor = next((name for name in mine if delivery.path.startswith(f"/deliveries/{name}")), mine[0])
                with suppress(EvidenceUnwritableError):  # what the test writes next says it too
                    journal.arrived(vendor, self._receivers[vendor].url, self.credentials[vendor], delivery)

        return tell

    def close(self) -> None:
        """Stop listening, close the sessions."""
        for server in self._servers.values():
            server.close()
        for wire in self._wires.values():
            wire.session.close()
