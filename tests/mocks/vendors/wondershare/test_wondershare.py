"""Wondershare end to end in process: documents 000, 003 and the assumptions, in the default form and every variant."""

from __future__ import annotations

import base64
import io
import threading
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from greycard_mocks.egress.guard import EgressError
from greycard_mocks.images.testcards import card

MB = 1 << 20


class Wondershare:
    """The calls of one feature in a laboratory."""

    def __init__(self, lab: Any, basic: Callable[..., dict[str, str]]) -> None:
        self.lab, self.basic = lab, basic

    def send(self, feature: str, body: Any, auth: str = "test-key:secret") -> Any:
        """Send a body."""
        return self.lab.call("POST", f"/v3/pic/{feature}/batch", headers=self.basic(auth), json=body)

    def create(self, feature: str = "fsrtwo", images: list[str] | None = None, **fields: Any) -> Any:
        """Send a create request."""
        own = {"file_ext": "png"} if feature == "fsrtwo" else {"mask": self.lab.image("300x300.png")}
        body = {"images": images or [self.lab.image("300x300.jpg")], "priority": 1, **own, **fields}
        return self.send(feature, {name: value for name, value in body.items() if value is not None})

    def poll(self, task: str, feature: str = "fsrtwo") -> Any:
        """Read a task."""
        return self.lab.call("GET", f"/v3/pic/{feature}/result/{task}", headers=self.basic("test-key:secret"))

    def finish(self, answer: Any, feature: str = "fsrtwo") -> dict[str, Any]:
        """The data of the finished task."""
        body = answer.json()
        assert body["code"] == 0, body
        self.lab.pass_time(10)
        found: dict[str, Any] = self.poll(body["data"]["task_id"], feature).json()["data"]
        return found


@pytest.fixture
def make(make_lab: Callable[..., Any], basic: Callable[..., dict[str, str]]) -> Callable[..., Wondershare]:
    """Wondershare in some variants."""
    return lambda **variants: Wondershare(make_lab("wondershare", **variants), basic)


@pytest.fixture
def vendor(make: Callable[..., Wondershare]) -> Wondershare:
    """Wondershare in the default form."""
    return make()


def test_a_batch_goes_through_its_states_to_downloads(vendor: Wondershare) -> None:
    """Status 1, 2, 3 follow, wait_time falls to "0"; the list comes at the end, in the order of `images`."""
    images = [
        vendor.lab.image("300x280.jpg"),
        vendor.lab.image("257x300.png"),
        vendor.lab.image("260x270.bmp"),
    ]
    answer = vendor.create(images=images, file_ext="png")
    assert answer.json() == {"code": 0, "msg": "", "data": {"task_id": answer.json()["data"]["task_id"]}}
    task, seen = answer.json()["data"]["task_id"], []
    for _ in range(5):
        body = vendor.poll(task).json()
        seen.append((body["data"]["status"], body["data"]["wait_time"], len(body["data"]["list"])))
        assert (body["code"], body["msg"], body["data"].keys()) == (0, "", {"status", "wait_time", "list"})
        vendor.lab.pass_time(0.5)
    assert seen == [("1", "2", 0), ("2", "2", 0), ("2", "1", 0), ("2", "1", 0), ("3", "0", 3)]
    items = body["data"]["list"]
    assert [(item.keys(), item["status"], item["reason"]) for item in items] == [
        ({"image_result", "status", "reason"}, "3", "")
    ] * 3
    pictures = [vendor.lab.open(item["image_result"]) for item in items]
    assert [(one.size, one.format) for one in pictures] == [
        ((2400, 2240), "PNG"),
        ((2056, 2400), "PNG"),
        ((2080, 2160), "PNG"),
    ]


@pytest.mark.parametrize(("ext", "form"), [("JPG", "JPEG"), ("jpg", "JPEG"), ("PNG", "PNG"), ("Png", "PNG")])
def test_file_ext_decides_the_format(vendor: Wondershare, ext: str, form: str) -> None:
    """S0:19, in any case; the result is 8 times each side (S0:1)."""
    data = vendor.finish(vendor.create(file_ext=ext))
    picture = vendor.lab.open(data["list"][0]["image_result"])
    assert (picture.format, picture.size) == (form, (2400, 2400))


@pytest.mark.parametrize(
    "fields",
    [
        {"file_ext": None},
        {"file_ext": "JPEG"},
        {"file_ext": "gif"},
        {"file_ext": ""},
        {"file_ext": 1},
        {"file_ext": "PNG\n"},
        {"priority": None},
        {"priority": -1},
        {"priority": 10},
        {"priority": "1"},
        {"priority": 1.5},
        {"priority": True},
        {"images": "http://x"},
        {"images": [""]},
        {"images": [1]},
    ],
)
def test_bad_parameters_are_refused(vendor: Wondershare, fields: dict[str, Any]) -> None:
    """HTTP 200, the envelope with a code other than 0 and an empty data object; the reason says where."""
    answer = vendor.create(**fields)
    assert (answer.status_code, answer.json()) == (
        200,
        {"code": 490002, "msg": "invalid parameter", "data": {}},
    )
    assert answer.headers["X-Greycard-Reason"].startswith("wondershare/fsrtwo.batch#request/")


def test_images_may_not_be_left_out_or_empty(vendor: Wondershare) -> None:
    """S0:18."""
    images: Any
    for images in ({}, {"images": []}, {"images": None}):
        assert vendor.send("fsrtwo", {**images, "file_ext": "png", "priority": 1}).json()["code"] == 490002


@pytest.mark.parametrize("feature", ["fsrtwo", "rw"])
def test_the_edges_of_numbers_hold_in_both_features(vendor: Wondershare, feature: str) -> None:
    """20 images pass and 21 are refused (S0:18, S3:28); priority 0 and 9 pass (S0:20, S3:30)."""
    link = vendor.lab.image("300x300.jpg")
    assert len(vendor.finish(vendor.create(feature, [link] * 20), feature)["list"]) == 20
    refused = vendor.create(feature, [link] * 21)
    assert refused.json()["code"] == 490002
    assert "(S0:18)" in refused.headers["X-Greycard-Reason"] or "(S3:28)" in refused.headers["X-Greycard-Reason"]
    assert [vendor.create(feature, priority=value).json()["code"] for value in (0, 9, -1, 10)] == [
        0,
        0,
        490002,
        490002,
    ]


@pytest.mark.parametrize(
    ("feature", "name", "fine"),
    [
        ("fsrtwo", "257x257.jpg", True),
        ("fsrtwo", "256x300.jpg", False),
        ("fsrtwo", "300x256.jpg", False),
        ("fsrtwo", "999x999.jpg", True),
        ("fsrtwo", "1000x300.jpg", False),
        ("fsrtwo", "300x1000.jpg", False),
        ("rw", "257x257.png", True),
        ("rw", "256x257.png", False),
        ("rw", "4999x1250.png", True),
        ("rw", "5000x1300.png", False),
        ("rw", "1300x5000.png", False),
        ("rw", "1028x257.png", True),
        ("rw", "1029x257.png", False),
        ("rw", "257x1029.png", False),
        ("fsrtwo", "300x300.gif", False),
        ("fsrtwo", "300x300.webp", False),
        ("fsrtwo", "300x300.tiff", False),
        ("fsrtwo", "300x300.bmp", True),
        ("fsrtwo", "300x300.png", True),
    ],
)
def test_limits_of_pictures_are_exact_to_the_pixel(vendor: Wondershare, feature: str, name: str, *, fine: bool) -> None:
    """Over 256, under 1k (S0:33) or 5000 (S3:46), at most 4:1; PNG, JPEG, BMP."""
    data = vendor.finish(vendor.create(feature, [vendor.lab.image(name)]), feature)
    assert (data["status"], data["list"][0]["status"]) == (("3", "3") if fine else ("4", "4"))
    assert bool(data["list"][0]["reason"]) is not fine
    assert bool(data["list"][0]["image_result"]) is fine


@pytest.mark.parametrize(("variants", "unit"), [({}, MB), ({"megabyte": "decimal"}, 10**6)])
def test_the_file_limit_is_exact_to_the_byte(make: Callable[..., Wondershare], variants: Any, unit: int) -> None:
    """50 MB inclusive (S0:33)."""
    vendor = make(**variants)
    links = [vendor.lab.image("300x300.jpg", bytes=50 * unit + more) for more in (0, 1)]
    data = vendor.finish(vendor.create(images=links))
    assert [item["status"] for item in data["list"]] == ["3", "4"]
    assert data["list"][1]["reason"] == "the image file is too large"


def test_kilo_in_its_binary_reading(make: Callable[..., Wondershare]) -> None:
    """kilo=binary: 1023 px is under 1k, 1024 is not."""
    vendor = make(kilo="binary")
    data = vendor.finish(vendor.create(images=[vendor.lab.image("1023x300.jpg"), vendor.lab.image("1024x300.jpg")]))
    assert [item["status"] for item in data["list"]] == ["3", "4"]


def test_a_batch_can_fail_in_part(vendor: Wondershare) -> None:
    """Each picture has its own status and reason.

    The task is complete when one succeeded and failed when none did.
    """
    bad = {
        "http://nowhere.test/a.jpg": "the image could not be downloaded",
        "no link": "the image could not be downloaded",
        vendor.lab.image("300x300.jpg", status=404): "the image could not be downloaded",
        vendor.lab.image("300x300.jpg", redirect=1): "the image link answers with a redirect",
        vendor.lab.image("300x300.jpg", damage="garbage"): "the file is not an image",
        vendor.lab.image("300x300.jpg", damage="truncate"): "the image file is damaged",
        vendor.lab.image("100x100.jpg"): "the image resolution is out of range",
    }
    data = vendor.finish(vendor.create(images=[*bad, vendor.lab.image("300x300.jpg")]))
    assert data["status"] == "3"
    assert [item["reason"] for item in data["list"]] == [*bad.values(), ""]
    assert [item["status"] for item in data["list"]] == [*["4"] * len(bad), "3"]
    assert [bool(item["image_result"]) for item in data["list"]] == [*[False] * len(bad), True]
    everything = vendor.finish(vendor.create(images=list(bad)))
    assert (everything["status"], len(everything["list"])) == ("4", len(bad))


def test_links_of_a_batch_are_fetched_at_the_same_time(vendor: Wondershare, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty silent hosts cost the time of one; the same link is fetched once; the order stays."""
    together, asked = threading.Barrier(20, timeout=20), []

    def fetch(url: str, **_: Any) -> Any:
        asked.append(url)
        together.wait()
        raise EgressError("timeout", f"{url} did not answer")

    monkeypatch.setattr(vendor.lab.guard, "fetch", fetch)
    links = [f"https://silent.example/{number}.jpg" for number in range(20)]
    data = vendor.finish(vendor.create(images=links))
    assert {item["status"] for item in data["list"]} == {"4"}
    assert sorted(asked) == sorted(links)
    together, asked[:] = threading.Barrier(1), []
    good = vendor.lab.image("300x300.jpg")
    data = vendor.finish(vendor.create(images=[links[0], good, links[0]]))
    assert [item["status"] for item in data["list"]] == ["4", "3", "4"]
    assert asked == links[:1]


def test_single_items_can_be_made_to_fail(vendor: Wondershare) -> None:
    """A scenario picks pictures by their place."""
    vendor.lab.force("wondershare", failed_items=(0, 2))
    data = vendor.finish(vendor.create(images=[vendor.lab.image("300x300.jpg")] * 3))
    assert (data["status"], [item["status"] for item in data["list"]]) == ("3", ["4", "3", "4"])


@pytest.mark.parametrize("outcome", ["4", "5", "6"])
def test_every_end_can_be_forced(vendor: Wondershare, outcome: str) -> None:
    """S0:73: failed, closed, timed out; every picture of the batch has a reason then."""
    vendor.lab.force("wondershare", outcome=outcome)
    data = vendor.finish(vendor.create())
    assert (data["status"], data["wait_time"]) == (outcome, "0")
    assert data["list"][0]["reason"]
    assert data["list"][0]["image_result"] == ""


def test_a_stuck_task_never_ends(vendor: Wondershare) -> None:
    """No limit is documented: the state stays, and an hour is the longest wait that is named."""
    vendor.lab.force("wondershare", stuck="waiting")
    task = vendor.create().json()["data"]["task_id"]
    vendor.lab.pass_time(1e6)
    assert vendor.poll(task).json()["data"] == {"status": "1", "wait_time": "3600", "list": []}


def _data_uri(content: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(content).decode()


@pytest.mark.parametrize("form", ["link", "data URI", "Base64", "Base64 in lines"])
def test_a_mask_comes_in_every_form(vendor: Wondershare, form: str) -> None:
    """Link, data URI and Base64 (S3:29) do the same: size and kind of the input stay, and only the marks change."""
    mask = Image.new("L", (300, 280))
    mask.paste(255, (100, 100, 150, 150))
    file = io.BytesIO()
    mask.save(file, "PNG")
    text = base64.b64encode(file.getvalue()).decode()
    lines = "\n".join(text[start : start + 60] for start in range(0, len(text), 60))
    masks = {
        "link": vendor.lab.image("300x280.png"),
        "data URI": _data_uri(file.getvalue()),
        "Base64": text,
        "Base64 in lines": lines,
    }
    source = vendor.lab.image("300x280.png", seed=3)
    data = vendor.finish(vendor.create("rw", [source], mask=masks[form]), "rw")
    result = vendor.lab.open(data["list"][0]["image_result"])
    assert (result.size, result.format) == ((300, 280), "PNG")
    if form != "link":
        before = vendor.lab.open(source).convert("RGB")
        assert before.crop((0, 0, 90, 90)).tobytes() == result.convert("RGB").crop((0, 0, 90, 90)).tobytes()
        assert before.crop((100, 100, 150, 150)).tobytes() != result.convert("RGB").crop((100, 100, 150, 150)).tobytes()


@pytest.mark.parametrize(
    "mask",
    [
        "garbage",
        "",
        "data:image/png;base64,",
        "data:image/png,abc",
        "data:,",
        "aGVsbG8=",
        _data_uri(b"hello"),
        "http://nowhere.test/m.png",
        "ftp://x/m.png",
        "====",
        "é",
        _data_uri(card(10, 10, "png", damage="garbage")),
    ],
)
def test_a_mask_that_is_no_picture_is_refused(vendor: Wondershare, mask: str) -> None:
    """Nothing is created."""
    answer = vendor.create("rw", mask=mask)
    assert (answer.status_code, answer.json()["data"]) == (200, {})
    assert answer.json()["code"] in (490002, 490005)
    assert not vendor.lab.world("wondershare").tasks


def test_a_mask_is_needed(vendor: Wondershare) -> None:
    """S3:29."""
    answer = vendor.create("rw", mask=None)
    assert (answer.json()["code"], "S3:29" in answer.headers["X-Greycard-Reason"]) == (490002, True)


def test_an_erased_jpeg_stays_a_jpeg(vendor: Wondershare) -> None:
    """The format follows the input."""
    data = vendor.finish(vendor.create("rw"), "rw")
    assert vendor.lab.open(data["list"][0]["image_result"]).format == "JPEG"


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Basic",
        "Basic ",
        "Basic !!!",
        "Bearer x",
        "Basic " + base64.b64encode(b"test-key").decode(),
        "Basic " + base64.b64encode(b"test-key:").decode(),
        "Basic " + base64.b64encode(b":x").decode(),
        "Basic " + base64.b64encode(b"real:secret").decode(),
        "Basic " + base64.b64encode(b"\xff\xfe:x").decode(),
        "Basic \xe9\xe9",
        "Basic " + "A" * 50_000,
    ],
)
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_bad_credentials_are_401(vendor: Wondershare, header: str | None, method: str) -> None:
    """HTTP 401 and the envelope with a code other than 0."""
    headers = {} if header is None else {"Authorization": header.encode("latin-1")}
    path = "/v3/pic/fsrtwo/batch" if method == "POST" else "/v3/pic/fsrtwo/result/x"
    answer = vendor.lab.call(method, path, headers=headers)
    assert (answer.status_code, answer.json()) == (
        401,
        {"code": 490001, "msg": "authentication failed", "data": {}},
    )


def test_the_scheme_is_read_in_any_case(vendor: Wondershare) -> None:
    """RFC 7617: `basic` is as good as `Basic`; the world is that of the app key, whatever the secret is."""
    token = vendor.basic("test-key:other")["Authorization"].removeprefix("Basic ")
    task = vendor.create().json()["data"]["task_id"]
    answer = vendor.lab.call("GET", f"/v3/pic/fsrtwo/result/{task}", headers={"Authorization": f"basic {token}"})
    assert answer.json()["code"] == 0


def test_an_unknown_task_has_a_code(vendor: Wondershare) -> None:
    """Also a task of the other feature, and one of another app key."""
    task = vendor.create().json()["data"]["task_id"]
    assert vendor.poll("none").json() == {"code": 490004, "msg": "task not found", "data": {}}
    assert vendor.poll(task, "rw").json()["code"] == 490004
    other = vendor.lab.call("GET", f"/v3/pic/fsrtwo/result/{task}", headers=vendor.basic("test-other:s"))
    assert other.json()["code"] == 490004


def test_content_type_is_needed_where_there_is_a_body(vendor: Wondershare) -> None:
    """S0:13 for the create; on the GET its absence is tolerated, and so is its presence."""
    headers = {**vendor.basic("test-key:s"), "Content-Type": "text/plain"}
    assert vendor.lab.call("POST", "/v3/pic/fsrtwo/batch", headers=headers, data=b"{}").json()["code"] == 490002
    task = vendor.create().json()["data"]["task_id"]
    headers["Content-Type"] = "application/json"
    assert vendor.lab.call("GET", f"/v3/pic/fsrtwo/result/{task}", headers=headers).json()["code"] == 0


def test_the_balance_can_run_out(vendor: Wondershare) -> None:
    """490027, the one number that a page of the vendor names."""
    world = vendor.lab.world("wondershare")
    world.balance = 1
    assert [vendor.create().json()["code"] for _ in range(2)] == [0, 490027]


def test_results_do_not_expire(vendor: Wondershare) -> None:
    """No life is documented: the link works after ten years, and carries no signature."""
    data = vendor.finish(vendor.create())
    assert "?" not in data["list"][0]["image_result"]
    vendor.lab.pass_time(10 * 365 * 86400)
    assert vendor.lab.open(data["list"][0]["image_result"]).size == (2400, 2400)


def test_refusals_under_http_statuses(make: Callable[..., Wondershare]) -> None:
    """error_http=status: 400 and 404 with the same envelope."""
    vendor = make(error_http="status")
    bad, unknown, mask = vendor.create(priority=10), vendor.poll("x"), vendor.create("rw", mask="garbage")
    assert [(one.status_code, one.json()["code"]) for one in (bad, unknown, mask)] == [
        (400, 490002),
        (404, 490004),
        (400, 490005),
    ]


@pytest.mark.parametrize("feature", ["fsrtwo", "rw"])
def test_numbers_as_integers(make: Callable[..., Wondershare], feature: str) -> None:
    """number_form=integer: status, wait_time and the status of each item, in every state."""
    vendor = make(number_form="integer")
    task = vendor.create(feature).json()["data"]["task_id"]
    assert vendor.poll(task, feature).json()["data"] == {"status": 1, "wait_time": 2, "list": []}
    vendor.lab.pass_time(2)
    data = vendor.poll(task, feature).json()["data"]
    assert (data["status"], data["wait_time"], data["list"][0]["status"]) == (3, 0, 3)
    vendor.lab.force("wondershare", outcome=6)
    failed = vendor.finish(vendor.create(feature), feature)
    assert (failed["status"], failed["list"][0]["status"]) == (6, 4)


def test_priority_may_be_optional(make: Callable[..., Wondershare]) -> None:
    """priority=optional: both features do without it, its range still holds."""
    vendor = make(priority="optional")
    codes = [
        vendor.create(feature, priority=value).json()["code"] for feature in ("fsrtwo", "rw") for value in (None, 10)
    ]
    assert codes == [0, 490002, 0, 490002]
