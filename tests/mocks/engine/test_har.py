"""The journal as an HTTP Archive: what every reader of the format needs is there, and what the mock knows besides."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from greycard_mocks import Mock
from greycard_mocks.engine.har import har_of, har_of_world

ENTRY = {"startedDateTime", "time", "request", "response", "cache", "timings", "_greycard"}
REQUEST = {"method", "url", "httpVersion", "cookies", "headers", "queryString", "headersSize", "bodySize"}
RESPONSE = {"status", "statusText", "httpVersion", "cookies", "headers", "content", "redirectURL", "headersSize",
            "bodySize"}  # fmt: skip


def held(har: dict[str, Any]) -> list[dict[str, Any]]:
    """The entries of an archive that has all that HAR 1.2 asks for."""
    assert json.loads(json.dumps(har)) == har
    log = har["log"]
    assert log["version"] == "1.2"
    assert set(log["creator"]) == {"name", "version"}
    for entry in log["entries"]:
        assert set(entry) == ENTRY
        assert set(entry["request"]) - {"postData"} == REQUEST
        assert set(entry["response"]) == RESPONSE
        assert datetime.fromisoformat(entry["startedDateTime"]).tzinfo
        assert {"send", "wait", "receive"} <= set(entry["timings"])
        assert {"size", "mimeType"} <= set(entry["response"]["content"])
        for pair in (*entry["request"]["headers"], *entry["response"]["headers"]):
            assert set(pair) == {"name", "value"}
    found: list[dict[str, Any]] = log["entries"]
    return found


def test_requests_downloads_and_deliveries_are_in_it() -> None:
    """In their order, with bodies, and with the reasons of refusals."""
    with Mock(in_process=True) as mock:
        tiger = mock.vendor("magictiger")
        tiger.set_callback_url(tiger.receiver(lambda _: 200))
        session = tiger.session()
        body = {"picurl": tiger.images.link(80, 70), "type": 1, "callback": "x"}
        task = session.post(f"{tiger.url}/createtask", json=body).json()["data"]["taskid"]
        tiger.clock.advance(60)
        done = session.post(f"{tiger.url}/gettask", json={"taskid": task, "type": 1}).json()
        session.get(done["data"]["outputurl"])
        session.post(f"{tiger.url}/createtask", json={"type": 1})
        entries = held(tiger.har())
        assert entries == held(har_of(mock.engine))
        kinds = [one["_greycard"]["kind"] for one in entries]
        assert (kinds[0], kinds[-1]) == ("request", "request")
        assert {"download", "delivery"} <= set(kinds)
        first, last = entries[0], entries[-1]
        assert first["request"]["url"] == f"{tiger.url}/createtask"
        assert json.loads(first["request"]["postData"]["text"])["picurl"] == body["picurl"]
        assert first["_greycard"]["ignored"] == ["callback"]
        assert json.loads(first["response"]["content"]["text"])["data"]["taskid"] == task
        assert "picurl is missing" in last["_greycard"]["reason"]
        picture = next(one for one in entries if one["_greycard"]["kind"] == "download")["response"]["content"]
        assert "text" not in picture
        assert "sha256" in picture["comment"]


def test_forms_and_requests_of_no_world_are_in_it(make_lab: Callable[..., Any]) -> None:
    """A form has its fields and files by name; what belongs to no world stands in the archive of all."""
    lab = make_lab("picwish")
    key = {"X-API-KEY": "test-key"}
    lab.call("POST", "/api/tasks/visual/scale", headers=key, data={"type": "clean"}, files={"image_file": b"x"})
    lab.call("GET", "/nowhere")
    (one,) = held(har_of_world(lab.world("picwish")))
    names = {param["name"]: param for param in one["request"]["postData"]["params"]}
    assert names["type"]["value"] == "clean"
    assert names["image_file"]["fileName"] == "image_file"
    whole = held(har_of(lab.engine))
    assert [entry["request"]["url"] for entry in whole][-1] == f"{lab.origin}/nowhere"


def test_a_moment_that_no_calendar_has_is_no_error(make_lab: Callable[..., Any]) -> None:
    """A world can be advanced further than a date can be written."""
    lab = make_lab("picwish")
    for _ in range(90):
        lab.advance("picwish", 3e9)
    lab.call("GET", "/api/tasks/visual/scale/x", headers={"X-API-KEY": "test-key"})
    assert held(har_of_world(lab.world("picwish")))
