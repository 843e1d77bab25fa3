"""The burdens beside which the mock must stay calm; each is a context in which it lasts."""

from __future__ import annotations

import base64
import http.client
import json
import threading
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from bench.calm.crowd import Crowd, crowds, silent_listeners

CREATE = "/api/tasks/visual/scale"
KEY = {"X-API-KEY": "test-burden"}
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PATIENCE = 18.0  # seconds; what the server gives up after 15 s falls within
WEBHOOKS = 1000


class BurdenError(Exception):
    """The mock did not do what a burden needs; the message says what it answered."""


@dataclass(frozen=True, slots=True)
class Mock:
    """Where the mock listens."""

    host: str
    port: int

    @property
    def address(self) -> tuple[str, int]:
        """Host and port, to connect to."""
        return self.host, self.port

    @property
    def url(self) -> str:
        """Its base URL."""
        return f"http://{self.host}:{self.port}"

    def bytes_of(self, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
        """A request as it goes over the wire; the caller says Content-Length where it is another than the body's."""
        told = {"Host": f"{self.host}:{self.port}", "Content-Length": str(len(body)), **headers}
        head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
        return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body

    def ask(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
        """The JSON of the answer to a request with a JSON body. Raises `BurdenError` unless its status is below 300."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=60)
        try:
            sent = None if body is None else json.dumps(body)
            connection.request(method, path, sent, {**(JSON if sent else {}), **(headers or {})})
            answer = connection.getresponse()
            came = answer.read()
        finally:
            connection.close()
        if answer.status >= 300:
            raise BurdenError(f"{method} {path}: {answer.status} {came[:300]!r}")
        return json.loads(came)

    def settings(self, world: str, **settings: Any) -> None:
        """Change the settings of a world."""
        self.ask("PATCH", f"/_mock/worlds/{world}/settings", settings)

    def clock(self, world: str, action: str, **options: Any) -> None:
        """Steer the clock of a world."""
        self.ask("POST", f"/_mock/worlds/{world}/clock", {"action": action, **options})

    def create(self, key: dict[str, str], size: str, seed: int = 0) -> str:
        """The id of a new task of PicWish for one of the mock's own pictures."""
        form = f"type=clean&image_url={self.url}/_mock/images/{size}.jpg?seed={seed}".encode()
        connection = http.client.HTTPConnection(self.host, self.port, timeout=60)
        try:
            connection.request("POST", CREATE, form, {**FORM, **key})
            came = connection.getresponse().read()
        finally:
            connection.close()
        try:
            return str(json.loads(came)["data"]["task_id"])
        except (ValueError, KeyError):
            raise BurdenError(f"no task: {came[:300]!r}") from None


@dataclass(frozen=True, slots=True)
class Burden:
    """What weighs on the mock, and how many seconds it is watched; None for as long as the others."""

    name: str
    weigh: Callable[[Mock], AbstractContextManager[None]]
    seconds: float | None = None


def silent(mock: Mock) -> AbstractContextManager[None]:
    """Connections on which nothing is said."""
    return crowds(Crowd(mock.address, 500))


def slow_heads(mock: Mock) -> AbstractContextManager[None]:
    """Heads that arrive a byte at a time."""
    return crowds(Crowd(mock.address, 200, f"GET {CREATE}/x HTTP/1.1\r\n".encode(), b"X-Slow: very slow\r\n"))


def slow_bodies(mock: Mock) -> AbstractContextManager[None]:
    """Bodies that arrive a byte at a time."""
    head = mock.bytes_of("POST", CREATE, {**KEY, **FORM, "Content-Length": "100000"})
    return crowds(Crowd(mock.address, 200, head, b"type=clean&"))


def expecting(mock: Mock) -> AbstractContextManager[None]:
    """Clients that ask whether to send their body, and do not."""
    head = mock.bytes_of("POST", CREATE, {**KEY, **FORM, "Content-Length": "100000", "Expect": "100-continue"})
    return crowds(Crowd(mock.address, 150, head))


@contextmanager
def never_reading(mock: Mock) -> Generator[None]:
    """Clients that ask for a large result each, or for many answers, and take nothing of what comes."""
    task = mock.create(KEY, "2000x1500")
    mock.clock("picwish:test-burden", "advance", seconds=60)
    path = str(mock.ask("GET", f"{CREATE}/{task}", headers=KEY)["data"]["image"]).removeprefix(mock.url)
    downloaded(mock, path)
    picture = mock.bytes_of("GET", path, {})
    reads = mock.bytes_of("GET", f"{CREATE}/{task}", KEY) * 5000
    with crowds(Crowd(mock.address, 60, picture * 3, deaf=True), Crowd(mock.address, 60, reads, deaf=True)):
        yield


@contextmanager
def dead_host(mock: Mock) -> Generator[None]:
    """Creates whose picture never comes."""
    with silent_listeners(1) as (ports, taken):
        form = f"type=clean&image_url=http://127.0.0.1:{ports[0]}/picture.jpg".encode()
        with crowds(Crowd(mock.address, 26, mock.bytes_of("POST", CREATE, {**KEY, **FORM}, form))):
            yield
        if not taken:
            raise BurdenError("nobody asked the dead host for a picture: was it refused? see --allow of greycard serve")


@contextmanager
def largest_pictures(mock: Mock) -> Generator[None]:
    """The largest results that a document allows, asked for at once: 18432x18432 of Magic Tiger, 7992x7992 as PNG."""
    pair = {"Authorization": f"Basic {base64.b64encode(b'test-burden:secret').decode()}"}
    token = {"token": "test-burden"}

    def magic_tiger(number: int) -> None:
        body = {"picurl": f"{mock.url}/_mock/images/9216x9216.jpg?seed={number}", "type": 1}
        task = mock.ask("POST", "/createtask", body, token)["data"]["taskid"]
        mock.clock("magictiger:test-burden", "advance", seconds=60)
        told = mock.ask("POST", "/gettask", {"taskid": task, "type": 1}, token)
        downloaded(mock, told["data"]["outputurl"].removeprefix(mock.url))

    def wondershare(number: int) -> None:
        body = {"images": [f"{mock.url}/_mock/images/999x999.png?seed={number}"], "priority": 0, "file_ext": "png"}
        task = mock.ask("POST", "/v3/pic/fsrtwo/batch", body, pair)["data"]["task_id"]
        mock.clock("wondershare:test-burden", "advance", seconds=60)
        told = mock.ask("GET", f"/v3/pic/fsrtwo/result/{task}", headers={**pair, **JSON})
        downloaded(mock, told["data"]["list"][0]["image_result"].removeprefix(mock.url))

    refused: list[BurdenError] = []

    def quietly(work: Callable[[int], None], number: int) -> None:
        try:
            work(number)
        except BurdenError as error:
            refused.append(error)
        except (OSError, http.client.HTTPException):
            pass  # the mock is stopped before all are made

    for number in range(6):
        work = (magic_tiger, wondershare)[number % 2]
        threading.Thread(target=quietly, args=(work, number), daemon=True).start()
    yield
    if refused:
        raise refused[0]


def downloaded(mock: Mock, path: str) -> int:
    """The length in bytes of what is downloaded."""
    connection = http.client.HTTPConnection(mock.host, mock.port, timeout=120)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return sum(len(block) for block in iter(lambda: answer.read(1 << 16), b""))
    finally:
        connection.close()


@contextmanager
def silent_receivers(mock: Mock) -> Generator[None]:
    """An hour passes at once, in which many webhooks fall due to forty receivers that take them and never answer."""
    world, key = "enhancor:test-burden", {"x-api-key": "test-burden"}
    with silent_listeners(40) as (ports, taken):
        mock.clock(world, "freeze")
        for number in range(WEBHOOKS):
            webhook = f"http://127.0.0.1:{ports[number % len(ports)]}/"
            body = {"mode": "fast", "img_url": f"{mock.url}/_mock/images/400x300.jpg", "webhookUrl": webhook}
            mock.ask("POST", "/api/upscaler/v1/queue", body, key)
        hour = json.dumps({"action": "advance", "seconds": 3600}).encode()
        advance = mock.bytes_of("POST", f"/_mock/worlds/{world}/clock", JSON, hour)
        with crowds(Crowd(mock.address, 1, advance)):
            yield
        if not taken:
            raise BurdenError("no delivery arrived: were they refused? see --allow of greycard serve")


BURDENS = (
    Burden("nothing, to compare", lambda _: nullcontext()),
    Burden("500 silent connections", silent, PATIENCE),
    Burden("200 slow heads", slow_heads, PATIENCE),
    Burden("200 slow bodies", slow_bodies, PATIENCE),
    Burden("150 that expect a 100", expecting, PATIENCE),
    Burden("120 that never read", never_reading),
    Burden("26 creates, dead picture host", dead_host, 12),
    Burden("six of the largest pictures", largest_pictures),
    Burden("advance over 1000 deliveries", silent_receivers),
)
