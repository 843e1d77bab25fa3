"""Faults: each kind does to the wire, the answer or the delivery what its name says, and then heals."""

from __future__ import annotations

import contextlib
import http.client
import json
import math
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from greycard_mocks import Mock, Received, VendorMock
from greycard_mocks.core.answer import Answer
from greycard_mocks.core.faults import DEFAULT_TTL_SECONDS, KINDS, Fault, FaultError, Kind, kinds_of, make_fault


@pytest.fixture
def mock() -> Iterator[Mock]:
    """A mock of its own without a port."""
    with Mock(in_process=True) as made:
        yield made


@pytest.fixture
def picwish_here(mock: Mock) -> Iterator[VendorMock]:
    """PicWish without a port."""
    made = mock.vendor("picwish")
    yield made
    made.close()


@pytest.fixture
def tiger(mock: Mock) -> Iterator[VendorMock]:
    """Magic Tiger without a port."""
    made = mock.vendor("magictiger")
    yield made
    made.close()


def read(vendor: VendorMock) -> requests.Response:
    """One request to PicWish whose answer does not matter."""
    return vendor.session().get(f"{vendor.url}/api/tasks/visual/scale/none")


def order(vendor: VendorMock) -> str:
    """Create a Magic Tiger task; returns its id."""
    answer = vendor.session().post(f"{vendor.url}/createtask", json={"picurl": vendor.images.link(), "type": 1})
    return str(answer.json()["data"]["taskid"])


def inbox(vendor: VendorMock) -> list[Received]:
    """Everything that the account's callback address gets; it acknowledges as the document says."""
    got: list[Received] = []

    def take(delivery: Received) -> tuple[int, bytes]:
        got.append(delivery)
        return 200, b'{"code": 0, "data": {"success": true}}'

    vendor.set_callback_url(vendor.receiver(take) + "/told")
    return got


def raw_answer(vendor: VendorMock) -> bytes:
    """The bytes that the server sends before it closes; raises OSError when it resets the connection."""
    place = urlsplit(vendor.url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=5)
    connection.connect()
    header, value = next(iter(vendor.headers.items()))
    request = f"GET /api/tasks/visual/scale/x HTTP/1.1\r\nHost: {place.netloc}\r\n{header}: {value}\r\n\r\n"
    try:
        connection.sock.sendall(request.encode())
        received = b""
        while block := connection.sock.recv(65536):
            received += block
        return received
    finally:
        connection.close()


@pytest.mark.wire
def test_connection_reset_is_a_reset(picwish: VendorMock) -> None:
    """The peer resets the connection instead of answering."""
    picwish.fault("CONNECTION_RESET_BY_PEER")
    with pytest.raises(ConnectionResetError):
        raw_answer(picwish)


@pytest.mark.wire
def test_empty_response_is_empty(picwish: VendorMock) -> None:
    """The connection is closed in order, and not one byte was sent."""
    picwish.fault("EMPTY_RESPONSE")
    assert raw_answer(picwish) == b""


@pytest.mark.wire
def test_random_data_is_no_http(picwish: VendorMock) -> None:
    """What comes is no HTTP, and the same for the same seed."""
    picwish.fault("RANDOM_DATA_THEN_CLOSE", seed=7)
    picwish.fault("RANDOM_DATA_THEN_CLOSE", seed=7)
    first = raw_answer(picwish)
    assert first
    assert not first.startswith(b"HTTP/")
    assert raw_answer(picwish) == first


@pytest.mark.wire
def test_malformed_chunk_breaks_off_after_the_head(picwish: VendorMock) -> None:
    """Status and headers come whole, the body is chunked and cannot be read."""
    picwish.fault("MALFORMED_RESPONSE_CHUNK")
    received = raw_answer(picwish)
    assert received.startswith(b"HTTP/1.1 404")
    assert b"Transfer-Encoding: chunked" in received
    picwish.fault("MALFORMED_RESPONSE_CHUNK")
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.exceptions.ConnectionError)):
        read(picwish)


@pytest.mark.wire
def test_truncate_sends_less_than_it_declares(picwish: VendorMock) -> None:
    """The length of the whole body is declared and half of it is sent."""
    picwish.fault("truncate", fraction=0.5)
    head, _, body = raw_answer(picwish).partition(b"\r\n\r\n")
    declared = int(head.split(b"Content-Length: ")[1].split(b"\r\n")[0])
    assert len(body) == declared // 2


@pytest.mark.wire
@pytest.mark.parametrize("kind", [*kinds_of("wire"), "truncate"])
def test_after_a_fault_below_http_the_server_answers_again(picwish: VendorMock, kind: str) -> None:
    """A broken connection harms no other request."""
    picwish.fault(kind)
    with pytest.raises(requests.exceptions.RequestException):
        read(picwish)
    assert read(picwish).status_code == 404


@pytest.mark.parametrize("kind", [*kinds_of("wire"), "truncate"])
def test_without_a_socket_a_fault_below_http_is_a_connection_error(picwish_here: VendorMock, kind: str) -> None:
    """The adapter in the process acts the fault out as the error that requests gives."""
    picwish_here.fault(kind)
    with pytest.raises(requests.exceptions.ConnectionError, match=kind):
        read(picwish_here)
    assert read(picwish_here).status_code == 404


def test_malformed_body_is_no_json(picwish_here: VendorMock) -> None:
    """The status is right, the body cannot be parsed."""
    picwish_here.fault("malformed_body")
    answer = read(picwish_here)
    assert answer.headers["Content-Type"] == "application/json"
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.text)


def test_wrong_content_type_keeps_the_body(picwish_here: VendorMock) -> None:
    """Only the media type is wrong."""
    picwish_here.fault("wrong_content_type")
    answer = read(picwish_here)
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.json()["status"] == 404


def test_latency_passes_in_the_time_of_the_world(picwish_here: VendorMock) -> None:
    """Ten seconds of latency cost the world ten seconds and the test none."""
    before = picwish_here.clock.now()
    picwish_here.fault("latency", seconds=10)
    read(picwish_here)
    assert picwish_here.clock.now() - before == pytest.approx(10)


def test_dribble_gives_the_whole_body_slowly(picwish_here: VendorMock) -> None:
    """The body arrives whole, over the duration that was asked for."""
    before = picwish_here.clock.now()
    picwish_here.fault("dribble", seconds=4, chunks=4)
    assert read(picwish_here).json()["status"] == 404
    assert picwish_here.clock.now() - before == pytest.approx(4)


@pytest.mark.parametrize("distribution", ["fixed", "uniform", "lognormal"])
def test_a_delay_repeats_with_its_seed(distribution: str) -> None:
    """Equal seeds give equal delays, and none is negative or over a minute."""
    options: dict[str, Any] = {"seconds": 2.0, "spread": 1.0, "distribution": distribution, "seed": 5}
    one, other = (make_fault("latency", options, now=0) for _ in range(2))
    delays = [one.delay() for _ in range(50)]
    assert delays == [other.delay() for _ in range(50)]
    assert all(0 <= delay <= 60 for delay in delays)
    assert (len(set(delays)) == 1) == (distribution == "fixed")


def test_error_status_answers_as_often_as_it_is_asked_to(picwish_here: VendorMock) -> None:
    """Two answers 502, then the vendor's own again."""
    picwish_here.fault("error_status", status=502, count=2)
    assert [read(picwish_here).status_code for _ in range(2)] == [502, 502]
    picwish_here.clock.advance(1)
    assert read(picwish_here).status_code == 404


def test_error_status_with_a_probability_repeats_with_its_seed(mock: Mock) -> None:
    """The same seed strikes the same requests."""

    def strikes() -> list[int]:
        vendor = mock.vendor("picwish")
        vendor.set_rate_limit(None)
        vendor.fault("error_status", probability=0.5, count=None, seed=3)
        return [read(vendor).status_code for _ in range(20)]

    first = strikes()
    assert set(first) == {404, 503}
    assert strikes() == first


def test_an_outage_ends_with_its_time_to_live(picwish_here: VendorMock) -> None:
    """A forgotten outage heals itself, in the time of the world."""
    picwish_here.fault("outage", ttl=30)
    assert [read(picwish_here).status_code for _ in range(5)] == [503] * 5
    picwish_here.clock.advance(31)
    assert read(picwish_here).status_code == 404


def test_a_struck_request_changes_nothing(picwish_here: VendorMock) -> None:
    """A request that an error status answers is not carried out."""
    picwish_here.fault("error_status")
    form = {"type": "clean", "image_url": picwish_here.images.link()}
    picwish_here.session().post(f"{picwish_here.url}/api/tasks/visual/scale", data=form)
    assert picwish_here.world.tasks == {}


def test_the_operation_filter_holds(picwish_here: VendorMock) -> None:
    """A fault for creates leaves reads alone."""
    picwish_here.fault("error_status", operation="scale.create")
    assert read(picwish_here).status_code == 404


def test_lose_is_told_to_nobody(tiger: VendorMock) -> None:
    """A lost callback is not tried again: the vendor believes that it has arrived."""
    got = inbox(tiger)
    tiger.fault("lose")
    task = order(tiger)
    tiger.clock.advance(3600)
    assert got == []
    tiger.assert_delivered(task, times=1, outcome="lost")


def test_duplicate_comes_twice(tiger: VendorMock) -> None:
    """Two equal callbacks for one task."""
    got = inbox(tiger)
    tiger.fault("duplicate")
    order(tiger)
    tiger.clock.advance(3600)
    assert len(got) == 2
    assert got[0].body == got[1].body


def test_reorder_lets_the_next_one_pass(tiger: VendorMock) -> None:
    """Of two callbacks the later task's comes first."""
    got = inbox(tiger)
    tiger.fault("reorder")
    first = order(tiger)
    tiger.clock.advance(0.1)
    second = order(tiger)
    tiger.clock.advance(3600)
    assert [delivery.json()["data"]["taskid"] for delivery in got] == [second, first]


def test_reorder_waits_until_there_is_a_next_one(tiger: VendorMock) -> None:
    """A single callback is not held back."""
    got = inbox(tiger)
    fault = tiger.fault("reorder")
    order(tiger)
    tiger.clock.advance(3600)
    assert len(got) == 1
    assert fault.used == 0


def test_late_comes_later(tiger: VendorMock) -> None:
    """The callback comes as many seconds later as asked for."""
    got = inbox(tiger)
    tiger.fault("late", seconds=100)
    task = order(tiger)
    tiger.clock.advance(tiger.world.tasks[task].finished - tiger.clock.now() + 99)
    assert got == []
    tiger.clock.advance(1)
    assert len(got) == 1


def test_early_comes_before_the_create_is_answered(tiger: VendorMock) -> None:
    """The receiver has the callback before the application knows the id of its task."""
    got = inbox(tiger)
    tiger.fault("early")
    task = order(tiger)
    assert [delivery.json()["data"]["taskid"] for delivery in got] == [task]
    tiger.clock.advance(3600)
    assert len(got) == 1


def test_bad_signature_fits_no_token(tiger: VendorMock) -> None:
    """Of two callbacks the first has a wrong signature, the second the right one."""
    from greycard_schemas.signatures import SIGNATURES

    rule = SIGNATURES["md5_body_token"]
    got = inbox(tiger)
    tiger.fault("bad_signature")
    order(tiger)
    order(tiger)
    tiger.clock.advance(3600)
    right = [rule.fits(delivery.headers["md5"], delivery.body, tiger.world.credential) for delivery in got]
    assert right == [False, True]


@pytest.mark.parametrize("kind", kinds_of("delivery"))
def test_a_vendor_without_deliveries_has_no_delivery_faults(picwish_here: VendorMock, kind: str) -> None:
    """A fault that could strike nothing is refused, not ignored."""
    with pytest.raises(FaultError, match="sends no callbacks"):
        picwish_here.fault(kind)


def test_an_unsigned_webhook_has_no_bad_signature(mock: Mock) -> None:
    """Enhancor's webhook carries no signature that could be wrong."""
    with pytest.raises(FaultError, match="no signature"):
        mock.vendor("enhancor").fault("bad_signature")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"kind": "latancy"}, "choose from"),
        ({"count": 0}, "count must be"),
        ({"probability": 1.5}, "probability must be"),
        ({"probability": math.nan}, "probability must be"),
        ({"seconds": -1}, "seconds must be"),
        ({"seconds": True}, "seconds must be"),
        ({"kind": "outage", "status": 99}, "status must be"),
        ({"distribution": "normal"}, "distribution must be"),
        ({"ttl": 0}, "ttl must be"),
        ({"ttl": math.inf}, "ttl must be"),
        ({"chance": 1}, "latency has no option 'chance'; it takes seconds"),
        ({"operation": "scale.make"}, "choose from"),
    ],
)
def test_a_wrong_fault_is_refused_with_what_is_possible(
    picwish_here: VendorMock, options: dict[str, object], told: str
) -> None:
    """The message says what to write instead, and nothing is switched on."""
    wish = {"kind": "latency", **options}
    with pytest.raises(FaultError, match=told):
        picwish_here.fault(str(wish.pop("kind")), **wish)
    assert picwish_here.world.faults == []


OPTIONS = {"seconds": 1, "distribution": "fixed", "spread": 0, "status": 500, "fraction": 0.5, "chunks": 2}


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_takes_its_own_options_and_no_others(kind: str, option: str) -> None:
    """An option of another kind is refused, not silently ignored; the message names those of this kind."""
    if option in KINDS[kind].options:
        assert getattr(make_fault(kind, {option: OPTIONS[option]}, now=0), option) == OPTIONS[option]
    else:
        with pytest.raises(FaultError, match=f"{kind} has no option '{option}'; it takes .*operation, count"):
            make_fault(kind, {option: OPTIONS[option]}, now=0)


def test_every_option_belongs_to_some_kind() -> None:
    """No option is left that no kind takes."""
    assert {option for kind in KINDS.values() for option in kind.options} == set(OPTIONS)


def test_a_new_kind_is_one_entry(picwish_here: VendorMock, monkeypatch: pytest.MonkeyPatch) -> None:
    """An entry in the table is all that a kind needs: it can be switched on, strikes, and is listed everywhere."""

    def shout(fault: Fault, answer: Answer) -> None:
        answer.body = answer.body.upper() + b"!" * fault.chunks

    monkeypatch.setitem(KINDS, "shout", Kind("answer", ("chunks",), changes=shout))
    with pytest.raises(FaultError, match="shout has no option 'seconds'; it takes chunks"):
        picwish_here.fault("shout", seconds=1)
    picwish_here.fault("shout", chunks=3)
    answer = read(picwish_here)
    assert answer.text.startswith('{"STATUS": 404')
    assert answer.text.endswith("}!!!")
    assert answer.headers["X-Greycard-Fault"] == "shout"
    assert read(picwish_here).json()["status"] == 404
    listed = picwish_here.session().get(f"{picwish_here.url}/_mock/vendors").json()["faults"]
    assert "shout" in listed["answer"]


def test_a_new_kind_of_delivery_fault_is_one_entry(mock: Mock, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a delivery fault does is said in its entry alone: here each delivery goes out three times."""
    monkeypatch.setitem(KINDS, "thrice", Kind("delivery", sent=3))
    enhancor = mock.vendor("enhancor")
    got: list[Received] = []
    address = enhancor.receiver(got.append)
    enhancor.fault("thrice")
    body = {"img_url": enhancor.images.link(), "mode": "fast", "type": "portrait", "webhookUrl": address}
    enhancor.session().post(f"{enhancor.url}/api/upscaler/v1/queue", json=body).raise_for_status()
    enhancor.clock.advance(600)
    assert len(got) == 3


def finished_link(vendor: VendorMock) -> str:
    """The link of a result that is there."""
    form = {"type": "clean", "image_url": vendor.images.link()}
    task = vendor.session().post(f"{vendor.url}/api/tasks/visual/scale", data=form).json()["data"]["task_id"]
    vendor.clock.advance(60)
    link: str = vendor.session().get(f"{vendor.url}/api/tasks/visual/scale/{task}").json()["data"]["image"]
    return link


def test_a_download_is_journalled(picwish_here: VendorMock) -> None:
    """The download of a result stands in the journal, with its task, and so does one that is refused."""
    link = finished_link(picwish_here)
    assert picwish_here.session().get(link).status_code == 200
    (entry,) = picwish_here.assert_requested("result", times=1)
    assert (entry["status"], entry["reason"], entry["method"]) == (200, "", "GET")
    assert entry["task"] in picwish_here.world.tasks
    picwish_here.assert_no_refusals()
    picwish_here.clock.advance(7200)
    assert picwish_here.session().get(link).status_code == 403
    assert [one["status"] for one in picwish_here.downloads] == [200, 403]
    assert {entry["operation"] for entry in picwish_here.requests} == {"scale.create", "scale.get"}
    (entry,) = picwish_here.refused
    assert (entry["status"], entry["claim"]) == (403, "picwish#link/life_seconds")
    assert "the link lived for 3600 s" in entry["reason"]


@pytest.mark.parametrize("kind", kinds_of("wire", "answer"))
def test_a_download_meets_faults_like_everything_else(picwish_here: VendorMock, kind: str) -> None:
    """Each fault strikes a download, and one for downloads alone spares the vendor's operations."""
    link = finished_link(picwish_here)
    whole = picwish_here.session().get(link)
    picwish_here.fault(kind, operation="result", count=1)
    assert read(picwish_here).status_code == 404
    before = picwish_here.clock.now()
    if KINDS[kind].group == "wire" or kind == "truncate":
        with pytest.raises(requests.exceptions.ConnectionError, match=kind):
            picwish_here.session().get(link)
    else:
        struck = picwish_here.session().get(link)
        changed = struck.content != whole.content or struck.headers["Content-Type"] != "image/jpeg"
        assert changed or picwish_here.clock.now() > before
        assert struck.headers["X-Greycard-Fault"] == kind
    assert picwish_here.session().get(link).content == whole.content


@pytest.mark.wire
def test_a_truncated_download_declares_the_whole_picture(picwish: VendorMock) -> None:
    """A client sees a picture that breaks off: its length is declared and only a part of it comes."""
    link = finished_link(picwish)
    picwish.fault("truncate", operation="result", fraction=0.25)
    with pytest.raises(requests.exceptions.RequestException):
        picwish.session().get(link)


@pytest.mark.parametrize("kind", KINDS)
def test_every_fault_strikes_until_its_time_to_live_is_over_and_then_no_more(mock: Mock, kind: str) -> None:
    """A fault without a count strikes within its time to live and never after it, whatever it does."""

    def strikes(seconds: float) -> int:
        """How often a fault with 30 s to live strikes two tasks that are created so long after it."""
        vendor = mock.vendor("magictiger")
        inbox(vendor)
        fault = vendor.fault(kind, ttl=30, count=None)
        vendor.clock.advance(seconds)
        body = {"picurl": vendor.images.link(), "type": 1}
        for _ in range(2):
            with contextlib.suppress(requests.RequestException):
                vendor.session().post(f"{vendor.url}/createtask", json=body)
        vendor.clock.advance(5)
        return fault.used

    assert strikes(20) > 0
    assert strikes(31) == 0


@pytest.mark.parametrize("kind", ["lose", "duplicate", "reorder", "bad_signature"])
def test_a_fault_of_deliveries_that_is_over_strikes_no_task_from_before(mock: Mock, kind: str) -> None:
    """What counts is the moment of the delivery: a task of the fault's time that ends after it is delivered as ever."""
    vendor = mock.vendor("magictiger")
    got = inbox(vendor)
    fault = vendor.fault(kind, ttl=30, count=None)
    vendor.scenario("succeeded", finish=40, count=None)
    tasks = [order(vendor), order(vendor)]
    vendor.clock.advance(60)
    assert fault.used == 0
    assert [one.json()["data"]["taskid"] for one in got] == tasks


@pytest.mark.parametrize("kind", ["outage", "lose"])
def test_a_fault_that_names_no_time_to_live_ends_by_itself(mock: Mock, kind: str) -> None:
    """A forgotten fault is over after the hour that is documented, and nobody is told of it any more."""
    vendor = mock.vendor("magictiger")
    vendor.fault(kind, count=None)
    place = f"{vendor.url}/_mock/worlds/{vendor.world.id}/faults"
    (shown,) = vendor.session().get(place).json()["faults"]
    assert shown["until"] - vendor.clock.now() == DEFAULT_TTL_SECONDS
    vendor.clock.advance(DEFAULT_TTL_SECONDS + 1)
    assert vendor.session().get(place).json()["faults"] == []
