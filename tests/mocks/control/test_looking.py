"""What can be read by curl: requests, deliveries, worlds and vendors, and how a world is emptied."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from greycard_mocks import Mock

WORLD = "/_mock/worlds/picwish:test-1"
TIGER = "/_mock/worlds/magictiger:test-1"


def test_the_journal_is_queried(http: FlaskClient, create: Callable[..., dict[str, Any]]) -> None:
    """Requests are found by operation, status, refusal and number, with the reason and the lines."""
    create(http)
    http.post("/api/tasks/visual/scale", data={"type": "clear"}, headers={"X-API-KEY": "test-1"})
    everything = http.get(f"{WORLD}/requests").get_json()
    assert everything["count"] == 2
    refused = http.get(f"{WORLD}/requests?refused=1").get_json()["entries"]
    assert [entry["status"] for entry in refused] == [400]
    assert "S2:21" in refused[0]["reason"]
    assert refused[0]["claim"].startswith("picwish/scale.create#request")
    for query, count in (
        ("operation=scale.create", 2), ("operation=scale.get", 0), ("status=200", 1), ("after=1", 1),
        ("limit=1", 2), ("ignored=1", 0), ("text=CLEAR", 1), ("text=parameter+error", 1), ("text=nothing+like+it", 0),
    ):  # fmt: skip
        assert http.get(f"{WORLD}/requests?{query}").get_json()["count"] == count, query
    assert len(http.get(f"{WORLD}/requests?limit=1").get_json()["entries"]) == 1
    assert http.get(f"{WORLD}/tasks").get_json()["tasks"][0]["state"] == "queued"


@pytest.mark.parametrize(
    ("method", "path", "part"),
    [
        ("POST", "/api/tasks/visual/scal", "the nearest is scale.create: POST /api/tasks/visual/scale"),
        ("PUT", "/api/tasks/visual/scale", "scale.create is POST /api/tasks/visual/scale, not PUT"),
    ],
)
def test_an_unmatched_request_is_found_with_the_nearest_operation(
    http: FlaskClient, method: str, path: str, part: str
) -> None:
    """With the world's credential it stands in the world's journal, without one in the common list."""
    http.get(WORLD)
    for headers in ({"X-API-KEY": "test-1"}, {}):
        answer = http.open(path, method=method, headers=headers)
        assert part in answer.headers["X-Greycard-Reason"]
    mine = http.get(f"{WORLD}/requests?unmatched=1").get_json()
    assert mine["count"] == 1
    assert part in mine["entries"][0]["reason"]
    assert http.get("/_mock/unmatched").get_json()["count"] == 2
    assert http.get("/_mock/unmatched?vendor=enhancor").get_json()["count"] == 0


def test_deliveries_are_shown(http: FlaskClient, mock: Mock) -> None:
    """Each attempt stands in the journal with its outcome."""
    http.patch(f"{TIGER}/settings", json={"callback_url": mock.receiver(lambda _: 500) + "/x"})
    body = {"picurl": "http://greycard.test/_mock/images/100x80.jpg", "type": 1}
    http.post("/createtask", json=body, headers={"token": "test-1"})
    clock = http.post(f"{TIGER}/clock", json={"action": "advance", "seconds": 60}).get_json()
    assert clock["delivery_attempts"] == 4
    shown = http.get(f"{TIGER}/deliveries?outcome=failed").get_json()["entries"]
    assert [entry["attempt"] for entry in shown] == [1, 2, 3, 4]


def test_a_world_is_found_by_id_and_by_credential(http: FlaskClient, told: Callable[[TestResponse], str]) -> None:
    """Both names lead to one world; unknown ones say what to write."""
    world = http.get(WORLD).get_json()
    assert http.get(f"/_mock/worlds/{world['id']}").get_json()["credential"] == "test-1"
    assert http.get("/_mock/worlds?vendor=picwish&credential=test-1").get_json()["count"] == 1
    for path in (
        "nothing",
        "nobody:test-1",
        "picwish:",
        "picwish:secret",
        f"picwish:test{'x' * 500}",
        "picwish:test%0a",
    ):
        answer = http.get(f"/_mock/worlds/{path}")
        assert answer.status_code == 404, path
        assert told(answer)


def test_reset_and_forget(http: FlaskClient, mock: Mock, create: Callable[..., dict[str, Any]]) -> None:
    """Reset empties a world, forgetting removes it, the great reset removes all."""
    create(http)
    assert http.post(f"{WORLD}/reset", json={}).get_json()["tasks"] == 0
    assert http.delete(WORLD).get_json() == {"forgotten": 1}
    assert http.get("/_mock/worlds").get_json()["count"] == 0
    http.get(WORLD)
    http.get(TIGER)
    assert http.post("/_mock/reset", json={}).get_json() == {"forgotten": 2}


def test_vendors_tell_what_can_be_named(http: FlaskClient) -> None:
    """Every outcome, state and variant that is listed is accepted."""
    known = http.get("/_mock/vendors").get_json()
    for vendor, facts in known["vendors"].items():
        world = f"/_mock/worlds/{vendor}:test-all"
        for outcome in facts["outcomes"]:
            assert http.post(f"{world}/scenarios", json={"outcome": outcome}).status_code == 201
        for state in facts["running_states"]:
            assert http.post(f"{world}/scenarios", json={"stuck": state}).status_code == 201
        for variant, rule in facts["variants"].items():
            for option in rule["options"]:
                assert http.patch(f"{world}/variants", json={variant: option}).status_code == 200


def test_an_entry_of_the_journal_is_small_whatever_was_sent(http: FlaskClient) -> None:
    """A megabyte in thousands of fields leaves a few kilobytes, and the request's shape."""
    wide = {f"field{i}": {f"x{j}": "y" * 400 for j in range(60)} for i in range(30)}
    http.post("/createtask", json=wide, headers={"token": "test-1"})
    (entry,) = http.get(f"{TIGER}/requests").get_json()["entries"]
    assert len(json.dumps(entry)) < 100_000
    assert entry["values"]["field0"]["x0"] == "y" * 400


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("requests?limit=many", "limit must be a whole number from 1 to 1000, not 'many'"),
        ("requests?limit=0", "limit must be a whole number from 1 to 1000, not '0'"),
        ("requests?limit=1001", "limit must be a whole number from 1 to 1000, not '1001'"),
        ("requests?limit=", "limit must be a whole number from 1 to 1000, not ''"),
        ("requests?limit=٣", "limit must be a whole number"),
        ("requests?after=-1", "after must be a whole number, not '-1'"),
        ("requests?status=ok", "status must be a whole number, not 'ok'"),
        ("requests?limt=1", "text, after, limit; did you mean 'limit'?"),
        ("requests?limit=1&limit=2", "limit is given 2 times; give it once"),
        ("requests?refused=true", "refused must be 1, or be left out, not 'true'"),
        ("requests?operation=scale", "operation must be one of scale.create, scale.get, not 'scale'"),
        ("deliveries?outcome=gone", "outcome must be acknowledged or failed or lost, or be left out, not 'gone'"),
        ("clock?now=1", "this address has no parameter 'now'; it takes none"),
        ("worlds?vendor=nobody", "vendor must be one of "),
    ],
)
def test_a_query_that_means_nothing_is_refused(http: FlaskClient, address: str, told: str) -> None:
    """It says what the address takes, in place of answering another question."""
    place = "/_mock/worlds?vendor=nobody" if "nobody" in address else f"{WORLD}/{address}"
    answer = http.get(place)
    assert answer.status_code == 422
    assert told in answer.get_json()["detail"]
    assert answer.get_json()["title"] == "no such query"


def test_what_the_description_names_is_taken(http: FlaskClient) -> None:
    """Each parameter that an address is described with has an effect or none, but is never refused."""
    good = {
        "limit": "1", "vendor": "picwish", "credential": "test-1", "after": "0", "operation": "scale.get",
        "task": "x", "status": "200", "outcome": "lost", "refused": "1", "unmatched": "1", "ignored": "1", "text": "",
    }  # fmt: skip
    described = http.get("/_mock/openapi.json").get_json()["paths"]
    tried = 0
    for path, methods in described.items():
        for one in methods.get("get", {}).get("parameters", []):
            name = one["$ref"].rpartition("/")[2]
            place = path.replace("/_mock/worlds/{world}", WORLD)
            assert http.get(f"{place}?{name}={good[name]}").status_code == 200, (place, name)
            tried += 1
    assert tried > 25
