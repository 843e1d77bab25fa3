"""Vendors are answered past Flask: all doors give the same answers, the same journal, the same state.

Histories of requests (valid, broken, at the edges), faults, passing time and drawn freedoms go to two mocks that are
alike, to one over a socket or through the adapter in the same process, and to the other through the Flask application
as any WSGI server would call it.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import io
import json
import threading
from collections.abc import Iterator
from typing import Any, cast
from urllib.parse import unquote_to_bytes, urlencode, urlsplit

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from requests import ConnectionError as RequestsConnectionError
from requests import PreparedRequest
from requests.structures import CaseInsensitiveDict

from greycard_mocks.app import create_app
from greycard_mocks.clock import VirtualClock
from greycard_mocks.core.faults import FaultError, kinds_of
from greycard_mocks.core.journal import Journal
from greycard_mocks.core.world import World
from greycard_mocks.egress.guard import EgressError
from greycard_mocks.engine.engine import Engine
from greycard_mocks.engine.snapshot import export_world
from greycard_mocks.images.testcards import card
from greycard_mocks.web.server import start
from greycard_mocks.web.wsgi_adapter import WSGIAdapter
from greycard_schemas.examples.requests import addressed, base_request, broken, edges
from greycard_schemas.loader import Operation, load_contracts

pytestmark = pytest.mark.wire

ORIGIN = "http://greycard.test"
CONTRACTS = load_contracts()
EXAMPLES = settings().max_examples // 2
"""Each is a history of some ten requests."""

OWN_TO_A_DOOR = {"date", "server", "connection", "transfer-encoding"}
KEYS = {
    "picwish": ("X-API-KEY", "{}"),
    "enhancor": ("x-api-key", "{}"),
    "magictiger": ("token", "{}"),
    "wondershare": ("Authorization", "Basic {}"),
}
LINKS = (
    f"{ORIGIN}/_mock/images/300x300.png",
    f"{ORIGIN}/_mock/images/20x20.gif",
    "http://nowhere.test/a.jpg",
    "nonsense",
)
MULTIPART = "multipart/form-data; boundary=B"
BROKEN = "the connection was broken off"

Answer = tuple[Any, list[tuple[str, str]], bytes]


class Nowhere:
    """An egress guard behind which there is nothing; it counts what the event loop asks, which must not wait."""

    def __init__(self) -> None:
        self.asked_by_loop = 0

    def fetch(self, url: str, **_: Any) -> Any:
        """Refuse every address."""
        self.asked_by_loop += threading.current_thread().name == "greycard-server"
        raise EgressError("unreachable", f"there is no {url}")

    post = fetch


class Doors:
    """Two mocks that are alike: `self.socket` behind the web server, `self.flask` behind the application."""

    def __init__(self) -> None:
        self.guard = cast("Any", Nowhere())
        self.socket, self.flask = (
            Engine(CONTRACTS, clock=VirtualClock(), guard=self.guard, origin=ORIGIN) for _ in range(2)
        )
        self.app = create_app(self.flask)
        self.why: Exception | None = None
        """What broke the connection last."""

        self.server = start(create_app(self.socket), way=self.socket.way)
        self.connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)

    def both(self, vendor: str, key: str) -> tuple[World, World]:
        """The world of a key in each."""
        return self.socket.worlds.world(vendor, key), self.flask.worlds.world(vendor, key)

    def forget(self, vendor: str) -> None:
        """Begin anew."""
        for engine in (self.socket, self.flask):
            for world in engine.worlds:
                engine.worlds.forget(world)
            engine.worlds.unmatched.clear()
            assert not list(engine.worlds), vendor

    def over_socket(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        """What the web server answers."""
        sent = {"Host": "greycard.test", **headers, "Content-Length": str(len(body))}
        try:
            self.connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            for name, value in sent.items():
                self.connection.putheader(name, value)
            self.connection.endheaders(body)
            answer = self.connection.getresponse()
            content = answer.read()
        except (http.client.HTTPException, OSError, ValueError) as error:
            self.connection.close()
            self.why = error
            return BROKEN, [], b""
        return answer.status, _compared(answer.getheaders()), content

    def through_flask(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        """What the Flask application answers."""
        parts = urlsplit(target)
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method, "SCRIPT_NAME": "", "QUERY_STRING": parts.query,
            "PATH_INFO": unquote_to_bytes(target.partition("?")[0]).decode("latin-1"),
            "SERVER_NAME": "greycard.test", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "greycard.test", "CONTENT_LENGTH": str(len(body)),
            "wsgi.version": (1, 0), "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(), "wsgi.multithread": True, "wsgi.multiprocess": False, "wsgi.run_once": False,
        }  # fmt: skip
        for name, value in headers.items():
            key = name.upper().replace("-", "_")
            environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
        started: list[Any] = []
        start_response: Any = lambda *given: started.append(given)  # noqa: E731 - needs no name
        blocks: Any = self.app(environ, start_response)
        try:
            content = b"".join(blocks)
        finally:
            blocks.close()
        if "greycard.fault" in environ:
            return BROKEN, [], b""
        status, sent, *_ = started[0]
        return int(status.split()[0]), _compared(sent), content

    def told(self) -> Iterator[Any]:
        """What each mock has to say of what happened, in pairs."""
        yield from _entries(self.socket.worlds.unmatched, self.flask.worlds.unmatched)
        worlds = [sorted(engine.worlds, key=lambda world: world.id) for engine in (self.socket, self.flask)]
        yield tuple([world.id for world in some] for some in worlds)
        for here, there in zip(*worlds, strict=True):
            yield export_world(self.socket, here), export_world(self.flask, there)
            yield from _entries(here.journal, there.journal)

    def close(self) -> None:
        """Stop."""
        self.connection.close()
        self.server.close()
        self.socket.close()
        self.flask.close()


def _entries(here: Journal, there: Journal) -> Iterator[tuple[Any, Any]]:
    yield here.count, there.count
    for one, other in zip(here.entries, there.entries, strict=True):
        yield one.as_json(), other.as_json()


def _compared(headers: Any) -> list[tuple[str, str]]:
    return sorted((name.lower(), value) for name, value in headers if name.lower() not in OWN_TO_A_DOOR)


class InProcess(Doors):
    """As `Doors`, but that the first mock is asked through the adapter of `requests`, which opens no socket."""

    def __init__(self) -> None:
        super().__init__()
        self.adapter = WSGIAdapter(create_app(self.socket), self.socket.handle)

    def over_socket(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        """What the adapter answers."""
        request = PreparedRequest()
        request.method, request.url, request.body = method, ORIGIN + target, body
        request.headers = CaseInsensitiveDict({**headers, "Content-Length": str(len(body))})
        try:
            answer = self.adapter.send(request)
        except RequestsConnectionError as error:
            self.why = error
            return BROKEN, [], b""
        return answer.status_code, _compared(answer.headers.items()), answer.content


@pytest.fixture(scope="module", params=[Doors, InProcess], ids=["over a socket", "in process"])
def doors(request: pytest.FixtureRequest) -> Iterator[Doors]:
    """Both mocks, for all examples."""
    made: Doors = request.param()
    yield made
    made.close()


def bodies(operation: Operation) -> st.SearchStrategy[tuple[str, Any]]:
    """How a body is encoded and what it holds: all well, at the edges, breaking a statement, or none at all."""
    base = [base_request(operation), *(values for _, values, _ in edges(operation))]
    values = st.sampled_from([*base, *base, *(one.values for one in broken(operation))])
    link = st.sampled_from(LINKS)
    sent = st.builds(lambda one, picture: addressed(one, picture, "http://receiver.test/"), values, link)
    good = st.tuples(st.sampled_from(["application/json", "application/x-www-form-urlencoded", MULTIPART]), sent)
    types = st.sampled_from(["", "application/json", "text/plain", "multipart/form-data", 'application/json; x="y'])
    odd = st.tuples(types, st.binary(max_size=40))
    deep = st.just(("application/json", b"[" * 200))
    return st.one_of(good, good, good, odd, deep)


def encoded(kind: str, values: Any) -> bytes:
    """A body in this encoding; bytes are sent as they are."""
    if isinstance(values, bytes):
        return values
    if kind == "application/json":
        return json.dumps(values).encode()
    fields = values if isinstance(values, dict) else {"value": values}
    if kind != MULTIPART:
        return urlencode(fields, errors="replace").encode()
    parts = [f'--B\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode() for k, v in fields.items()]
    head = b'--B\r\nContent-Disposition: form-data; name="image_file"; filename="a.jpg"\r\n\r\n'
    return b"".join([*parts, head, card(40, 30, "jpeg"), b"\r\n--B--\r\n"])


def steps(vendor: str) -> st.SearchStrategy[list[tuple[Any, ...]]]:
    """A history: requests to a vendor, and what happens between them."""
    operations = [one for one in CONTRACTS[vendor].operations.values() if one.kind != "delivery"]
    keys = st.sampled_from(["test-a", "test-a", "test-a", "test-b", "wrong", ""])
    calls = [
        st.tuples(
            st.just("call"),
            st.just(one.name),
            keys,
            bodies(one),
            st.sampled_from([one.method, one.method, "HEAD", "PUT"]),
        )
        for one in operations
    ]
    strange = st.tuples(
        st.just("stray"),
        st.sampled_from(["GET", "POST", "DELETE", "OPTIONS", "HEAD"]),
        st.sampled_from(
            ["/", "//", "/api//x?y=%41", "/api/%E4%F6/%00", "/_mock/nothing", "/v1/nowhere/", "/%2F%2e%2e"]
        ),
        keys,
    )
    time = st.tuples(st.just("advance"), st.sampled_from([0.0, 0.5, 3.0, 40.0, 4000.0]))
    fault = st.tuples(
        st.just("fault"),
        st.sampled_from(kinds_of("wire", "answer", "delivery")),
        st.integers(0, 3),
        st.sampled_from([0.0, 0.3, 1.0]),
    )
    more = [
        st.tuples(st.just("download"), st.integers(0, 5), st.sampled_from(["", "&x=1", "?"])),
        st.tuples(st.just("settings"), st.sampled_from([{"rate_limit": 1}, {"rate_limit": None}, {"balance": 0}])),
        st.tuples(st.just("freedoms"), st.integers(0, 200)),
    ]
    return st.lists(st.one_of(*calls, *calls, *calls, strange, time, time, fault, *more), min_size=4, max_size=14)


class History:
    """One history, told to both mocks."""

    def __init__(self, doors: Doors, vendor: str) -> None:
        self.doors, self.vendor = doors, vendor
        self.tasks: list[str] = []
        self.links: list[str] = []
        doors.forget(vendor)

    def do(self, step: tuple[Any, ...]) -> None:
        """Do one step on both sides, and hold what comes of it against each other."""
        kind, *rest = step
        getattr(self, f"_{kind}")(*rest)

    def _send(self, method: str, target: str, headers: dict[str, str], body: bytes) -> None:
        one = self.doors.over_socket(method, target, headers, body)
        other = self.doors.through_flask(method, target, headers, body)
        if other[0] == BROKEN:
            self.doors.connection.close()
            if method == "HEAD":
                return  # nothing is missing that a head alone would show
        assert one == other, (method, target, headers, body[:200], self.doors.why)
        self._learn(one[2])

    def _call(self, name: str, key: str, sent: tuple[str, Any], method: str) -> None:
        operation = CONTRACTS[self.vendor].operations[name]
        headers, body = {"Content-Type": sent[0]}, encoded(*sent)
        known = self.tasks[-1] if self.tasks else "nothing"
        path = operation.path
        for part in path.split("/"):
            path = path.replace(part, known) if part.startswith("{") else path
        parameter = operation.contract.get("task", {}).get("parameter", "")
        if self.tasks and headers["Content-Type"] == "application/json" and body.startswith(b"{"):
            values = json.loads(body)
            body = json.dumps({**values, parameter: known} if parameter in values else values).encode()
        self._send(method, path, {**self._credential(key), **headers}, body)

    def _stray(self, method: str, target: str, key: str) -> None:
        self._send(method, target, self._credential(key), b"")

    def _credential(self, key: str) -> dict[str, str]:
        name, form = KEYS[self.vendor]
        secret = base64.b64encode(f"{key}:secret".encode()).decode() if self.vendor == "wondershare" else key
        return {name: form.format(secret)} if key else {}

    def _download(self, index: int, more: str) -> None:
        if self.links:
            self._send("GET", self.links[index % len(self.links)] + more, {}, b"")

    def _advance(self, seconds: float) -> None:
        for engine in (self.doors.socket, self.doors.flask):
            for world in engine.worlds:
                engine.time.advance(world, seconds)

    def _fault(self, kind: str, seed: int, seconds: float) -> None:
        for world in self.doors.both(self.vendor, "test-a"):
            with contextlib.suppress(FaultError):  # the vendor delivers nothing
                world.add_fault(kind, seed=seed, **({"seconds": seconds} if kind in ("latency", "dribble") else {}))

    def _settings(self, wanted: dict[str, Any]) -> None:
        for world in self.doors.both(self.vendor, "test-a"):
            for name, value in wanted.items():
                setattr(world, name, value)

    def _freedoms(self, seed: int) -> None:
        for engine in (self.doors.socket, self.doors.flask):
            world = engine.worlds.world(self.vendor, "test-a")
            engine.variants.change(world, freedoms=engine.readings.drawn(self.vendor, seed))

    def _learn(self, content: bytes) -> None:
        """Task ids and links that an answer tells."""
        try:
            told = json.loads(content)
        except ValueError:
            return
        stack = [told]
        while stack:
            one = stack.pop()
            if isinstance(one, dict | list):
                stack.extend(one.values() if isinstance(one, dict) else one)
            elif isinstance(one, str) and one.startswith(f"{ORIGIN}/_mock/results/"):
                self.links.append(one.removeprefix(ORIGIN))
        for world in self.doors.socket.worlds:
            self.tasks = list(world.tasks) or self.tasks


@pytest.mark.parametrize("vendor", sorted(CONTRACTS))
def test_both_doors_say_the_same(doors: Doors, vendor: str) -> None:
    """Same status, headers and bytes; the same entries in the same journals; the same worlds in the end."""

    @settings(
        suppress_health_check=list(HealthCheck),
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        max_examples=EXAMPLES,
    )
    @given(steps(vendor))
    def told(history: list[tuple[Any, ...]]) -> None:
        both = History(doors, vendor)
        for step in history:
            both.do(step)
        for here, there in doors.told():
            assert here == there

    told()
