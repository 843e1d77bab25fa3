"""What holds for the four clients alike: what is sent once, what is sent again, and for how long."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest
import requests

from greycard_client._parse import Scrubber
from greycard_client.enhancor import Enhancor
from greycard_client.errors import GreycardError, NotFound, TransportError, WaitTimeout
from greycard_client.magictiger import MagicTiger
from greycard_client.picwish import PicWish
from greycard_client.wondershare import BatchTask, Wondershare

KEY = "key-123456"


@dataclass(frozen=True, slots=True)
class Case:
    """One vendor's client: how it is made, its create, its wait, and an answer that says that the task goes on."""

    make: Callable[..., Any]
    create: Callable[[Any], Any]
    wait: Callable[[Any], Any]
    running: dict[str, Any]


CASES = {
    "enhancor": Case(
        lambda **options: Enhancor(KEY, **options),
        lambda client: client.queue("https://e/a.png", "https://me/", "fast"),
        lambda client: client.wait("t-1", timeout=10.0, interval=4.0),
        {"requestId": "t-1", "status": "PENDING"},
    ),
    "magictiger": Case(
        lambda **options: MagicTiger(KEY, "https://tiger.test", **options),
        lambda client: client.create("https://e/a.png", 1),
        lambda client: client.wait("t-1", type=1, timeout=10.0, interval=4.0),
        {"code": 0, "msg": "", "data": {"taskid": "t-1", "status": 0}},
    ),
    "picwish": Case(
        lambda **options: PicWish(KEY, **options),
        lambda client: client.create(b"picture"),
        lambda client: client.wait("t-1", timeout=10.0, interval=4.0),
        {"status": 200, "data": {"task_id": "t-1", "state": 4}},
    ),
    "wondershare": Case(
        lambda **options: Wondershare(KEY, "secret-123", **options),
        lambda client: client.upscale_8x(["https://e/a.png"]),
        lambda client: client.wait(BatchTask("fsrtwo", "t-1"), timeout=10.0),
        {"code": 0, "msg": "", "data": {"status": 1, "wait_time": "4", "list": []}},
    ),
}


@pytest.fixture(params=sorted(CASES))
def case(request: pytest.FixtureRequest) -> Case:
    """Each of the four."""
    return CASES[request.param]


def test_a_create_that_may_have_been_accepted_is_sent_once(case: Case, vendor: Any) -> None:
    """A task may have been made and paid for when the answer is lost: no client orders it a second time."""
    vendor.fail(requests.exceptions.ReadTimeout("slow"))
    with pytest.raises(TransportError) as caught:
        case.create(case.make(**vendor.options))
    assert caught.value.maybe_accepted
    assert len(vendor.sent) == 1


def test_a_read_is_sent_again_until_the_deadline_of_its_wait(case: Case, vendor: Any) -> None:
    """Lost answers of a wait are asked for again, and neither the tries nor the pauses outlive its time-out."""
    vendor.reply(case.running)
    begun = vendor.clock.now()
    with pytest.raises(WaitTimeout):
        case.wait(case.make(**vendor.options))
    assert vendor.clock.now() - begun == pytest.approx(10.0)
    vendor.reply(case.running).fail(requests.exceptions.ReadTimeout("slow"))
    begun = vendor.clock.now()
    with pytest.raises(GreycardError):
        case.wait(case.make(retries=1000, **vendor.options))
    assert vendor.clock.now() - begun <= 10.0


def test_the_log_counts_the_tries(case: Case, vendor: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Each try that follows a failure is announced by its number, the first one being 1."""
    vendor.fail(requests.exceptions.ConnectTimeout("gone"))
    with caplog.at_level(logging.DEBUG, "greycard_client"), pytest.raises(TransportError):
        case.create(case.make(retries=3, **vendor.options))
    assert len(vendor.sent) == 4
    told = [record.getMessage().partition(", ")[2].partition(" after")[0] for record in caplog.records]
    assert told == ["try 2", "try 3", "try 4"]


def test_an_id_without_a_form_in_utf_8_stays_one_segment_of_the_path(vendor: Any) -> None:
    """An id is quoted whatever it holds, also half of a surrogate pair; the vendor says that it knows no such task."""
    vendor.reply({"status": 404, "message": "none"}, 404)
    with pytest.raises(NotFound):
        PicWish(KEY, **vendor.options).get("a/\ud800")
    assert vendor.sent[0].path_url.endswith("/a%2F%ED%A0%80")


@pytest.mark.parametrize(("feature", "task", "named"), [("..", "t-1", "feature"), ("fsrtwo", "..", "task_id")])
def test_a_segment_that_no_path_can_hold_is_named(vendor: Any, feature: str, task: str, named: str) -> None:
    """The error says which of the arguments it was, and nothing is sent."""
    with pytest.raises(ValueError, match=rf"^{named} '\.\.' cannot be a part"):
        Wondershare(KEY, "secret-123", **vendor.options).get(feature, task)
    assert vendor.sent == []


@pytest.mark.parametrize("secret", ['quo"ted-key', "schlüssel-1", "back\\slash"])
def test_a_secret_is_taken_out_whole_in_each_of_its_spellings(secret: str) -> None:
    """As it is, as JSON writes it and as a URL writes it: not even its last character stays."""
    for spelling in (secret, json.dumps(secret)[1:-1], quote(secret, safe="")):
        assert Scrubber([secret]).message(f"<{spelling}>") == "<***>"
