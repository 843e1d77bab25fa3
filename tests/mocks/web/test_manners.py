"""What a vendor's manners make of its answers and deliveries, in process and over a socket: both the same."""

from __future__ import annotations

import gzip
import hashlib
import http.server
import json
import socket
import threading
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from greycard_mocks import Mock, Received, VendorMock
from greycard_mocks.core.manners import AS_USUAL

WAYS = ("in process", pytest.param("over a socket", marks=pytest.mark.wire))
SCALE = "/api/tasks/visual/scale"
Make = Callable[..., VendorMock]


@pytest.fixture(params=WAYS)
def vendor_with(request: pytest.FixtureRequest) -> Iterator[Make]:
    """Makes a world of a vendor with these manners and further patches; time stands still."""
    opened: list[Mock] = []

    def make(name: str = "picwish", *more: dict[str, Any], clock: Any = "virtual", **manners: Any) -> VendorMock:
        patches = [{"op": "add", "file": "vendor", "path": "/manners", "value": manners}, *more]
        opened.append(Mock([name], patches={name: patches}, in_process=request.param == "in process", clock=clock))
        vendor = opened[-1].vendor(name)
        assert (vendor.world.runtime.manners is AS_USUAL) is not bool(manners)
        return vendor

    yield make
    for mock in opened:
        mock.close()


def created(vendor: VendorMock, **more: str) -> Any:
    """The answer to a create."""
    form = {"type": "clean", "image_url": vendor.images.link(60, 40), **more}
    answer = vendor.session().post(vendor.url + SCALE, data=form)
    assert answer.status_code == 200, answer.text
    return answer


def read(vendor: VendorMock, task: str, **headers: str) -> Any:
    """The answer to a read."""
    return vendor.session().get(f"{vendor.url}{SCALE}/{task}", headers=headers)


def done(vendor: VendorMock) -> str:
    """The id of a finished task."""
    task = str(created(vendor).json()["data"]["task_id"])
    vendor.clock.advance(10)
    return task


def test_json_is_spelled_so(vendor_with: Make) -> None:
    """Successes and refusals have the vendor's order of keys, white space and escapes, and say the same."""
    vendor = vendor_with(json_order="reversed", json_space="indented", json_escape="slash", json_tail=True)
    answer = read(vendor, done(vendor))
    assert answer.content.startswith(b'{\n    "data"')
    assert answer.content.endswith(b"}\n")
    assert b"http:\\/\\/" in answer.content
    assert answer.json()["data"]["image"].startswith("http://")
    assert answer.headers["Content-Length"] == str(len(answer.content))
    refused = read(vendor, "nope")
    assert refused.status_code == 404
    assert refused.content.startswith(b'{\n    "message"')


def test_answers_have_another_content_type(vendor_with: Make) -> None:
    """Answers and refusals are labelled so; pictures are what they are."""
    vendor = vendor_with(content_type="text/plain;charset=UTF-8")
    answer = read(vendor, done(vendor))
    assert answer.headers["Content-Type"] == "text/plain;charset=UTF-8"
    assert read(vendor, "nope").headers["Content-Type"] == "text/plain;charset=UTF-8"
    assert vendor.session().get(answer.json()["data"]["image"]).headers["Content-Type"] == "image/jpeg"


def test_bodies_go_out_in_chunks(vendor_with: Make) -> None:
    """There is no length; over a socket the body comes in chunks. The picture is whole."""
    vendor = vendor_with(transfer="chunked")
    answer = read(vendor, done(vendor))
    assert "Content-Length" not in answer.headers
    if not vendor.mock.in_process:
        assert answer.headers["Transfer-Encoding"] == "chunked"
    picture = vendor.session().get(answer.json()["data"]["image"])
    assert (picture.content[:2], picture.content[-2:]) == (b"\xff\xd8", b"\xff\xd9")


def test_bodies_are_packed_for_those_who_take_it(vendor_with: Make) -> None:
    """Whoever accepts gzip gets it, everybody else does not; a picture is never packed."""
    vendor = vendor_with(transfer="gzip")
    task = done(vendor)
    answer, plain = read(vendor, task), read(vendor, task, **{"Accept-Encoding": "identity, gzip;q=0"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert answer.content == plain.content
    vendor.clock.advance(1)
    with vendor.session().get(f"{vendor.url}{SCALE}/{task}", stream=True) as raw:
        sent = raw.raw.read(decode_content=False)
    assert gzip.decompress(sent) == plain.content
    assert "Content-Encoding" not in vendor.session().get(answer.json()["data"]["image"]).headers


def test_the_connection_is_closed(vendor_with: Make) -> None:
    """Every answer says that the connection ends, and over a socket it does."""
    vendor = vendor_with(close=True)
    session = vendor.session()
    answers = [session.get(f"{vendor.url}{SCALE}/nope") for _ in range(2)]
    assert [one.headers["Connection"] for one in answers] == ["close", "close"]
    if not vendor.mock.in_process:
        with socket.create_connection(("127.0.0.1", urlsplit(vendor.url).port or 80), 5) as connection:
            connection.sendall(f"GET {SCALE}/nope HTTP/1.1\r\nHost: mock\r\n\r\n".encode())
            answer = b"".join(iter(lambda: connection.recv(4096), b""))  # ends only because the other side closes
        assert b"Connection: close" in answer


@pytest.mark.parametrize("case", ["lower", "upper"])
@pytest.mark.parametrize("transfer", [{}, {"transfer": "chunked"}])
def test_header_names_have_their_case(vendor_with: Make, case: str, transfer: dict[str, str]) -> None:
    """All names of headers, the server's own too, are spelled so."""
    vendor = vendor_with(header_case=case, headers={"X-Request-Id": "7"}, **transfer)
    answer = read(vendor, "nope")
    names = list(answer.headers)
    assert names == [getattr(name, case)() for name in names]
    assert answer.headers["X-Request-Id"] == "7"
    wanted = {"content-type", "x-greycard-reason"} | ({"date", "server"} if not vendor.mock.in_process else set())
    assert wanted <= {name.lower() for name in names}


def test_additional_headers(vendor_with: Make) -> None:
    """Some headers come with every answer, some only with refusals; no header of the server is doubled."""
    vendor = vendor_with(headers={"Server": "openresty", "Vary": "Origin"}, refusal_headers={"Retry-After": "1"})
    answer, refused = created(vendor), read(vendor, "nope")
    assert answer.headers["Server"] == refused.headers["Server"] == "openresty"
    assert ("Retry-After" in answer.headers, refused.headers["Retry-After"]) == (False, "1")
    unmatched = vendor.session().get(f"{vendor.url}/api/tasks/visual/nowhere")
    assert (unmatched.headers["Server"], unmatched.headers["Retry-After"]) == ("openresty", "1")
    wrong = requests.Request("GET", f"{vendor.url}{SCALE}/nope", headers={"X-API-KEY": "no"})
    session = vendor.session()
    assert session.send(wrong.prepare()).headers["Retry-After"] == "1"


@pytest.mark.parametrize("skew", [3600, -45.5])
def test_a_clock_askew_shows_in_stamps_only(vendor_with: Make, skew: float) -> None:
    """Time stamps, the date and the expiry of links are askew; a task takes as long and a link lives as long."""
    vendor = vendor_with(skew_seconds=skew)
    began = vendor.clock.now()
    task = created(vendor).json()["data"]["task_id"]
    vendor.clock.advance(10)
    answer = read(vendor, task)
    data = answer.json()["data"]
    assert data["created_at"] == int(began + skew)
    assert data["created_at"] <= data["completed_at"] <= data["created_at"] + 10
    assert parsedate_to_datetime(answer.headers["Date"]).timestamp() == int(vendor.clock.now() + skew)
    session = vendor.session()
    assert session.get(data["image"]).status_code == 200
    vendor.clock.advance(3550)
    assert session.get(data["image"]).status_code == 200
    vendor.clock.advance(60)
    assert session.get(data["image"]).status_code == 403


def test_every_read_gives_another_link_to_the_same_picture(vendor_with: Make) -> None:
    """The links of two reads differ, live on beside each other, and lead to the same picture."""
    vendor = vendor_with(fresh_links=True)
    task = done(vendor)
    links = [read(vendor, task).json()["data"]["image"] for _ in range(2)]
    vendor.clock.advance(2)
    links.append(read(vendor, task).json()["data"]["image"])
    assert len(set(links)) == 3
    session = vendor.session()
    pictures = [session.get(link) for link in links]
    assert [one.status_code for one in pictures] == [200] * 3
    assert len({one.content for one in pictures}) == 1
    assert session.get(links[0].replace("Signature=", "Signature=x")).status_code == 403


def test_answers_come_late(vendor_with: Make) -> None:
    """Every answer takes so long on the world's clock, a refusal too; what falls due meanwhile is delivered."""
    vendor = vendor_with(latency_seconds=0.25)
    began = vendor.clock.now()
    assert read(vendor, "nope").status_code == 404
    assert vendor.clock.now() - began == pytest.approx(0.25, abs=1e-3)
    tiger = vendor_with("magictiger", latency_seconds=30)
    tiger.set_callback_url(tiger.receiver(lambda _: (200, '{"data": {"success": true}}')))
    tiger.session().post(f"{tiger.url}/createtask", json={"picurl": tiger.images.link(), "type": 1})
    assert [one["outcome"] for one in tiger.deliveries] == ["acknowledged"]


def test_answers_come_late_in_real_time(vendor_with: Make) -> None:
    """On a real clock the answer is waited for."""
    vendor = vendor_with(latency_seconds=0.2, clock="real")
    began = vendor.clock.now()
    assert read(vendor, "nope").status_code == 404
    assert vendor.clock.now() - began >= 0.2


@pytest.mark.parametrize(("kind", "seen"), [("sliding", "++-"), ("fixed", "++-"), ("bucket", "++-"), ("smooth", "+--")])
def test_the_rate_is_kept_by_a_limiter_of_this_kind(vendor_with: Make, kind: str, seen: str) -> None:
    """Three requests at once: as many pass as that kind lets through; at the documented pace all do."""
    vendor = vendor_with(limiter=kind)
    vendor.clock.advance(1 - vendor.clock.now() % 1)
    assert "".join("-" if read(vendor, "nope").status_code == 429 else "+" for _ in range(3)) == seen
    vendor.clock.advance(2)
    for _ in range(5):
        assert read(vendor, "nope").status_code == 404
        vendor.clock.advance(0.5)


def ids(form: str) -> dict[str, Any]:
    """The patch that gives task ids this form."""
    value = {"form": form, "x-source": {"form": "assumed: another form"}}
    return {"op": "add", "file": "vendor", "path": "/ids", "value": value}


@pytest.mark.parametrize("form", ["uuid", "hex24", "numeric", "prefixed", "upper", "long", "token"])
def test_a_task_is_found_by_an_id_of_any_form(vendor_with: Make, form: str) -> None:
    """What a create gives as an id, a read takes."""
    vendor = vendor_with("picwish", ids(form))
    data = read(vendor, done(vendor)).json()["data"]
    assert vendor.session().get(data["image"]).status_code == 200


OK = '{"code": 0, "msg": "", "data": {"success": true}}'


def delivered(vendor: VendorMock, answers: tuple[str, ...] = (OK,)) -> tuple[list[Received], Any]:
    """What a receiver gets of one task of Magic Tiger, and the answer to the create."""
    got: list[Received] = []

    def take(one: Received) -> tuple[int, str]:
        got.append(one)
        return 200, answers[min(len(got), len(answers)) - 1]

    vendor.set_callback_url(vendor.receiver(take))
    picture = vendor.images.link(100, 80)
    answer = vendor.session().post(f"{vendor.url}/createtask", json={"picurl": picture, "type": 1, "chtaskid": "é/"})
    assert answer.json()["code"] == 0
    return got, answer


def is_signed(vendor: VendorMock, one: Received) -> bool:
    """Whether the md5 header fits the bytes that came and the token."""
    token = vendor.credentials["token"]
    return one.headers["md5"] == hashlib.md5(one.body + token.encode(), usedforsecurity=False).hexdigest()


@pytest.mark.parametrize("escape", ["", "ascii", "slash"])
def test_deliveries_are_spelled_and_signed_over_what_is_sent(vendor_with: Make, escape: str) -> None:
    """The body has the vendor's spelling, the signature is that of its bytes, and headers may be added."""
    escaped = {"json_escape": escape} if escape else {}
    vendor = vendor_with(
        "magictiger", json_order="sorted", json_space="blanks", json_tail=True, **escaped,
        delivery_headers={"User-Agent": "hooks/2"}, header_case="upper",
    )  # fmt: skip
    got, _ = delivered(vendor)
    vendor.clock.advance(60)
    assert len(got) == 1
    assert got[0].body.startswith(b'{"code": 0, "data": {"chtaskid": ')
    assert got[0].body.endswith(b"}\n")
    assert {"ascii": b'"\\u00e9/"', "": '"é/"'.encode(), "slash": b'"\\u00e9\\/"'}[escape] in got[0].body
    assert is_signed(vendor, got[0])
    assert got[0].headers["user-agent"] == "hooks/2"


def test_an_acknowledged_delivery_comes_twice(vendor_with: Make) -> None:
    """The second is the first once more; one that is not acknowledged is tried again and then doubled."""
    vendor = vendor_with("magictiger", deliver_times=2, fresh_links=True)
    got, _ = delivered(vendor, ("no", OK))
    vendor.clock.advance(60)
    assert [one["attempt"] for one in vendor.deliveries] == [1, 2, 2]
    assert len({(one.body, tuple(one.headers.items())) for one in got}) == 1


def test_a_delivery_comes_before_the_create_is_answered(vendor_with: Make) -> None:
    """The task is done at once, and its delivery is there when the answer is."""
    vendor = vendor_with("magictiger", deliver_early=True)
    got, answer = delivered(vendor)
    task = answer.json()["data"]["taskid"]
    assert [one.json()["data"]["taskid"] for one in got] == [task]
    seen = vendor.session().post(f"{vendor.url}/gettask", json={"taskid": task, "type": 1}).json()
    assert seen["data"]["status"] == got[0].json()["data"]["status"] == 2
    vendor.clock.advance(60)
    assert len(got) == 1


BAD = {"damage": "truncate"}


def test_a_bad_picture_is_told_at_once_or_by_the_task(vendor_with: Make) -> None:
    """Where no document says when, the manners do; what a document says of a picture stays as it is."""
    webhook = {"webhookUrl": "http://receiver.test/", "mode": "fast"}

    def queued(**manners: Any) -> tuple[int, int]:
        vendor = vendor_with("enhancor", **manners)
        session, url = vendor.session(), f"{vendor.url}/api/upscaler/v1/queue"
        bad = {**webhook, "img_url": f"{vendor.images.link(64, 64)}?damage=truncate"}
        missing = {**webhook, "img_url": f"{vendor.images.link(64, 64)}?status=404"}
        return session.post(url, json=bad).status_code, session.post(url, json=missing).status_code

    assert queued() == (200, 400)
    assert queued(pictures_checked="at_create") == (400, 400)
    assert queued(pictures_checked="in_task") == (200, 200)
    batch = {"images": [], "file_ext": "png", "priority": 1}
    for manners, code in (({}, 0), ({"pictures_checked": "at_create"}, 1)):
        vendor = vendor_with("wondershare", **manners)
        links = [vendor.images.link(300, 300), vendor.images.link(30, 30)]
        answer = vendor.session().post(f"{vendor.url}/v3/pic/fsrtwo/batch", json={**batch, "images": links})
        assert bool(answer.json()["code"]) == bool(code)
    picwish = vendor_with(pictures_checked="at_create")
    bad_link = f"{picwish.images.link(64, 64)}?damage=truncate"
    created(picwish, image_url=bad_link)  # S2:71: an invalid picture is a state of the task


@pytest.mark.wire
def test_a_delivery_over_a_socket_is_what_was_signed() -> None:
    """Over a real connection the bytes, the case of the header names and the added headers arrive as they were made."""
    got: list[tuple[list[str], bytes, str]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Take one delivery."""
            body = self.rfile.read(int(self.headers["content-length"]))
            got.append((list(self.headers), body, self.headers["md5"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(OK.encode())

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    manners = {"json_space": "indented", "json_escape": "ascii", "header_case": "lower", "deliver_times": 2,
               "delivery_headers": {"X-Retry-Num": "0"}}  # fmt: skip
    patches = [{"op": "add", "file": "vendor", "path": "/manners", "value": manners}]
    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server, Mock(
        ["magictiger"], patches={"magictiger": patches}
    ) as mock:  # fmt: skip
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        vendor = mock.vendor("magictiger")
        vendor.set_callback_url(f"http://127.0.0.1:{server.server_port}/hook")
        body = {"picurl": vendor.images.link(100, 80), "type": 1}
        vendor.session().post(f"{vendor.url}/createtask", json=body)
        vendor.clock.advance(60)
        server.shutdown()
        thread.join()
    assert len(got) == 2
    names, content, md5 = got[0]
    assert got[1] == got[0]
    assert {"content-type", "token", "md5", "x-retry-num"} <= set(names)
    assert json.loads(content)["data"]["outputurl"]
    token = vendor.credentials["token"]
    assert md5 == hashlib.md5(content + token.encode(), usedforsecurity=False).hexdigest()
