"""Wondershare end to end in process: the life of a batch (documents 000, 003 and the assumptions)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from greycard_mocks.egress.guard import EgressError


def test_a_batch_goes_through_its_states_to_downloads(vendor: Any) -> None:
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
def test_file_ext_decides_the_format(vendor: Any, ext: str, form: str) -> None:
    """S0:19, in any case; the result is 8 times each side (S0:1)."""
    data = vendor.finish(vendor.create(file_ext=ext))
    picture = vendor.lab.open(data["list"][0]["image_result"])
    assert (picture.format, picture.size) == (form, (2400, 2400))


def test_a_batch_can_fail_in_part(vendor: Any) -> None:
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


def test_links_of_a_batch_are_fetched_at_the_same_time(vendor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_single_items_can_be_made_to_fail(vendor: Any) -> None:
    """A scenario picks pictures by their place."""
    vendor.lab.force("wondershare", failed_items=(0, 2))
    data = vendor.finish(vendor.create(images=[vendor.lab.image("300x300.jpg")] * 3))
    assert (data["status"], [item["status"] for item in data["list"]]) == ("3", ["4", "3", "4"])


@pytest.mark.parametrize("outcome", ["4", "5", "6"])
def test_every_end_can_be_forced(vendor: Any, outcome: str) -> None:
    """S0:73: failed, closed, timed out; every picture of the batch has a reason then."""
    vendor.lab.force("wondershare", outcome=outcome)
    data = vendor.finish(vendor.create())
    assert (data["status"], data["wait_time"]) == (outcome, "0")
    assert data["list"][0]["reason"]
    assert data["list"][0]["image_result"] == ""


def test_a_stuck_task_never_ends(vendor: Any) -> None:
    """No limit is documented: the state stays, and an hour is the longest wait that is named."""
    vendor.lab.force("wondershare", stuck="waiting")
    task = vendor.create().json()["data"]["task_id"]
    vendor.lab.pass_time(1e6)
    assert vendor.poll(task).json()["data"] == {"status": "1", "wait_time": "3600", "list": []}


def test_results_do_not_expire(vendor: Any) -> None:
    """No life is documented: the link works after ten years, and carries no signature."""
    data = vendor.finish(vendor.create())
    assert "?" not in data["list"][0]["image_result"]
    vendor.lab.pass_time(10 * 365 * 86400)
    assert vendor.lab.open(data["list"][0]["image_result"]).size == (2400, 2400)


@pytest.mark.parametrize("feature", ["fsrtwo", "rw"])
def test_numbers_as_integers(make: Callable[..., Any], feature: str) -> None:
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
