"""What can be set by curl: scenarios, faults, clocks, variants, drifts and settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from greycard_mocks import Mock

WORLD = "/_mock/worlds/picwish:test-1"
TIGER = "/_mock/worlds/magictiger:test-1"


def test_a_scenario_chooses_the_end_of_the_next_task_alone(
    http: FlaskClient, create: Callable[..., dict[str, Any]], read: Callable[..., dict[str, Any]]
) -> None:
    """The next task fails as asked for, the one after it succeeds."""
    assert http.post(f"{WORLD}/scenarios", json={"outcome": -7}).status_code == 201
    tasks = [create(http)["task_id"] for _ in range(2)]
    http.post(f"{WORLD}/clock", json={"action": "advance", "seconds": 60})
    assert [read(http, task)["state"] for task in tasks] == [-7, 1]
    assert http.get(f"{WORLD}/scenarios").get_json() == {"scenarios": []}


def test_a_scenario_until_reset_stays(
    http: FlaskClient, create: Callable[..., dict[str, Any]], read: Callable[..., dict[str, Any]]
) -> None:
    """`count` null means every task, until the scenarios are cleared."""
    http.post(f"{WORLD}/scenarios", json={"stuck": "processing", "count": None})
    task = create(http)["task_id"]
    http.post(f"{WORLD}/clock", json={"action": "advance", "seconds": 20})
    assert read(http, task)["state"] == 4
    assert len(http.get(f"{WORLD}/scenarios").get_json()["scenarios"]) == 1
    assert http.delete(f"{WORLD}/scenarios").get_json() == {"scenarios": []}


@pytest.mark.parametrize(
    ("wish", "part"),
    [
        ({"outcome": "exploded"}, "choose from"),
        ({"durations": {"flying": 1}}, "choose from"),
        ({"durations": {"queued": -1}}, "a duration must be"),
        ({"durations": [1]}, "durations must be"),
        ({"finish": 10**400}, "finish must be"),
        ({"count": 0}, "at least 1"),
        ({"count": True}, "count must be"),
        ({"failed_items": [-1]}, "failed_items must be"),
        ({"operation": "scale.get"}, "choose from"),
        ({"outcom": "failed"}, "a scenario has no 'outcom'"),
    ],
)
def test_a_wrong_scenario_is_refused_with_what_is_possible(
    http: FlaskClient, wish: dict[str, Any], part: str, told: Callable[[TestResponse], str]
) -> None:
    """The detail says what the vendor has, and nothing is queued."""
    answer = http.post(f"{WORLD}/scenarios", json=wish)
    assert answer.status_code == 422
    assert part in told(answer)
    assert http.get(f"{WORLD}/scenarios").get_json() == {"scenarios": []}


def test_a_fault_is_switched_on_counted_and_off(http: FlaskClient, told: Callable[[TestResponse], str]) -> None:
    """It strikes as often as asked for, is shown while it waits, and can be taken back."""
    made = http.post(f"{WORLD}/faults", json={"kind": "error_status", "status": 500, "count": 1})
    assert (made.status_code, made.get_json()["kind"]) == (201, "error_status")
    key = {"X-API-KEY": "test-1"}
    assert http.get("/api/tasks/visual/scale/x", headers=key).status_code == 500
    assert http.get("/api/tasks/visual/scale/x", headers=key).status_code == 404
    assert http.get(f"{WORLD}/faults").get_json() == {"faults": []}
    http.post(f"{WORLD}/faults", json={"kind": "outage"})
    assert http.delete(f"{WORLD}/faults").get_json() == {"faults": []}
    assert "choose from" in told(http.post(f"{WORLD}/faults", json={"kind": "gremlins"}))
    assert "choose from" in told(http.post(f"{WORLD}/faults", json={}))
    assert "latency has no option 'now'" in told(http.post(f"{WORLD}/faults", json={"kind": "latency", "now": 0}))


def test_the_clock_is_steered(http: FlaskClient, mock: Mock) -> None:
    """Freeze, auto, advance, resume and speed do what they say; the answer shows where the clock stands."""
    mock.vendor("picwish", "test-1", clock="real*0.001")
    clock = f"{WORLD}/clock"
    before = http.get(clock).get_json()["now"]
    now = http.post(clock, json={"action": "advance", "seconds": 5}).get_json()["now"]
    assert now == pytest.approx(before + 5, abs=1)
    assert http.post(clock, json={"action": "freeze"}).get_json()["frozen"] is True
    assert http.post(clock, json={"action": "auto"}).get_json()["kind"] == "auto"
    assert http.post(clock, json={"action": "resume"}).get_json()["frozen"] is False
    assert http.post(clock, json={"action": "speed", "speed": 10}).get_json()["speed"] == 10


@pytest.mark.parametrize("action", [{"action": "resume"}, {"action": "speed", "speed": 10}])
def test_a_virtual_clock_says_that_it_has_no_real_time(
    http: FlaskClient, told: Callable[[TestResponse], str], action: dict[str, Any]
) -> None:
    """What has no effect on it is refused with a sentence; a freeze can be undone."""
    answer = http.post(f"{WORLD}/clock", json=action)
    assert answer.status_code == 422
    assert "'real*20'" in told(answer)
    http.post(f"{WORLD}/clock", json={"action": "freeze"})
    assert http.post(f"{WORLD}/clock", json={"action": "resume"}).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"action": "rewind"},
        {"action": ["advance"]},
        {"action": "advance"},
        {"action": "advance", "seconds": -1},
        {"action": "advance", "seconds": 10**400},
        {"action": "advance", "seconds": "1"},
        {"action": "advance", "seconds": True},
        {"action": "advance", "seconds": None},
        {"action": "speed", "speed": 0},
        {"action": "speed", "speed": 10**400},
        {"action": "speed", "speed": "fast"},
        {"action": "freeze", "seconds": 1},
    ],
)
def test_a_wrong_time_is_refused_and_changes_nothing(
    http: FlaskClient, body: dict[str, Any], told: Callable[[TestResponse], str]
) -> None:
    """Negative, infinite, absurd and missing numbers leave the clock alone."""
    before = http.get(f"{WORLD}/clock").get_json()
    answer = http.post(f"{WORLD}/clock", json=body)
    if body.get("seconds") == "1":
        assert answer.status_code in (200, 422)
        return
    assert answer.status_code == 422
    assert told(answer)
    assert http.get(f"{WORLD}/clock").get_json() == before


def test_variants_hold_for_one_world_alone(http: FlaskClient, told: Callable[[TestResponse], str]) -> None:
    """One credential meets the newer page's rules, its neighbour the document's."""
    answer = http.patch(f"{WORLD}/variants", json={"edition": "current"})
    assert answer.get_json()["variants"]["edition"] == "current"
    form = {"image_url": "http://greycard.test/_mock/images/60x40.jpg"}
    status = {
        key: http.post("/api/tasks/visual/scale", data=form, headers={"X-API-KEY": key}).status_code
        for key in ("test-1", "test-2")
    }
    assert status == {"test-1": 200, "test-2": 400}
    assert http.get("/_mock/worlds/picwish:test-2/variants").get_json()["variants"]["edition"] == "document"
    assert "choose from" in told(http.patch(f"{WORLD}/variants", json={"edition": "future"}))
    assert "known are" in told(http.patch(f"{WORLD}/variants", json={"colour": "red"}))
    before = http.get(f"{WORLD}/variants").get_json()
    assert http.patch(f"{WORLD}/variants", json={"edition": "document", "drifts": ["nope"]}).status_code == 422
    assert http.get(f"{WORLD}/variants").get_json() == before, "all or none"
    assert http.patch(f"{WORLD}/variants", json={"edition": 1}).status_code == 422


def test_settings_change_together_or_not_at_all(http: FlaskClient, told: Callable[[TestResponse], str]) -> None:
    """One wrong setting leaves the right ones unset too."""
    before = http.get(f"{TIGER}/settings").get_json()
    changed = http.patch(f"{TIGER}/settings", json={"balance": 3, "callback_url": "http://127.0.0.1:9/x"})
    assert changed.get_json() == {**before, "balance": 3, "callback_url": "http://127.0.0.1:9/x"}
    for wrong, part in (
        ({"balance": 9, "queue_length": -1}, "queue_length must be"),
        ({"balance": 9, "colour": 1}, "no setting"),
        ({"balance": 9, "callback_url": "ftp://x"}, "callback_url"),
        ({"balance": 9, "rate_limit": 1}, "means nothing to magictiger"),
        ({"balance": True}, "balance must be"),
        ({"link_life": 10**400}, "link_life must be"),
    ):
        assert part in told(http.patch(f"{TIGER}/settings", json=wrong))
    assert http.get(f"{TIGER}/settings").get_json() == changed.get_json()


def test_an_empty_balance_and_a_short_link_are_felt(
    http: FlaskClient, mock: Mock, create: Callable[..., dict[str, Any]], read: Callable[..., dict[str, Any]]
) -> None:
    """What is set is what the vendor then does."""
    http.patch(f"{TIGER}/settings", json={"balance": 0})
    body = {"picurl": "http://greycard.test/_mock/images/100x80.jpg", "type": 1}
    refused = http.post("/createtask", json=body, headers={"token": "test-1"})
    assert refused.get_json()["code"] != 0
    assert "balance" in refused.headers["X-Greycard-Reason"]
    http.patch(f"{WORLD}/settings", json={"link_life": 10, "rate_limit": None})
    task = create(http)["task_id"]
    http.post(f"{WORLD}/clock", json={"action": "advance", "seconds": 5})
    link = read(http, task)["image"].removeprefix("http://localhost")
    assert http.get(link).status_code == 200
    http.post(f"{WORLD}/clock", json={"action": "advance", "seconds": 10})
    assert http.get(link).status_code == 403


def test_a_world_departs_from_its_document_and_comes_back() -> None:
    """A drift is switched on and off for one world, by the control plane and by Python; an unknown one is refused."""
    with Mock(["picwish"], in_process=True) as mock:
        vendor = mock.vendor("picwish")
        session, place = vendor.session(), f"{vendor.url}/_mock/worlds/{vendor.world.id}/variants"
        answer = session.patch(place, json={"drifts": ["rate.limit-up"]})
        assert answer.status_code == 200, answer.text
        assert answer.json()["drifts"] == ["picwish/rate.limit-up"]
        assert vendor.world.rate_limit == 3
        assert session.patch(place, json={"drifts": ["rate.limit-sideways"]}).status_code == 422
        assert session.patch(place, json={"drifts": "rate.limit-up"}).status_code == 422
        vendor.set_drifts()
        assert vendor.world.rate_limit == 2


@pytest.mark.parametrize(
    ("vendor", "state", "ends"),
    [("picwish", "preparing", {"after_seconds": 30.0, "state": "timed_out"}), ("enhancor", "queued", None)],
)
def test_a_stuck_scenario_says_what_ends_it(http: FlaskClient, vendor: str, state: str, ends: Any) -> None:
    """In the answer, in the list, and among what a vendor has; a scenario that is not stuck has no such end."""
    url = f"/_mock/worlds/{vendor}:test-1/scenarios"
    assert http.post(url, json={"stuck": state}).get_json()["stuck_ends"] == ends
    http.post(url, json={"finish": 1})
    assert [one["stuck_ends"] for one in http.get(url).get_json()["scenarios"]] == [ends, None]
    assert http.get("/_mock/vendors").get_json()["vendors"][vendor]["stuck_ends"] == ends


def test_the_moves_of_an_auto_clock_are_shown(
    http: FlaskClient, create: Callable[..., dict[str, Any]], read: Callable[..., dict[str, Any]]
) -> None:
    """With moments and reason; polling in vain is shown there too, and beside the clock."""
    task = create(http)["task_id"]
    for _ in range(3):
        read(http, task)
    moves = http.get(f"{WORLD}/clock/moves").get_json()
    assert [one["seconds"] for one in moves["entries"]] == [pytest.approx(1.0), pytest.approx(0.5)]
    http.post(f"{WORLD}/clock", json={"action": "freeze"})
    http.patch(f"{WORLD}/settings", json={"rate_limit": None})
    task = create(http)["task_id"]
    for _ in range(12):
        read(http, task)
    (warning,) = http.get(f"{WORLD}/clock/moves?after={moves['entries'][-1]['number']}").get_json()["entries"]
    assert warning["kind"] == "warning"
    assert http.get(f"{WORLD}/clock").get_json()["warning"] == warning["reason"]
