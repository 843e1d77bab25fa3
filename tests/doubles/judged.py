"""Runs the suite over a double, as over a vendor, in virtual time: no socket is opened and nobody waits."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import requests

from doubles.double import Answer, Double, Request
from greycard_mocks.clock import VirtualClock
from greycard_mocks.images.origin import image_blocks, parse_image_request
from greycard_mocks.web.wsgi_adapter import mount
from greycard_schemas.loader import load_contracts
from greycard_suite.clock import Pace
from greycard_suite.judge.answers import Judge
from greycard_suite.runner.run import run_suite
from greycard_suite.targets.images import Images
from greycard_suite.targets.receiver import Receiver
from greycard_suite.targets.target import Target
from greycard_suite.targets.wire import Budget, HttpWire
from greycard_suite.tools.drift_runs import AS_LIVE, WITHOUT_HISTORIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from greycard_schemas.loader import Vendor
    from greycard_suite.judge.verdicts import Verdicts
    from greycard_suite.runner.run import Report

VENDORS = ("enhancor", "magictiger", "picwish", "wondershare")
ORIGIN = "http://double.test"
PICTURES = "http://pictures.test/images/"
RECEIVER = "http://receiver.test/callback"


def double_of(vendor: str) -> type[Double]:
    """The class of the vendor's double."""
    return import_module(f"doubles.{vendor}").DOUBLE  # type: ignore[no-any-return]


class Stage:
    """The time of a double, and what stands around it: pictures behind links, and the suite's receiver."""

    def __init__(self) -> None:
        self._clock = VirtualClock()
        self.receiver = Receiver(RECEIVER, self)
        self.double: Double | None = None

    def now(self) -> float:
        """Seconds since 1970."""
        return self._clock.now()

    def sleep(self, seconds: float) -> None:
        """Move the time, and have the double do what falls due."""
        end = self.now() + max(0.0, seconds)
        while self.double and (due := self.double.next_due()) is not None and due <= end:
            self._clock.advance(max(0.0, due - self.now()))
            self.double.run_due()
        self._clock.advance(max(0.0, end - self.now()))

    def fetch(self, url: str) -> Answer:
        """One of the suite's pictures."""
        parts = urlsplit(url)
        if not url.startswith(PICTURES):
            return Answer(0)
        try:
            wanted = parse_image_request(parts.path.removeprefix("/images/"), parts.query)
        except ValueError:
            return Answer(400)
        if wanted.redirect:
            return Answer(302, headers={"Location": url.partition("?")[0]})
        if wanted.status != 200:
            return Answer(wanted.status)
        return Answer(200, b"".join(image_blocks(wanted)), {"Content-Type": wanted.content_type})

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """One delivery to the suite."""
        parts, wanted = urlsplit(url), urlsplit(RECEIVER)
        if parts.netloc != wanted.netloc:
            return Answer(0)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        status, answered = self.receiver.receive(path, headers, body)
        return Answer(status, answered)


def application(double: Double, sleep: Callable[[float], None]) -> Callable[..., Iterable[bytes]]:
    """The double as a WSGI application."""

    def called(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name[:5] == "HTTP_"}
        for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            if environ.get(name):
                headers[name.replace("_", "-").lower()] = environ[name]
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length) if length else b""
        path = unquote(environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "replace"))
        double.run_due()
        answer = double.answer(Request(environ["REQUEST_METHOD"], path, environ.get("QUERY_STRING", ""), headers, body))
        sleep(answer.seconds)
        sent = {"Content-Length": str(len(answer.body)), **answer.headers}
        start_response(f"{answer.status} Answer", list(sent.items()))
        return [answer.body]

    return called


class DoubleTargets:
    """A fresh double for every test. Keeps `protocol.Targets`."""

    kind = recorded_kind = "live"
    confirms = False

    def __init__(self, vendor: Vendor, traits: tuple[str, ...] = ()) -> None:
        double_of(vendor.name)(Stage(), traits)  # raises ValueError where there is no such trait
        self._vendor, self._traits = vendor, traits
        self.budget = Budget()
        self.credentials: Mapping[str, Mapping[str, str]] = {}

    def capabilities(self, vendor: str) -> frozenset[str]:
        """What can be done at a vendor that reaches the suite."""
        del vendor
        return AS_LIVE

    def why_missing(self, need: str) -> str:
        """Why a test that needs this does not run."""
        return f"this target has no {need}"

    def threads(self, vendor: str) -> int:
        """One test at a time: nobody waits."""
        del vendor
        return 1

    def target(self, vendor: str, verdicts: Verdicts) -> Target:
        """A fresh double."""
        stage, made = Stage(), double_of(vendor)
        stage.double = made(stage, self._traits, callback_url=RECEIVER, base=ORIGIN)
        session = requests.Session()
        session.trust_env = False
        mount(session, application(stage.double, stage.sleep), ORIGIN)
        rate = self._vendor.data.get("rate")
        pace = Pace(rate["limit"] if rate else None, rate["window_seconds"] if rate else 1.0, 0.0)
        wire = HttpWire(session, stage, pace, self.budget, wall=stage)
        credentials = dict(zip(self._vendor.credentials, made.credentials, strict=False))
        return Target(
            "live", Judge(self._vendor, verdicts), ORIGIN, wire, stage, Images(PICTURES), AS_LIVE, credentials,
            stage.receiver,
        )  # fmt: skip

    def clean_up(self, target: Target) -> None:
        """Nothing outlives its test."""

    def is_recorded(self, vendor: str, test: str) -> bool:
        """Nothing is on record."""
        del vendor, test
        return False

    def drop_record(self, vendor: str, test: str) -> bool:
        """There is nobody else to ask."""
        del vendor, test
        return False

    def close(self) -> None:
        """Nothing is open."""


def judged(vendor: str, traits: tuple[str, ...] = (), *, select: str = WITHOUT_HISTORIES) -> Report:
    """One run of the suite over the double of this vendor with these traits."""
    contracts = load_contracts([vendor])
    report, _ = run_suite(DoubleTargets(contracts[vendor], traits), contracts, started=0, select=select)
    return report
