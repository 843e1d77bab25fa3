"""What is answered while the store does not answer, and that everything goes on by itself when it does again."""

from __future__ import annotations

import base64
import io
import json
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from greycard_mocks.app import create_app
from greycard_mocks.control.query import openapi
from greycard_mocks.core.answer import Answer, Request
from greycard_mocks.core.keeping.kept import StoreError
from greycard_mocks.dashboard.forms import PANELS
from greycard_mocks.delivery.pump import Pump
from greycard_mocks.engine.engine import Engine
from greycard_mocks.store import life
from greycard_mocks.store.store import Store
from greycard_schemas.loader import load_contracts

CONTRACTS = load_contracts()
PICTURE = "http://greycard.test/_mock/images/400x300.jpg"
HOOK = "http://receiver.test/hook"
LOCAL = {"Host": "127.0.0.1"}
JSON = {"content-type": "application/json"}
BASIC = "Basic " + base64.b64encode(b"test-key:test-secret").decode()

CREATES: Mapping[str, tuple[str, dict[str, str], Any]] = {
    "enhancor": (
        "/api/upscaler/v1/queue",
        {"x-api-key": "test-key"},
        {"img_url": PICTURE, "webhookUrl": HOOK, "mode": "fast"},
    ),
    "magictiger": ("/createtask", {"token": "test-key"}, {"picurl": PICTURE, "type": 1}),
    "picwish": ("/api/tasks/visual/scale", {"x-api-key": "test-key"}, f"type=clean&image_url={PICTURE}"),
    "wondershare": (
        "/v3/pic/fsrtwo/batch",
        {"authorization": BASIC},
        {"images": [PICTURE], "file_ext": "JPG", "priority": 0},
    ),
}


def ask(engine: Engine, method: str, path: str, headers: Mapping[str, str] | None = None, body: Any = b"") -> Answer:
    """One request to a vendor, which must not take longer than a second, and what a busy machine adds."""
    content = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()
    kind = {"content-type": "application/x-www-form-urlencoded"} if isinstance(body, str) else JSON if body else {}
    sent = {"host": "greycard.test", "content-length": str(len(content)), **kind, **(headers or {})}
    path, _, query = path.partition("?")
    begun = time.monotonic()
    answer = engine.handle(
        Request(method, path, query, sent, io.BytesIO(content), len(content), "http://greycard.test")
    )
    assert time.monotonic() - begun < 1.5, (path, answer.status, answer.reason)
    return answer


def create(engine: Engine, vendor: str) -> Answer:
    """A new task of a vendor, or its refusal."""
    path, headers, body = CREATES[vendor]
    return ask(engine, "POST", path, headers, body)


@pytest.fixture
def engine(lasting_server: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """An engine in real time, a thousand times as fast, whose rounds are short."""
    monkeypatch.setattr(life, "ROUND_SECONDS", 0.05)
    monkeypatch.setattr(life, "SHORTEST_SECONDS", 0.01)
    made = Engine(CONTRACTS, store=Store(lasting_server.url, keep_seconds=600), speed=1000, callback_url=HOOK)
    yield made
    made.close()


def until(what: Callable[[], object], seconds: float = 10.0) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it does not come to be"
        time.sleep(0.02)


def ended_link(engine: Engine) -> str:
    """The link to a result of PicWish."""
    path, headers, _ = CREATES["picwish"]
    task = json.loads(create(engine, "picwish").body)["data"]["task_id"]
    links: list[str] = []

    def is_ended() -> object:
        data = json.loads(ask(engine, "GET", f"{path}/{task}", headers).body).get("data") or {}
        links.extend([data["image"]] if data.get("image") else [])
        return links

    until(is_ended)
    return links[0].removeprefix("http://greycard.test")


def lose(server: Any, how: str) -> None:
    """Have the server not answer."""
    if how == "killed":
        server.kill()
    else:
        server.signal(signal.SIGSTOP)


def find(server: Any, how: str) -> None:
    """Have the server answer again."""
    if how == "killed":
        server.start()
    else:
        server.signal(signal.SIGCONT)


@pytest.mark.parametrize("how", ["killed", "stopped"])
def test_vendors_have_their_own_error_while_the_store_is_away(lasting_server: Any, engine: Engine, how: str) -> None:
    """Within a second each, also many at once; strays and downloads too. Afterwards all that was there is there."""
    link = ended_link(engine)
    before = {vendor: json.loads(create(engine, vendor).body) for vendor in CREATES if vendor != "picwish"}
    lose(lasting_server, how)
    found: list[tuple[str, Answer]] = []
    threads = [
        threading.Thread(target=lambda vendor=vendor: found.append((vendor, create(engine, vendor))))
        for vendor in sorted(CREATES) * 10
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert len(found) == 40
    for vendor, answer in found:
        runtime = engine.runtimes[vendor]
        server_errors = {one["http"] for one in runtime.data["errors"].values() if one.get("http", 0) >= 500}
        assert answer.status in server_errors, vendor
        assert "the mock's own trouble" in answer.reason
        json.loads(answer.body)
    for method, path in (("GET", "/nosuch"), ("GET", link), ("PUT", "/createtask"), ("GET", "/_mock/results/x/y/z")):
        answer = ask(engine, method, path)
        assert answer.status in (500, 503), path
        assert "the mock's own trouble" in answer.reason
    find(lasting_server, how)
    until(lambda: engine.store is not None and engine.store.is_well)  # nobody asks anything meanwhile
    path, headers, _ = CREATES["picwish"]
    until(lambda: engine.handle(_get(f"{path}/x", headers)).status == 404)  # as soon as a lock of before has ended
    picture = ask(engine, "GET", link)
    picture.load()
    assert picture.status == 200
    task = before["magictiger"]["data"]["taskid"]
    known = ask(engine, "POST", "/gettask", {"token": "test-key"}, {"taskid": task, "type": 1})
    assert json.loads(known.body)["code"] == 0


def _get(path: str, headers: Mapping[str, str]) -> Request:
    return Request("GET", path, "", {"host": "greycard.test", **headers}, io.BytesIO(b""), 0, "http://greycard.test")


def test_the_control_plane_and_the_page_say_so(lasting_server: Any, engine: Engine) -> None:
    """No operation, no page and no form breaks down: 503 and a sentence, or what can be said without the store."""
    create(engine, "picwish")
    client = create_app(engine).test_client()
    world = next(iter(engine.worlds)).id
    page = client.get(f"/_mock/page/{world}", headers=LOCAL)
    token = page.get_data(as_text=True).split('name="form_token" value="')[1].split('"')[0]
    assert client.get("/_mock/health", headers=LOCAL).status_code == 200
    lasting_server.kill()
    without = {"openapi.json", "vendors", "variants", "health"}
    for path, methods in openapi()["paths"].items():
        for method in methods.keys() & {"get", "post", "put", "patch", "delete"}:
            address = path.replace("{world}", world).replace("{vendor}", "picwish")
            address = address if address.startswith("/_mock") else f"/_mock{address}"
            body: dict[str, str] | None = None if method == "get" else {}
            answer = client.open(address, method=method.upper(), headers=LOCAL, json=body)
            if answer.status_code == 200:
                assert address.rpartition("/")[2] in without, address
            elif not address.endswith("/health"):
                assert answer.status_code == 503, (method, address)
                assert answer.content_type == "application/problem+json"
                assert "does not answer" in answer.get_json()["detail"]
    pages = ["", f"page/{world}", f"page/{world}/har", f"page/{world}/results/x/0.jpg"]
    answers = [client.get(f"/_mock/{one}", headers=LOCAL) for one in pages]
    answers += [
        client.post(
            f"/_mock/page/{world}/{panel}",
            data={"form_token": token},
            headers={**LOCAL, "Origin": "http://127.0.0.1", "Sec-Fetch-Site": "same-origin"},
        )
        for panel in PANELS
    ]
    for answer in answers:
        assert answer.status_code == 503, answer.request.path
        assert "Load the page again" in answer.get_data(as_text=True)
    health = client.get("/_mock/health", headers=LOCAL)
    assert (health.status_code, health.get_json()["store"]) == (503, "does not answer")
    lasting_server.start()
    until(lambda: client.get("/_mock/health", headers=LOCAL).status_code == 200)
    assert client.get("/_mock/", headers=LOCAL).status_code == 200


def test_health_knows_without_any_request(lasting_server: Any, engine: Engine) -> None:
    """A balancer that asks for it takes this process out, and takes it in again, though nobody else asks anything."""
    store = engine.store
    assert store is not None
    assert store.is_well
    lasting_server.kill()
    until(lambda: not store.is_well)
    lasting_server.start()
    until(lambda: store.is_well)


def test_a_delivery_of_which_nothing_could_be_kept_is_made_again(lasting_server: Any, engine: Engine) -> None:
    """The store goes away while the receiver is told: nobody knows what came of that, so it is told again."""
    told: list[float] = []

    def receiver(*_: object) -> tuple[int, bytes]:
        told.append(time.monotonic())
        if len(told) == 1:
            lasting_server.kill()
        return 200, b'{"code": 0, "msg": "", "data": {"success": true}}'

    engine.transport.receivers["http://receiver.test"] = receiver
    pump = Pump(engine.deliveries)
    engine.deliveries.on_due = pump.notify
    try:
        create(engine, "magictiger")
        until(lambda: told)
        with pytest.raises(StoreError):
            list(engine.worlds)
        lasting_server.start()
        until(lambda: len(told) > 1)
        world = engine.worlds.world("magictiger", "test-key")
        until(lambda: [one for one in world.journal.of_kind("delivery") if one["outcome"] == "acknowledged"])
        until(lambda: engine.time.under_way(world) == 0)
        create(engine, "magictiger")  # the pump lives
        until(lambda: len(told) > 2)
    finally:
        pump.close()


def test_a_form_of_one_process_is_taken_by_another(engines: Callable[..., Engine]) -> None:
    """A balancer sends a reader's form, and a reader who has logged in, to whichever process it likes."""
    one, other = (create_app(engines(CONTRACTS), control_token="secret") for _ in range(2))
    reader, second = one.test_client(), other.test_client()
    login = reader.get("/_mock/", headers=LOCAL).get_data(as_text=True)
    form = login.split('name="form_token" value="')[1].split('"')[0]
    sent = {"Origin": "http://127.0.0.1", "Sec-Fetch-Site": "same-origin", **LOCAL}
    answer = second.post("/_mock/login", data={"form_token": form, "token": "secret"}, headers=sent)
    assert answer.status_code == 303
    name, _, value = answer.headers["Set-Cookie"].partition(";")[0].partition("=")
    reader.set_cookie(name, value, domain="127.0.0.1")
    assert reader.get("/_mock/", headers=LOCAL).status_code == 200


def test_a_store_that_refuses_is_none_either(lasting_server: Any, engine: Engine) -> None:
    """Its memory is full: nothing is half done, no answer is taken for another's, and it goes on when there is room."""
    store = engine.store
    assert store is not None
    task = json.loads(create(engine, "magictiger").body)["data"]["taskid"]
    admin = Store(lasting_server.url).link
    admin.command("CONFIG", "SET", "maxmemory", "1")
    for _ in range(3):
        for vendor in sorted(CREATES):
            answer = create(engine, vendor)
            assert answer.status >= 500
            assert "the mock's own trouble" in answer.reason
    assert ask(engine, "GET", "/nosuch").status == 503
    until(lambda: not store.is_well)
    admin.command("CONFIG", "SET", "maxmemory", "0")
    until(lambda: store.is_well)
    worlds = {world.runtime.name: world for world in engine.worlds}
    assert [plan.id for plan in worlds["magictiger"].tasks.values()] == [task]
    for vendor in sorted(CREATES):
        assert create(engine, vendor).status == 200
    assert ask(engine, "GET", "/nosuch").status == 404
    admin.close()
