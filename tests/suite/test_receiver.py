"""Whatever arrives is seen and told apart; what a vendor says of too many requests is obeyed, within bounds."""

from __future__ import annotations

import gzip
import http.client
import json
from dataclasses import dataclass

import pytest

from greycard_suite.call import Delivery
from greycard_suite.clock import Pace
from greycard_suite.judge import deliveries
from greycard_suite.targets.own_server import start_own_server
from greycard_suite.targets.receiver import MAX_BODY_BYTES, Receiver, mark_of, names
from greycard_suite.targets.waits import SHORT_SECONDS, Waits

URL = "http://127.0.0.1:1/deliveries/acme"
ID = "6a4eab77-be30-430a-bf0e-3048042a34ef"


@dataclass
class Standing:
    """A clock that moves when somebody sleeps."""

    moment: float = 1000.0

    def now(self) -> float:
        """Its moment."""
        return self.moment

    def sleep(self, seconds: float) -> None:
        """Move on."""
        self.moment += seconds


@pytest.fixture
def receiver() -> Receiver:
    """One that nothing has reached."""
    return Receiver(URL, Standing())


@pytest.mark.parametrize(
    ("path", "headers", "body"),
    [
        pytest.param("/x", {}, json.dumps({"deep": [{"ref": ID}]}).encode(), id="anywhere-in-json"),
        pytest.param("/x", {}, f"a=1&request_id={ID}".encode(), id="form"),
        pytest.param("/x", {}, f'--b\r\nname="id"\r\n\r\n{ID}\r\n--b--'.encode(), id="multipart"),
        pytest.param(f"/x/{ID}", {}, b"{}", id="path"),
        pytest.param(f"/x?id={ID}", {}, b"{}", id="query"),
        pytest.param("/x", {"Content-Encoding": "gzip"}, gzip.compress(json.dumps({"id": ID}).encode()), id="gzip"),
    ],
)
def test_a_delivery_is_found_by_its_content(
    receiver: Receiver, path: str, headers: dict[str, str], body: bytes
) -> None:
    """The id of the task counts wherever it stands, also when it becomes known only afterwards."""
    receiver.receive(path, headers, body)
    assert receiver.of_task(ID) == []
    receiver.name("", ID)
    assert len(receiver.of_task(ID)) == 1
    assert receiver.strays() == []


def test_a_delivery_can_fail_before_its_task_has_a_name(receiver: Receiver) -> None:
    """What comes before the answer to the create is told by the address, and counts among those that fail."""
    mark, other = mark_of("test", 1), mark_of("test", 2)
    receiver.expect(mark, fails=2)
    receiver.expect(other)
    body = json.dumps({"id": ID}).encode()
    path = receiver.address(mark)
    assert receiver.receive(receiver.address(other), {}, b'{"id": "another-one"}')[0] == 200
    assert receiver.receive(path, {}, body)[0] == 500
    receiver.name(mark, ID)
    assert [receiver.receive(path, {}, body)[0] for _ in range(2)] == [500, 200]
    assert len(receiver.of_task(ID)) == 3


def test_a_delivery_without_a_name_is_of_the_task_in_the_making(receiver: Receiver) -> None:
    """Where the address belongs to the account, order tells whose delivery comes before the answer."""
    receiver.expect(mark_of("test", 1), fails=1)
    assert receiver.receive("/cb", {}, json.dumps({"id": ID}).encode())[0] == 500
    assert json.loads(receiver.receive("/cb", {}, b"{}")[1])["data"]["success"] is True


@pytest.mark.parametrize(
    ("body", "named"), [('{"taskid": 12}', True), ('{"taskid": "12"}', True), ('{"w": 12}', False)]
)
def test_a_short_id_is_looked_for_in_ids_only(body: str, *, named: bool) -> None:
    """A number may be anything: as an id it counts where a field is called so."""
    assert names(Delivery("/x", {}, body.encode(), json.loads(body), 1.0, 200), "12") is named


def test_a_part_of_an_id_names_nobody() -> None:
    """An id that is the beginning of another one is not named by it."""
    assert not names(Delivery("/x", {}, b'{"id": "abcdef12"}', {"id": "abcdef12"}, 1.0, 200), "abcdef1")


def test_what_is_kept_is_bounded(receiver: Receiver) -> None:
    """A body is kept in part, and packed zeros do not become a flood."""
    receiver.receive("/x", {"content-encoding": "gzip"}, gzip.compress(b"0" * (8 << 20)))
    receiver.receive("/x", {}, b"0" * (8 << 20))
    assert [len(one.body) for one in receiver.deliveries] == [MAX_BODY_BYTES, MAX_BODY_BYTES]


@pytest.mark.wire
def test_anything_at_the_port_is_seen() -> None:
    """Any path, any method, in chunks or not: it arrives with its query."""
    server = start_own_server(Standing(), 0)
    try:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        connection.request("PUT", "/elsewhere?a=b%20c", body=iter([b'{"id": ', b"1}"]), encode_chunked=True,
                           headers={"Transfer-Encoding": "chunked", "Content-Type": "text/plain"})  # fmt: skip
        assert connection.getresponse().read()
        connection.request("GET", "/")
        assert connection.getresponse().status == 200
        connection.close()
    finally:
        server.close()
    seen = [(one.method, one.path, one.body) for one in server.receiver.deliveries]
    assert seen == [("PUT", "/elsewhere?a=b%20c", b'{"id": 1}'), ("GET", "/", b"")]


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/h/x?a=b%20c&n=1", True),
        ("http://h/h/x?n=1&a=b+c&more=1", True),
        ("/h/x", False),
        ("/h/x?a=b&n=1", False),
        ("/?a=b%20c&n=1", False),
    ],
)
def test_an_address_is_kept_with_its_path_and_query(path: str, *, kept: bool) -> None:
    """The spelling of a query is free, what it says is not."""
    assert deliveries.is_kept("http://h/h/x?n=1&a=b%20c", path) is kept


def test_what_follows_an_acknowledgement_is_told_from_tries() -> None:
    """Tries end with the first that is acknowledged; a copy with the same content differs in nothing."""
    sent = [Delivery("/", {}, body, json.loads(body), at, status) for body, at, status in (
        (b'{"a": 1}', 1.0, 500), (b'{"a": 1}', 2.0, 200), (b'{"a":1}', 3.0, 200), (b'{"a": 2}', 4.0, 200))]  # fmt: skip
    found = deliveries.attempts_of(sent)
    assert (len(found.tries), len(found.after), len(found.differing), found.gaps) == (2, 2, 1, [1.0])


def test_slow_retries_are_waited_for() -> None:
    """The wait follows the gaps that are seen, and is never shorter than what is assumed."""
    assert deliveries.quiet_seconds([0, 2, 7], [1, 2, 4]) >= 15
    assert deliveries.quiet_seconds([0], [1, 2, 4]) >= 4


def test_patience_is_spent_once() -> None:
    """After a task that did not end the next is waited for only a while, but twice as long as any that ended."""
    waits = Waits()
    assert waits.note(["a"], [], 9.0, 45.0) == []
    assert waits.seconds(["a"], 45.0) == 45.0
    assert "did not end within 45 s" in waits.note(["a"], ["a"], 45.5, 45.0)[0]
    assert (waits.seconds(["a"], 45.0), waits.seconds(["b"], 45.0)) == (18.0, 45.0)
    assert waits.note(["a"], ["a"], 18.0, 45.0) == []
    assert Waits(spent={"a"}).seconds(["a"], 45.0) == SHORT_SECONDS


def test_a_pace_slows_down_and_not_for_ever() -> None:
    """A refusal spaces requests evenly, further ones at half the rate and no slower."""
    clock, pace = Standing(), Pace(2, 1.0)
    assert [pace.slow_down(clock, 3.0) for _ in range(4)] == [0.5, 1.0, 1.0, 1.0]
    moments = []
    for _ in range(3):
        pace.wait(clock)
        moments.append(clock.now())
    assert moments == [1003.0, 1004.0, 1005.0]


@pytest.mark.parametrize(
    ("value", "holds"),
    [
        ("0" * 32, True),
        ("F" * 32, True),
        ("1B2M2Y8AsgTpgAmY7PhCfg==", True),
        ("0" * 40, False),
        ("", False),
        ("g" * 32, False),
    ],
)
def test_a_digest_has_its_length(value: str, *, holds: bool) -> None:
    """An MD5 has sixteen bytes, whatever it was made of."""
    assert deliveries.is_digest(value, "0" * 32) is holds
