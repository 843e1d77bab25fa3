"""PicWish in every other reading of its document."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from greycard_mocks.images.testcards import card

MB = 1 << 20


def test_refusals_in_the_envelope(make: Callable[..., Any], jpeg: bytes) -> None:
    """S2:58, error_transport=envelope: HTTP is always 200, the JSON status carries the refusal."""
    picwish = make(error_transport="envelope")
    too_large = card(64, 64, "jpeg", size_bytes=15 * MB + 1)
    answers = [
        picwish.create(headers={"X-API-KEY": "wrong"}),
        picwish.create(jpeg, type="x"),
        picwish.poll("x"),
        picwish.create(too_large),
    ]
    assert [(answer.status_code, answer.json()["status"]) for answer in answers] == [
        (200, 401),
        (200, 400),
        (200, 404),
        (200, 413),
    ]
    assert "data" not in answers[0].json()


def test_a_synchronous_account(make: Callable[..., Any], jpeg: bytes) -> None:
    """S2:26, async=disabled: every create waits, 0 is no value of sync, and return_type 3 needs no sync=1."""
    picwish = make(**{"async": "disabled"})
    assert picwish.create(jpeg).json()["data"]["state"] == 1
    assert picwish.create(jpeg, sync=1).json()["data"]["state"] == 1
    assert picwish.create(jpeg, sync=0).status_code == 400
    assert picwish.create(jpeg, return_type=3).headers["Content-Type"] == "image/jpeg"


def test_the_current_edition_knows_a_default_type(make: Callable[..., Any], jpeg: bytes) -> None:
    """edition=current: type may be left out and is clean then."""
    picwish = make(edition="current")
    assert picwish.finish(picwish.create(jpeg, type=None))["type"] == "clean"


def test_an_account_for_links_only(make: Callable[..., Any], jpeg: bytes) -> None:
    """S2:25, return_types=url_only: 2 and 3 are 400."""
    picwish = make(return_types="url_only")
    assert [picwish.create(jpeg, sync=1, return_type=kind).status_code for kind in (1, 2, 3)] == [
        200,
        400,
        400,
    ]


def test_type_as_the_letter_of_the_document_has_it(make: Callable[..., Any], jpeg: bytes) -> None:
    """S2:40, type_field=int: data.type is an integer, before and after the end."""
    picwish = make(type_field="int")
    task = picwish.create(jpeg, type="face", return_type=2).json()["data"]["task_id"]
    assert picwish.poll(task).json()["data"]["type"] == 2
    picwish.lab.pass_time(2)
    assert picwish.poll(task).json()["data"]["type"] == 2


def test_the_further_fields_of_recordings(make: Callable[..., Any], jpeg: bytes) -> None:
    """extra_fields=on: six more fields in terminal answers, true of the result."""
    picwish = make(extra_fields="on")
    data = picwish.finish(picwish.create(jpeg))
    assert {name: data[name] for name in list(data)[8:]} == {
        "state_detail": "Complete",
        "image_width": 160,
        "image_height": 120,
        "processed_at": 1_700_000_001,
        "time_elapsed": 1500.0,
        "download_time": 0,
    }
    failed = picwish.finish(picwish.create(b"x"))
    assert (failed["state"], failed["image_width"], len(failed)) == (-7, 0, 14)
