"""The laboratory of the mocks' tests: an engine in this process, a clock that stands still, a `requests` session."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import requests
from PIL import Image

from greycard_mocks import Mock
from greycard_mocks.app import create_app
from greycard_mocks.clock import VirtualClock
from greycard_mocks.core.scenario import Scenario
from greycard_mocks.egress.guard import EgressError
from greycard_mocks.engine.engine import Engine
from greycard_mocks.web.wsgi_adapter import mount
from greycard_schemas.loader import load_contracts

ORIGIN = "http://greycard.test"
RECEIVER = "http://receiver.test"


class ClosedGuard:
    """An egress guard behind which there is nothing: every address is unreachable."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def fetch(self, url: str, **_: Any) -> Any:
        """Refuse, and remember the address."""
        self.asked.append(url)
        raise EgressError("unreachable", "there is no network in a test")

    post = fetch


class Receiver:
    """Takes deliveries and answers what the test says: one answer per delivery, the last one for ever."""

    def __init__(self, *answers: tuple[int, bytes]) -> None:
        self.answers = list(answers)
        self.got: list[tuple[float, str, dict[str, str], bytes]] = []
        self.now: Callable[[], float] = lambda: 0.0

    def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """Note a delivery and answer it."""
        self.got.append((self.now(), url, dict(headers), body))
        return self.answers[min(len(self.got), len(self.answers)) - 1]


class Lab:
    """All mock vendors in one process with virtual time; `call` is one request to one of them."""

    origin = ORIGIN

    def __init__(
        self,
        vendors: tuple[str, ...] = (),
        *,
        folders: tuple[Path, ...] = (),
        patches: Any = None,
        **variants: str,
    ) -> None:
        self.clock = VirtualClock()
        self.guard = ClosedGuard()
        chosen = {vendors[0]: variants} if variants else None
        contracts = load_contracts(vendors, folders=folders, variants=chosen, patches=patches)
        self.engine = Engine(contracts, clock=self.clock, guard=self.guard, contracts=folders)  # type: ignore[arg-type]
        self.app = create_app(self.engine)
        self.app.testing = True
        self.session = requests.Session()
        self.session.trust_env = False
        mount(self.session, self.app, ORIGIN)

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        """Send one request."""
        url = path if path.startswith("http") else ORIGIN + path
        return self.session.request(method, url, allow_redirects=False, **options)

    def image(self, name: str = "300x200.jpg", **query: Any) -> str:
        """The link of a test picture of the mock's own."""
        text = "&".join(f"{key}={value}" for key, value in query.items())
        return f"{ORIGIN}/_mock/images/{name}{'?' + text if text else ''}"

    def world(self, vendor: str, credential: str = "test-key") -> Any:
        """The world of a credential."""
        """The world of a credential."""
        return self.engine.worlds.world(vendor, credential)

    def force(self, vendor: str, **wish: Any) -> None:
        """The next task of the default world goes as `wish` says."""
        self.world(vendor).add_scenario(Scenario(**wish))

    def pass_time(self, seconds: float) -> None:
        """Advance the base clock; nothing is delivered."""
        self.clock.advance(seconds)

    def advance(self, vendor: str, seconds: float, credential: str = "test-key") -> int:
        """Advance one world and deliver what falls due."""
        return self.engine.time.advance(self.world(vendor, credential), seconds)

    def receive(self, vendor: str, *answers: tuple[int, bytes]) -> Receiver:
        """A receiver of deliveries at RECEIVER with these answers."""
        receiver = Receiver(*(answers or ((200, b'{"code": 0, "msg": "", "data": {"success": true}}'),)))
        receiver.now = self.world(vendor).clock.now
        self.engine.transport.receivers[RECEIVER] = receiver
        return receiver

    def open(self, link: str) -> Image.Image:
        """The picture behind a result link, opened and decoded."""
        answer = self.call("GET", link)
        assert answer.status_code == 200, answer.text
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        picture = Image.open(io.BytesIO(answer.content))
        picture.load()
        return picture

    def close(self) -> None:
        """Give everything back."""
        self.session.close()
        self.engine.close()


@pytest.fixture
def make_lab() -> Iterator[Callable[..., Lab]]:
    """Makes laboratories and clears them away."""
    made: list[Lab] = []

    def make(*vendors: str, **options: Any) -> Lab:
        made.append(Lab(vendors, **options))
        return made[-1]

    yield make
    for lab in made:
        lab.close()


@pytest.fixture
def basic() -> Callable[[str], dict[str, str]]:
    """The Basic header of Wondershare for a text such as ``test-key:secret``."""

    def header(text: str = "test-key:secret") -> dict[str, str]:
        return {"Authorization": "Basic " + base64.b64encode(text.encode()).decode()}

    return header


@pytest.fixture
def as_json() -> Callable[[bytes], Any]:
    """Parses bytes as JSON."""
    return json.loads


@pytest.fixture
def mock() -> Iterator[Mock]:
    """A mock of its own without a port."""
    with Mock(in_process=True) as made:
        yield made
