"""PicWish end to end in process: the life of a task, its ends and its result (document 002 and the assumptions)."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from greycard_mocks.images.testcards import card


@pytest.mark.parametrize("as_link", [True, False])
def test_a_picture_goes_through_all_states_to_a_download(picwish: Any, jpeg: bytes, *, as_link: bool) -> None:
    """States are 0, 2, 3, 4, then 1; progress rises to 100; the result opens and is 4 times as large (S2:102)."""
    answer = picwish.create(None if as_link else jpeg, image_url=picwish.lab.image("40x30.jpg") if as_link else None)
    assert answer.status_code == 200
    assert answer.json().keys() == {"status", "message", "data"}
    assert answer.json()["data"].keys() == {"task_id"}
    task, states, progress = answer.json()["data"]["task_id"], [], []
    for _ in range(16):
        data = picwish.poll(task).json()["data"]
        states.append(data["state"])
        progress.append(data["progress"])
        picwish.lab.pass_time(0.1)
    assert list(dict.fromkeys(states)) == [0, 2, 3, 4, 1]
    assert progress == sorted(progress)
    assert max(progress[:-1]) <= 99
    assert data == {
        "task_id": task,
        "state": 1,
        "progress": 100,
        "image": data["image"],
        "return_type": 1,
        "type": "clean",
        "created_at": 1_700_000_000,
        "completed_at": 1_700_000_001,
    }
    assert isinstance(data["completed_at"], int)
    assert picwish.lab.open(data["image"]).size == (160, 120)


@pytest.mark.parametrize(("outcome", "after"), [(-1, 1.5), (-2, 1.5), (-3, 1.5), (-5, 1.5), (-7, 1.5), (-8, 30)])
def test_every_failure_can_be_forced(picwish: Any, jpeg: bytes, outcome: int, after: float) -> None:
    """A scenario chooses the end of the next task, and only of that; -8 comes at the 30 s limit (S2:70)."""
    picwish.lab.force("picwish", outcome=outcome)
    task = picwish.create(jpeg).json()["data"]["task_id"]
    other = picwish.create(jpeg).json()["data"]["task_id"]
    picwish.lab.pass_time(after - 0.001)
    assert picwish.poll(task).json()["data"]["state"] == 4
    picwish.lab.pass_time(0.001)
    assert picwish.poll(task).json()["data"]["state"] == outcome
    picwish.lab.pass_time(2)
    assert picwish.poll(other).json()["data"]["state"] == 1


def test_a_task_that_is_stuck_times_out_at_30_seconds(picwish: Any, jpeg: bytes) -> None:
    """S2:70, S2:86: no task runs longer than 30 s."""
    picwish.lab.force("picwish", stuck="preparing")
    task = picwish.create(jpeg).json()["data"]["task_id"]
    picwish.lab.pass_time(29.999)
    assert picwish.poll(task).json()["data"]["state"] == 2
    picwish.lab.pass_time(0.001)
    assert picwish.poll(task).json()["data"]["state"] == -8


def test_sync_answers_with_the_finished_task(picwish: Any, jpeg: bytes) -> None:
    """S2:26: with sync=1 the answer is the terminal one, and the time of the task has passed."""
    before = picwish.lab.world("picwish").clock.now()
    data = picwish.create(jpeg, sync=1).json()["data"]
    assert data["state"] == 1
    assert picwish.lab.world("picwish").clock.now() == before + 1.5
    assert picwish.lab.open(data["image"]).size == (160, 120)
    assert picwish.poll(data["task_id"]).json()["data"] == data
    assert picwish.create(b"no picture", sync=1).json()["data"]["state"] == -7


def test_base64_and_binary_results(picwish: Any, jpeg: bytes) -> None:
    """return_type 2 puts the picture into `image`, 3 answers with its bytes (S2:25).

    Both are the linked picture.
    """
    linked = picwish.lab.call("GET", picwish.create(jpeg, sync=1).json()["data"]["image"]).content
    data = picwish.finish(picwish.create(jpeg, return_type=2))
    assert (data["return_type"], base64.b64decode(data["image"], validate=True)) == (2, linked)
    binary = picwish.create(jpeg, return_type=3, sync=1)
    assert (binary.status_code, binary.headers["Content-Type"], binary.content) == (200, "image/jpeg", linked)
    failed = picwish.create(b"no picture", return_type=3, sync=1)
    assert failed.json()["data"]["state"] == -7


def test_the_link_lives_an_hour_and_is_signed(picwish: Any, jpeg: bytes) -> None:
    """S2:117: 3600 s after completion it still works, after that HTTP 403 (S2:116).

    A cut query never works (S2:114).
    """
    task = picwish.create(jpeg).json()["data"]["task_id"]
    picwish.lab.pass_time(1.5)
    link = picwish.poll(task).json()["data"]["image"]
    assert link.startswith(picwish.lab.origin)
    query = parse_qs(urlsplit(link).query)
    assert query["Expires"] == ["1700003601"]
    assert set(query) == {"Expires", "OSSAccessKeyId", "Signature"}
    assert picwish.lab.call("GET", link.partition("&")[0]).status_code == 403
    assert picwish.lab.call("GET", link.replace("&", "\\u0026")).status_code == 403
    assert picwish.lab.call("GET", link.replace("1700003601", "9999999999")).status_code == 403
    assert picwish.lab.call("HEAD", link).status_code == 200
    picwish.lab.pass_time(3600)
    assert picwish.lab.call("GET", link).status_code == 200
    picwish.lab.pass_time(0.001)
    expired = picwish.lab.call("GET", link)
    assert (expired.status_code, "S2:117" in expired.headers["X-Greycard-Reason"]) == (403, True)


@pytest.mark.parametrize("name", ["0.png", "1.jpg", "0", "", "../0.jpg", "..%2f0.jpg", "%2e%2e%2f0.jpg", "0.jpg%00"])
def test_only_the_task_s_own_pictures_are_served(picwish: Any, jpeg: bytes, name: str) -> None:
    """Other names, and tasks that run or have failed, are 404."""
    data = picwish.create(jpeg, sync=1).json()["data"]
    base, _, query = data["image"].rpartition("0.jpg")
    assert picwish.lab.call("GET", f"{base}{name}{query}").status_code == 404
    running = picwish.create(jpeg).json()["data"]["task_id"]
    assert picwish.lab.call("GET", data["image"].replace(data["task_id"], running)).status_code == 404
    failed = picwish.create(b"x", sync=1).json()["data"]["task_id"]
    assert picwish.lab.call("GET", data["image"].replace(data["task_id"], failed)).status_code == 404


def test_results_outlive_their_inputs(picwish: Any, jpeg: bytes) -> None:
    """When the bytes of an old input have given way, its task still has a picture of the promised size."""
    picwish.lab.engine.sources.max_entries = 1
    task = picwish.create(jpeg).json()["data"]["task_id"]
    picwish.create(card(50, 50, "png"))
    picwish.lab.pass_time(2)
    assert picwish.lab.open(picwish.poll(task).json()["data"]["image"]).size == (160, 120)
