"""Magic Tiger end to end in process: document 001 and the assumptions, in the default form and every variant."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

MB = 1 << 20
START = 1_700_000_000
ACK = b'{"code": 0, "msg": "", "data": {"success": true}}'


class MagicTiger:
    """The calls of Magic Tiger in a laboratory."""

    def __init__(self, lab: Any) -> None:
        self.lab = lab
        self.world = lab.world("magictiger")

    def call(self, name: str, body: Any, token: str = "test-key") -> Any:  # noqa: S107 - a made-up token
        """Send one request."""
        return self.lab.call("POST", f"/{name}", headers={"token": token}, json=body)

    def create(self, name: str = "40x30.jpg", **fields: Any) -> Any:
        """Send a create request."""
        return self.call("createtask", {"picurl": self.lab.image(name) if name else None, "type": 1, **fields})

    def task(self, name: str = "80x64.jpg", **fields: Any) -> str:
        """Create a task; its id."""
        answer = self.create(name, **fields).json()
        assert answer["code"] == 0, answer
        return str(answer["data"]["taskid"])

    def get(self, task: str, type: Any = 1) -> Any:  # noqa: A002 - the document's word
        """Read a task."""
        return self.call("gettask", {"taskid": task, "type": type}).json()

    def finished(self, task: str, type: int = 1) -> dict[str, Any]:  # noqa: A002
        """The data of the finished task."""
        self.lab.advance("magictiger", 2)
        body = self.get(task, type)
        assert (body["code"], body["msg"]) == (0, "")
        found: dict[str, Any] = body["data"]
        return found


@pytest.fixture
def make(make_lab: Callable[..., Any]) -> Callable[..., MagicTiger]:
    """Magic Tiger in some variants."""
    return lambda **variants: MagicTiger(make_lab("magictiger", **variants))


@pytest.fixture
def vendor(make: Callable[..., MagicTiger]) -> MagicTiger:
    """Magic Tiger in the default form."""
    return make()


def test_a_task_goes_through_queue_and_processing_to_a_download(vendor: MagicTiger) -> None:
    """The status is 0, 1, then 2, the queue position only falls; facts of the output come at the end only."""
    created = vendor.create("80x64.jpg", chtaskid="mine \n\u202e<b>").json()
    assert created == {
        "code": 0,
        "msg": "",
        "data": {"taskid": created["data"]["taskid"], "status": 0, "queuenum": 3},
    }
    task, seen = created["data"]["taskid"], []
    for _ in range(9):
        data = vendor.get(task)["data"]
        seen.append((data["status"], data["queuenum"]))
        assert (data["inpathwidth"], data["inpathheight"], data["inpathext"]) == (80, 64, "jpg")
        if data["status"] < 2:
            assert (data["outpathwidth"], data["outpathsize"], data["outpathheight"], data["outpathext"]) == (
                0,
                0,
                0,
                "",
            )
            assert (data["outputurl"], data["facenum"], data["facelist"]) == ("", 0, [])
        vendor.lab.pass_time(0.25)
    assert [status for status, _ in seen] == [0, 0, 0, 0, 1, 1, 1, 1, 2]
    assert [place for _, place in seen] == [3, 3, 2, 1, 0, 0, 0, 0, 0]
    assert (data["chtaskid"], data["errorcode"], data["errormsg"]) == ("mine \n\u202e<b>", 0, "")


def _facts(lab: Any, link: str) -> tuple[int, int, int, str]:
    content = lab.call("GET", link).content
    picture = Image.open(io.BytesIO(content))
    return (
        picture.width,
        picture.height,
        len(content),
        {"JPEG": "jpg"}.get(str(picture.format), str(picture.format).lower()),
    )


@pytest.mark.parametrize("form", ["jpg", "png", "bmp", "webp"])
@pytest.mark.parametrize("kind", [1, 7, 8])
def test_all_facts_are_true_of_the_real_bytes(vendor: MagicTiger, form: str, kind: int) -> None:
    """Width, height, bytes and extension are told truly of input, output (twice each side) and every face."""
    name = f"80x64.{form}"
    data = vendor.finished(vendor.task(name, type=kind), kind)
    assert data["inputurl"] == vendor.lab.image(name)
    pairs = [data, *data["facelist"]]
    for one in pairs:
        stated = tuple(one[f"inpath{fact}"] for fact in ("width", "height", "size", "ext"))
        assert stated == _facts(vendor.lab, one["inputurl"])
        stated = tuple(one[f"outpath{fact}"] for fact in ("width", "height", "size", "ext"))
        assert stated == _facts(vendor.lab, one["outputurl"])
    assert (data["outpathwidth"], data["outpathheight"]) == (160, 128)
    assert data["facenum"] == len(data["facelist"]) == (3 if kind == 8 else 1)
    if kind == 8:  # S1:57, S1:72: the entries are the output pictures, each another one
        contents = {vendor.lab.call("GET", one["outputurl"]).content for one in data["facelist"]}
        assert len(contents) == 3
        assert {one["inputurl"] for one in data["facelist"]} == {data["inputurl"]}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"type": 0}, 1001001),
        ({"type": 9}, 1001001),
        ({"type": "1"}, 1001001),
        ({"type": 1.5}, 1001001),
        ({"type": None}, 1001001),
        ({"picurl": None}, 1001001),
        ({"picurl": 5}, 1001001),
        ({"picurl": ["x"]}, 1001001),
        ({"chtaskid": 5}, 1001001),
        ({"picurl": ""}, 1001002),
        ({"picurl": "no url"}, 1001002),
        ({"picurl": "/x.jpg"}, 1001002),
        ({"picurl": "ftp://a/b"}, 1001002),
        ({"picurl": "http://nowhere.test/x.jpg"}, 1001002),
        ({"picurl": "data:image/png;base64,AAAA"}, 1001002),
        ({"picurl": "file:///etc/passwd"}, 1001002),
    ],
)
def test_bad_requests_have_the_documented_codes(vendor: MagicTiger, fields: dict[str, Any], code: int) -> None:
    """HTTP 200, the code (S1:25, S1:26), an empty data object; no task and no cost."""
    before = vendor.world.balance
    answer = vendor.create(**fields)
    assert (answer.status_code, answer.json()["code"], answer.json()["data"]) == (200, code, {})
    assert answer.headers["X-Greycard-Reason"].startswith("magictiger/createtask#")
    assert (len(vendor.world.tasks), vendor.world.balance) == (0, before)


@pytest.mark.parametrize(
    ("name", "query", "code"),
    [
        ("80x64.jpg", {"redirect": 1}, 1001002),
        ("80x64.jpg", {"status": 404}, 1001002),
        ("80x64.jpg", {"status": 503}, 1001002),
        ("63x100.jpg", {}, 1001003),
        ("100x63.jpg", {}, 1001003),
        ("64x64.jpg", {}, 0),
        ("1x1.png", {}, 1001003),
        ("9216x64.png", {}, 0),
        ("64x9216.png", {}, 0),
        ("9217x64.png", {}, 1001003),
        ("64x9217.png", {}, 1001003),
        ("80x64.gif", {}, 1001004),
        ("80x64.tiff", {}, 1001004),
        ("80x64.jpg", {"damage": "garbage"}, 1001004),
        ("7000x6500.bmp", {}, 1001003),
        ("80x64.jpg", {"bytes": 20 * MB}, 0),
        ("80x64.jpg", {"bytes": 20 * MB + 1}, 1001003),
    ],
)
def test_pictures_are_checked_at_create(vendor: MagicTiger, name: str, query: dict[str, Any], code: int) -> None:
    """Redirects (S1:7), 64 to 9216 px and 20 MB inclusive (S1:1), kinds (S1:28): checked to byte and pixel."""
    assert vendor.call("createtask", {"picurl": vendor.lab.image(name, **query), "type": 1}).json()["code"] == code


def test_megabytes_in_their_decimal_reading(make: Callable[..., MagicTiger]) -> None:
    """megabyte=decimal: 20,000,000 bytes pass, one more does not."""
    vendor = make(megabyte="decimal")
    links = [vendor.lab.image("80x64.jpg", bytes=20_000_000 + more) for more in (0, 1)]
    assert [vendor.call("createtask", {"picurl": link, "type": 1}).json()["code"] for link in links] == [
        0,
        1001003,
    ]


@pytest.mark.parametrize("how", ["scenario", "cut picture"])
def test_a_failed_task_says_why(vendor: MagicTiger, how: str) -> None:
    """Status 3, an error code and words, no output."""
    if how == "scenario":
        vendor.lab.force("magictiger", outcome=3)
        task = vendor.task()
    else:
        link = vendor.lab.image("80x64.jpg", damage="truncate")
        task = vendor.call("createtask", {"picurl": link, "type": 1}).json()["data"]["taskid"]
    data = vendor.finished(task)
    assert (data["status"], data["errorcode"], bool(data["errormsg"])) == (3, 1001001, True)
    assert (data["outputurl"], data["outpathsize"], data["facelist"]) == ("", 0, [])


def test_chtaskid_comes_back_as_given_or_null(vendor: MagicTiger) -> None:
    """S1:9, S1:58: nullable; null when none was sent."""
    for given in ("mine", "", None):
        assert vendor.get(vendor.task(chtaskid=given))["data"]["chtaskid"] == given
    assert vendor.get(vendor.task())["data"]["chtaskid"] is None


def test_the_balance_runs_out(vendor: MagicTiger) -> None:
    """Each create costs one unit, a refused one none, a deleted task is not refunded; then comes 1003002 (S1:29)."""
    vendor.world.balance = 2
    task = vendor.task()
    vendor.create(type=99)
    vendor.call("deletetask", {"taskid": task})
    vendor.task()
    assert vendor.create("80x64.jpg").json() == {"code": 1003002, "msg": "balance is too low", "data": {}}


def test_a_deleted_task_is_deleted_for_good(vendor: MagicTiger) -> None:
    """It is 1002002 for gettask (S1:78) and deletetask (S1:96), one that never was 1002001; its pictures are gone."""
    task = vendor.task()
    link = vendor.finished(task)["outputurl"]
    assert vendor.call("deletetask", {"taskid": task}).json() == {
        "code": 0,
        "msg": "",
        "data": {"success": True},
    }
    assert [vendor.get(task)["code"], vendor.call("deletetask", {"taskid": task}).json()["code"]] == [
        1002002,
        1002002,
    ]
    assert [vendor.get("x")["code"], vendor.call("deletetask", {"taskid": "x"}).json()["code"]] == [
        1002001,
        1002001,
    ]
    assert vendor.lab.call("GET", link).status_code == 404


def test_gettask_wants_the_task_s_own_type(vendor: MagicTiger) -> None:
    """Another type is 1002001; a missing one is a malformed request."""
    task = vendor.task(type=2)
    assert [vendor.get(task, 2)["code"], vendor.get(task, 1)["code"], vendor.get(task, "2")["code"]] == [
        0,
        1002001,
        1001001,
    ]
    assert vendor.call("gettask", {"taskid": task}).json()["code"] == 1001001
    assert vendor.call("gettask", {"taskid": task, "type": 2}, token="test-other").json()["code"] == 1002001


@pytest.mark.parametrize("token", [None, "", "live", "\xe9"])
@pytest.mark.parametrize("name", ["createtask", "gettask", "deletetask"])
def test_a_wrong_token_is_401(vendor: MagicTiger, token: str | None, name: str) -> None:
    """HTTP 401 with a code other than 0."""
    headers = {} if token is None else {"token": token.encode("latin-1")}
    answer = vendor.lab.call("POST", f"/{name}", headers=headers, json={})
    assert (answer.status_code, answer.json()["code"], answer.json()["data"]) == (401, 1003001, {})


def test_other_calls_are_404(vendor: MagicTiger) -> None:
    """A known name with another method is explained."""
    answer = vendor.lab.call("GET", "/gettask", headers={"token": "test-key"})
    assert (answer.status_code, answer.json()["code"]) == (404, 1000404)
    assert "gettask is POST /gettask" in answer.headers["X-Greycard-Reason"]


# ------------------------------------------------------------------------------------------------- callbacks


@pytest.mark.parametrize(("outcome", "kind"), [(2, 1), (3, 1), (2, 8)])
def test_the_callback_says_what_gettask_says(vendor: MagicTiger, outcome: int, kind: int) -> None:
    """One POST at the moment of the end brings gettask's answer, the token, and their MD5 (S1:101-142)."""
    receiver = vendor.lab.receive("magictiger", (200, ACK))
    vendor.world.callback_url = "http://receiver.test/cb"
    vendor.lab.force("magictiger", outcome=outcome)
    task = vendor.task(type=kind, chtaskid="mine")
    vendor.lab.advance("magictiger", 1.999)
    assert receiver.got == []
    vendor.lab.advance("magictiger", 100)
    [(moment, url, headers, body)] = receiver.got
    assert (moment, url) == (START + 2, "http://receiver.test/cb")
    assert json.loads(body) == vendor.get(task, kind)
    assert (headers["token"], headers["Content-Type"]) == ("test-key", "application/json")
    assert headers["md5"] == hashlib.md5(body + b"test-key").hexdigest()  # noqa: S324 - the vendor's choice


def _answer(**data: Any) -> bytes:
    return json.dumps({"code": 0, "msg": "", "data": data}).encode()


@pytest.mark.parametrize(
    ("answers", "moments"),
    [
        ([(200, ACK)], [2]),
        ([(500, ACK), (500, ACK), (200, ACK)], [2, 3, 5]),
        ([(500, b"")], [2, 3, 5, 9]),
        ([(201, ACK), (200, ACK)], [2, 3]),
        ([(302, ACK), (200, ACK)], [2, 3]),
        ([(200, _answer(success=False)), (200, ACK)], [2, 3]),
        ([(200, _answer(success="true")), (200, ACK)], [2, 3]),
        ([(200, _answer(success=1)), (200, ACK)], [2, 3]),
        ([(200, _answer()), (200, ACK)], [2, 3]),
        ([(200, b"ok"), (200, ACK)], [2, 3]),
        ([(200, b""), (200, ACK)], [2, 3]),
        ([(200, b"[]"), (200, ACK)], [2, 3]),
        ([(200, b'{"data": null}'), (200, ACK)], [2, 3]),
        ([(200, b"[" * 100_000), (200, ACK)], [2, 3]),
        ([(200, b'{"data": {"success": true}}')], [2]),
    ],
)
def test_a_callback_is_tried_until_it_is_acknowledged(vendor: MagicTiger, answers: Any, moments: list[int]) -> None:
    """Up to 3 tries (S1:99) follow the first, 1, 2, 4 s apart; only 200 with data.success true ends it (S1:146-152)."""
    receiver = vendor.lab.receive("magictiger", *answers)
    vendor.world.callback_url = "http://receiver.test/cb"
    vendor.task()
    vendor.lab.advance("magictiger", 1000)
    assert [moment - START for moment, *_ in receiver.got] == moments
    assert len({body for *_, body in receiver.got}) == 1
    entries = [entry.facts for entry in vendor.world.journal.of_kind("delivery")]
    assert [one["attempt"] for one in entries] == list(range(1, len(moments) + 1))
    assert "test-key" not in json.dumps(entries)


def test_three_attempts_in_all(make: Callable[..., MagicTiger]) -> None:
    """callback_attempts=3: the first try is one of the three (S1:99)."""
    vendor = make(callback_attempts="3")
    receiver = vendor.lab.receive("magictiger", (500, b""))
    vendor.world.callback_url = "http://receiver.test/cb"
    vendor.task()
    vendor.lab.advance("magictiger", 1000)
    assert [moment - START for moment, *_ in receiver.got] == [2, 3, 5]


def test_many_callbacks_come_in_the_order_of_their_moments(vendor: MagicTiger) -> None:
    """Advancing once delivers everything due in order, retries between first tries.

    The clock ends where it should.
    """
    receiver = vendor.lab.receive("magictiger", (500, b""), (200, ACK))
    vendor.world.callback_url = "http://receiver.test/cb"
    tasks = []
    for _ in range(3):
        tasks.append(vendor.task())
        vendor.lab.advance("magictiger", 0.75)
    assert vendor.lab.advance("magictiger", 97.75) == 3
    got = [(moment - START, json.loads(body)["data"]["taskid"]) for moment, _, _, body in receiver.got]
    assert got == [(2, tasks[0]), (2.75, tasks[1]), (3, tasks[0]), (3.5, tasks[2])]
    assert vendor.world.clock.now() == START + 100


def test_a_deleted_task_calls_nobody(vendor: MagicTiger) -> None:
    """Deleted before its end, or between two tries."""
    receiver = vendor.lab.receive("magictiger", (500, b""))
    vendor.world.callback_url = "http://receiver.test/cb"
    first, second = vendor.task(), vendor.task()
    vendor.call("deletetask", {"taskid": first})
    vendor.lab.advance("magictiger", 2)
    vendor.call("deletetask", {"taskid": second})
    vendor.lab.advance("magictiger", 100)
    assert [json.loads(body)["data"]["taskid"] for *_, body in receiver.got] == [second]


def test_without_an_address_nobody_is_called(vendor: MagicTiger) -> None:
    """S1:98: only if a URL was given; one account's token never goes to another account's address."""
    receiver = vendor.lab.receive("magictiger", (200, ACK))
    vendor.lab.world("magictiger", "test-other").callback_url = "http://receiver.test/cb"
    vendor.task()
    assert vendor.lab.advance("magictiger", 100) == 0
    other = vendor.call("createtask", {"picurl": vendor.lab.image("80x64.jpg"), "type": 1}, token="test-other")
    assert other.json()["code"] == 0
    vendor.lab.advance("magictiger", 100, "test-other")
    assert [headers["token"] for _, _, headers, _ in receiver.got] == ["test-other"]


def test_loops_of_mocks_come_to_an_end(vendor: MagicTiger) -> None:
    """A create that was itself made by a delivery carries its depth.

    At the third level nobody is called any more.
    """
    receiver = vendor.lab.receive("magictiger", (200, ACK))
    vendor.world.callback_url = "http://receiver.test/cb"
    for depth in ("0", "2", "3", "99", "999999", "x", "-1"):
        headers = {"token": "test-key", "X-Greycard-Depth": depth}
        vendor.lab.call(
            "POST", "/createtask", headers=headers, json={"picurl": vendor.lab.image("80x64.jpg"), "type": 1}
        )
    vendor.lab.advance("magictiger", 10)
    assert [headers["x-greycard-depth"] for _, _, headers, _ in receiver.got] == ["1", "3", "1", "1"]


def test_results_do_not_expire(vendor: MagicTiger) -> None:
    """No life is documented."""
    link = vendor.finished(vendor.task())["outputurl"]
    vendor.lab.pass_time(1e8)
    assert vendor.lab.open(link).size == (160, 128)
