"""Enhancor end to end in process: document 004 and the assumptions, in the default form and every variant."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

BASE = "/api/upscaler/v1"
KEY = {"x-api-key": "test-key"}
HOOK = "http://receiver.test/hook?job_id=7&tile=a%20b"


class Enhancor:
    """The calls of Enhancor in a laboratory."""

    def __init__(self, lab: Any) -> None:
        self.lab = lab

    def queue(self, **fields: Any) -> Any:
        """Queue a picture."""
        body = {"img_url": self.lab.image("40x30.jpg"), "webhookUrl": HOOK, "mode": "fast", **fields}
        return self.lab.call(
            "POST", f"{BASE}/queue", headers=KEY, json={k: v for k, v in body.items() if v is not None}
        )

    def status(self, task: Any) -> Any:
        """Ask for a status."""
        return self.lab.call("POST", f"{BASE}/status", headers=KEY, json={"request_id": task})

    def task(self, **fields: Any) -> str:
        """Create a task; its id."""
        answer = self.queue(**fields)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["requestId"])


@pytest.fixture
def make(make_lab: Callable[..., Any]) -> Callable[..., Enhancor]:
    """Enhancor in some variants."""
    return lambda **variants: Enhancor(make_lab("enhancor", **variants))


@pytest.fixture
def vendor(make: Callable[..., Enhancor]) -> Enhancor:
    """Enhancor in the default form."""
    return make()


@pytest.mark.parametrize(("mode", "cost", "size"), [("fast", 240, (80, 60)), ("professional", 480, (160, 120))])
def test_a_request_goes_through_its_states_to_a_webhook(
    vendor: Enhancor, mode: str, cost: int, size: tuple[int, int]
) -> None:
    """PENDING, IN_QUEUE, IN_PROGRESS, COMPLETED follow, in answers of three fields; one webhook brings the result."""
    receiver = vendor.lab.receive("enhancor")
    answer = vendor.queue(mode=mode)
    assert answer.json() == {"success": True, "requestId": answer.json()["requestId"]}
    task = answer.json()["requestId"]
    assert re.fullmatch("[0-9a-f]{24}", task)
    seen = []
    for _ in range(5):
        body = vendor.status(task).json()
        assert body.keys() == {"requestId", "status", "cost"}
        assert (body["requestId"], body["cost"]) == (task, cost)
        seen.append(body["status"])
        assert bool(receiver.got) is (body["status"] == "COMPLETED")
        vendor.lab.advance("enhancor", 0.5)
    assert list(dict.fromkeys(seen)) == ["PENDING", "IN_QUEUE", "IN_PROGRESS", "COMPLETED"]
    vendor.lab.advance("enhancor", 100)
    [(moment, url, headers, sent)] = receiver.got
    assert (moment, url) == (1_700_000_002, HOOK)
    assert headers["Content-Type"] == "application/json"
    payload = json.loads(sent)
    assert payload == {"request_id": task, "result": payload["result"], "status": "success"}
    assert vendor.lab.open(payload["result"]).size == size


def test_a_failed_request_costs_nothing_and_is_announced(vendor: Enhancor) -> None:
    """FAILED, cost 0, a webhook with status failed and without result."""
    receiver = vendor.lab.receive("enhancor")
    vendor.lab.force("enhancor", outcome="FAILED")
    task = vendor.task()
    vendor.lab.advance("enhancor", 2)
    assert vendor.status(task).json() == {"requestId": task, "status": "FAILED", "cost": 0}
    assert [json.loads(body) for *_, body in receiver.got] == [{"request_id": task, "status": "failed"}]


@pytest.mark.parametrize(
    ("answers", "moments"),
    [
        ([(200, b"")], [2]),
        ([(204, b"")], [2]),
        ([(299, b"no json")], [2]),
        ([(500, b""), (200, b"")], [2, 3]),
        ([(302, b""), (404, b""), (200, b"")], [2, 3, 5]),
        ([(500, b"")], [2, 3, 5, 9]),
    ],
)
def test_a_webhook_is_tried_four_times_at_most(vendor: Enhancor, answers: Any, moments: list[int]) -> None:
    """Any 2xx ends it; otherwise three more tries, 1, 2 and 4 s apart."""
    receiver = vendor.lab.receive("enhancor", *answers)
    vendor.task()
    vendor.lab.advance("enhancor", 1000)
    assert [moment - 1_700_000_000 for moment, *_ in receiver.got] == moments
    journal = vendor.lab.world("enhancor").journal.of_kind("delivery")
    assert [entry.facts["attempt"] for entry in journal] == list(range(1, len(moments) + 1))


def test_an_unreachable_receiver_is_tried_as_often(vendor: Enhancor) -> None:
    """No answer at all is a failed attempt; the journal says why, without the query of the address."""
    vendor.task(webhookUrl="http://nowhere.test/x?secret=1")
    assert vendor.lab.advance("enhancor", 1000) == 4
    facts = [entry.facts for entry in vendor.lab.world("enhancor").journal.of_kind("delivery")]
    assert {(one["outcome"], one["url"]) for one in facts} == {("failed", "http://nowhere.test/x?...")}
    assert facts[0]["reason"].startswith("unreachable")


@pytest.mark.parametrize(
    "fields",
    [
        {"img_url": None},
        {"img_url": ""},
        {"img_url": 5},
        {"mode": None},
        {"mode": ""},
        {"mode": "FAST"},
        {"mode": "slow"},
        {"mode": ["fast"]},
        {"webhookUrl": None},
        {"webhookUrl": ""},
        {"webhookUrl": "no url"},
        {"webhookUrl": "/relative"},
        {"webhookUrl": "ftp://a/b"},
        {"webhookUrl": "//a/b"},
        {"webhookUrl": "http://"},
        {"webhookUrl": "http://a b/"},
        {"webhookUrl": "http://a/\r\nX: y"},
        {"webhookUrl": 7},
    ],
)
def test_bad_bodies_are_400(vendor: Enhancor, fields: dict[str, Any]) -> None:
    """One error form; nothing is queued."""
    answer = vendor.queue(**fields)
    assert (answer.status_code, answer.json()) == (400, {"error": {"message": "Invalid request"}})
    assert "S4:" in answer.headers["X-Greycard-Reason"] or "assumed" in answer.headers["X-Greycard-Reason"]
    assert not vendor.lab.world("enhancor").tasks


@pytest.mark.parametrize("query", [{"status": 404}, {"redirect": 1}, {"damage": "garbage"}])
def test_a_picture_that_cannot_be_read_is_refused_at_once(vendor: Enhancor, query: dict[str, Any]) -> None:
    """HTTP 400, nothing queued, nothing charged, no webhook."""
    receiver = vendor.lab.receive("enhancor")
    for link in (vendor.lab.image("40x30.jpg", **query), "http://nowhere.test/a.png", "no link"):
        answer = vendor.queue(img_url=link)
        assert (answer.status_code, answer.json()) == (400, {"error": {"message": "Failed to process image"}})
    assert vendor.lab.advance("enhancor", 100) == 0
    assert (receiver.got, len(vendor.lab.world("enhancor").tasks)) == ([], 0)


def test_a_picture_that_is_cut_off_is_queued_and_fails(vendor: Enhancor) -> None:
    """Its header is whole, so it ends FAILED."""
    task = vendor.task(img_url=vendor.lab.image("40x30.jpg", damage="truncate"))
    vendor.lab.advance("enhancor", 2)
    assert vendor.status(task).json()["status"] == "FAILED"


@pytest.mark.parametrize("form", ["jpg", "png", "webp", "bmp", "tiff", "gif"])
def test_no_format_is_excluded(vendor: Enhancor, form: str) -> None:
    """The document names none; every picture that can be read has a result of the right size."""
    receiver = vendor.lab.receive("enhancor")
    vendor.task(img_url=vendor.lab.image(f"30x20.{form}"))
    vendor.lab.advance("enhancor", 2)
    assert vendor.lab.open(json.loads(receiver.got[0][3])["result"]).size == (60, 40)


def test_a_result_beyond_all_measure_is_explained(vendor: Enhancor) -> None:
    """Where no limit is documented a result can be too large to make: its link says so, nothing breaks."""
    receiver = vendor.lab.receive("enhancor")
    vendor.task(img_url=vendor.lab.image("20000x5000.gif"), mode="professional")
    vendor.lab.advance("enhancor", 2)
    answer = vendor.lab.call("GET", json.loads(receiver.got[0][3])["result"])
    assert (answer.status_code, "80000x20000" in answer.text) == (404, True)


def test_unknown_fields_are_ignored(vendor: Enhancor) -> None:
    """As observed on siblings."""
    assert vendor.queue(extra={"a": [1]}, model="x").status_code == 200


def test_an_unknown_request_is_404(vendor: Enhancor) -> None:
    """The field is request_id in the request (S4:77); requestId alone is a bad body that the reason explains."""
    answer = vendor.status("0" * 24)
    assert (answer.status_code, answer.json()) == (404, {"error": {"message": "Request not found"}})
    task = vendor.task()
    wrong = vendor.lab.call("POST", f"{BASE}/status", headers=KEY, json={"requestId": task})
    assert (wrong.status_code, "requestId" in wrong.headers["X-Greycard-Reason"]) == (400, True)
    assert vendor.status(5).status_code == 400


def test_status_is_read_with_post(vendor: Enhancor) -> None:
    """S4:64: another method is no operation."""
    answer = vendor.lab.call("GET", f"{BASE}/status", headers=KEY)
    assert (answer.status_code, "POST" in answer.headers["X-Greycard-Reason"]) == (404, True)


@pytest.mark.parametrize("key", [None, "", "live", "\xe9"])
def test_a_wrong_key_is_401(vendor: Enhancor, key: str | None) -> None:
    """S4:19."""
    headers = {} if key is None else {"x-api-key": key.encode("latin-1")}
    for path in ("queue", "status"):
        answer = vendor.lab.call("POST", f"{BASE}/{path}", headers=headers, json={})
        assert (answer.status_code, answer.json()) == (401, {"error": {"message": "Invalid API key"}})


def test_errors_as_strings(make: Callable[..., Enhancor]) -> None:
    """error_form=string: in every refusal."""
    vendor = make(error_form="string")
    answers = [
        vendor.queue(mode="x"),
        vendor.status("x"),
        vendor.queue(img_url="x"),
        vendor.lab.call("POST", f"{BASE}/queue"),
    ]
    assert [(one.status_code, type(one.json()["error"])) for one in answers] == [
        (400, str),
        (404, str),
        (400, str),
        (401, str),
    ]


def test_the_result_in_the_status(make: Callable[..., Enhancor]) -> None:
    """status_result=when_completed: only then, and it is the picture."""
    vendor = make(status_result="when_completed")
    task = vendor.task()
    assert "result" not in vendor.status(task).json()
    vendor.lab.advance("enhancor", 2)
    assert vendor.lab.open(vendor.status(task).json()["result"]).size == (80, 60)
    vendor.lab.force("enhancor", outcome="FAILED")
    failed = vendor.task()
    vendor.lab.advance("enhancor", 2)
    assert "result" not in vendor.status(failed).json()


def test_the_webhook_of_newer_pages(make: Callable[..., Enhancor]) -> None:
    """webhook_status=completed: COMPLETED and the cost."""
    vendor = make(webhook_status="completed")
    receiver = vendor.lab.receive("enhancor")
    vendor.task(mode="professional")
    vendor.lab.advance("enhancor", 2)
    payload = json.loads(receiver.got[0][3])
    assert (payload["status"], payload["cost"], payload.keys()) == (
        "COMPLETED",
        480,
        {"request_id", "result", "status", "cost"},
    )
