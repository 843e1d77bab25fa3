"""The control plane: what can be set and read by curl, and who is kept out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import flask
import pytest
from flask.testing import FlaskClient
from openapi_spec_validator import validate
from werkzeug.test import TestResponse

from greycard_mocks import Mock
from greycard_mocks.app import create_app
from greycard_mocks.control.blueprint import openapi

WORLD = "/_mock/worlds/picwish:test-1"
TIGER = "/_mock/worlds/magictiger:test-1"


@pytest.fixture
def mock() -> Iterator[Mock]:
    """A mock of its own without a port."""
    with Mock(in_process=True) as made:
        yield made


@pytest.fixture
def app(mock: Mock) -> flask.Flask:
    """Its application, as it is behind a loopback address."""
    return create_app(mock.engine)


@pytest.fixture
def http(app: flask.Flask) -> FlaskClient:
    """A client of it."""
    return app.test_client()


def create(http: FlaskClient, credential: str = "test-1") -> dict[str, Any]:
    """Create a PicWish task; returns the answer's data."""
    form = {"type": "clean", "image_url": "http://greycard.test/_mock/images/60x40.jpg"}
    answer = http.post("/api/tasks/visual/scale", data=form, headers={"X-API-KEY": credential})
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = answer.get_json()["data"]
    return data


def read(http: FlaskClient, task: str, credential: str = "test-1") -> dict[str, Any]:
    """Read a PicWish task."""
    answer = http.get(f"/api/tasks/visual/scale/{task}", headers={"X-API-KEY": credential})
    data: dict[str, Any] = answer.get_json()["data"]
    return data


def told(answer: TestResponse) -> str:
    """The detail of a refusal, which has the form of RFC 9457."""
    assert answer.content_type == "application/problem+json", answer.text
    problem = answer.get_json()
    assert problem["status"] == answer.status_code
    assert problem["type"]
    assert problem["title"]
    return str(problem["detail"])


def test_a_scenario_chooses_the_end_of_the_next_task_alone(http: FlaskClient) -> None:
    """The next task fails as asked for, the one after it succeeds."""
    assert http.post(f"{WORLD}/scenarios", json={"outcome": -7}).status_code == 201
    tasks = [create(http)["task_id"] for _ in range(2)]
    http.post(f"{WORLD}/clock", json={"action": "advance", "seconds": 60})
    assert [read(http, task)["state"] for task in tasks] == [-7, 1]
    assert http.get(f"{WORLD}/scenarios").get_json() == {"scenarios": []}


def test_a_scenario_until_reset_stays(http: FlaskClient) -> None:
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
def test_a_wrong_scenario_is_refused_with_what_is_possible(http: FlaskClient, wish: dict[str, Any], part: str) -> None:
    """The detail says what the vendor has, and nothing is queued."""
    answer = http.post(f"{WORLD}/scenarios", json=wish)
    assert answer.status_code == 422
    assert part in told(answer)
    assert http.get(f"{WORLD}/scenarios").get_json() == {"scenarios": []}


def test_a_fault_is_switched_on_counted_and_off(http: FlaskClient) -> None:
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


def test_the_clock_is_steered(http: FlaskClient) -> None:
    """Freeze, advance, resume and speed do what they say; the answer shows where the clock stands."""
    clock = f"{WORLD}/clock"
    before = http.get(clock).get_json()["now"]
    assert http.post(clock, json={"action": "advance", "seconds": 5}).get_json()["now"] == before + 5
    assert http.post(clock, json={"action": "freeze"}).get_json()["frozen"] is True
    assert http.post(clock, json={"action": "resume"}).get_json()["frozen"] is False
    assert http.post(clock, json={"action": "speed", "speed": 10}).get_json()["speed"] == 10


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
def test_a_wrong_time_is_refused_and_changes_nothing(http: FlaskClient, body: dict[str, Any]) -> None:
    """Negative, infinite, absurd and missing numbers leave the clock alone."""
    before = http.get(f"{WORLD}/clock").get_json()
    answer = http.post(f"{WORLD}/clock", json=body)
    if body.get("seconds") == "1":
        assert answer.status_code in (200, 422)
        return
    assert answer.status_code == 422
    assert told(answer)
    assert http.get(f"{WORLD}/clock").get_json() == before


def test_variants_hold_for_one_world_alone(http: FlaskClient) -> None:
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


def test_settings_change_together_or_not_at_all(http: FlaskClient) -> None:
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


def test_an_empty_balance_and_a_short_link_are_felt(http: FlaskClient, mock: Mock) -> None:
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


def test_the_journal_is_queried(http: FlaskClient) -> None:
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
        ("limit=1", 2),
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


def test_a_world_is_found_by_id_and_by_credential(http: FlaskClient) -> None:
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


def test_reset_and_forget(http: FlaskClient, mock: Mock) -> None:
    """Reset empties a world, forgetting removes it, the great reset removes all."""
    create(http)
    assert http.post(f"{WORLD}/reset", json={}).get_json()["tasks"] == 0
    assert http.delete(WORLD).get_json() == {"forgotten": 1}
    assert http.get("/_mock/worlds").get_json()["count"] == 0
    http.get(WORLD)
    http.get(TIGER)
    assert http.post("/_mock/reset", json={}).get_json() == {"forgotten": 2}


def test_an_exported_world_goes_on_where_it_was(http: FlaskClient) -> None:
    """Imported under another credential, the task ends as it would have, with its picture."""
    http.post(f"{WORLD}/scenarios", json={"outcome": "failed", "count": 2})
    http.post(f"{WORLD}/faults", json={"kind": "latency", "seconds": 1})
    http.post(f"{WORLD}/scenarios", json={"durations": {"queued": 9}})
    http.delete(f"{WORLD}/faults")
    http.delete(f"{WORLD}/scenarios")
    task = create(http)["task_id"]
    http.post(f"{WORLD}/scenarios", json={"stuck": "queued", "count": None})
    exported = http.get(f"{WORLD}/export").get_json()
    other = "/_mock/worlds/picwish:test-2"
    assert http.put(f"{other}/import", json=exported).status_code == 200
    again = http.get(f"{other}/export").get_json()
    assert again == exported
    http.post(f"{other}/clock", json={"action": "advance", "seconds": 60})
    data = read(http, task, "test-2")
    assert data["state"] == 1
    assert http.get(data["image"].removeprefix("http://localhost")).data[:3] == b"\xff\xd8\xff"


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("greycard_world",), 2),
        (("vendor",), "magictiger"),
        (("variants", "edition"), "future"),
        (("surplus",), 1),
        (("clock", "speed"), 0),
        (("tasks", 0, "operation"), "scale.get"),
        (("tasks", 0, "timeline"), [[0, "queued"]]),
        (("tasks", 0, "timeline"), [[5, "queued"], [1, "succeeded"]]),
        (("tasks", 0, "timeline"), [[0, "flying"], [1, "succeeded"]]),
        (("tasks", 0, "id"), "../../etc"),
        (("tasks", 0, "items", 0, "source", "digest"), "../x"),
        (("settings", "callback_url"), "file:///etc/passwd"),
        (("settings", "balance"), 1e400),
        (("scenarios",), [{"outcome": "exploded", "left": 1}]),
        (("faults",), [{"kind": "gremlins"}]),
        (("pictures",), {"0" * 32: "AAAA"}),
    ],
)
def test_a_world_file_that_does_not_fit_changes_nothing(http: FlaskClient, place: tuple[Any, ...], value: Any) -> None:
    """The refusal names the place, and the world is as it was."""
    create(http)
    exported = http.get(f"{WORLD}/export").get_json()
    node = broken = json.loads(json.dumps(exported))
    for part in place[:-1]:
        node = node[part]
    node[place[-1]] = value
    answer = http.put(
        f"{WORLD}/import",
        data=json.dumps(broken).replace("Infinity", "1e400"),
        content_type="application/json",
    )
    assert answer.status_code == (400 if value == 1e400 else 422), answer.text
    assert told(answer)
    assert http.get(f"{WORLD}/export").get_json() == exported


def test_only_json_is_taken(http: FlaskClient) -> None:
    """A form or plain text, which pages of other sites can send, changes nothing."""
    for body, kind, status in (
        ('{"outcome": "failed"}', "text/plain", 415),
        ("outcome=failed", "application/x-www-form-urlencoded", 415),
        ("", "", 415),
        ("[1]", "application/json", 400),
        ("{", "application/json", 400),
        ('{"outcome": NaN}', "application/json", 400),
        ("[" * 100_000, "application/json", 400),
        ('"' + "x" * 300_000 + '"', "application/json", 413),
    ):
        answer = http.post(f"{WORLD}/scenarios", data=body, content_type=kind)
        assert answer.status_code == status, (body[:20], kind)
        assert told(answer)
    assert http.get(f"{WORLD}/scenarios").get_json() == {"scenarios": []}


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "localhost.evil.example:80"},
        {"Host": "192.0.2.7"},
        {"Host": ""},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_a_page_of_another_site_gets_nothing(http: FlaskClient, headers: dict[str, str]) -> None:
    """Rebinding and cross-site requests are refused on every route, reading included.

    No CORS header is sent.
    """
    for method, path in (
        ("GET", "/_mock/worlds"),
        ("POST", f"{WORLD}/scenarios"),
        ("OPTIONS", WORLD),
        ("GET", f"{WORLD}/export"),
    ):
        answer = http.open(path, method=method, headers=headers, json={} if method == "POST" else None)
        assert answer.status_code in (403, 404), (method, path)
        assert not [name for name, _ in answer.headers if name.lower().startswith("access-control")]


def test_a_token_is_asked_for_when_there_is_one(mock: Mock) -> None:
    """Without the right token nothing is told; health, pictures and the vendors' own paths need none."""
    http = create_app(mock.engine, control_token="right", own_hosts=("0.0.0.0",)).test_client()
    for given in (
        {},
        {"X-Greycard-Token": "wrong"},
        {"X-Greycard-Token": "right-"},
        {"Authorization": "Bearer wröng"},
    ):
        answer = http.get("/_mock/worlds", headers=given)
        assert answer.status_code == 401
        assert "token" in told(answer)
    for given in ({"X-Greycard-Token": "right"}, {"Authorization": "Bearer right"}):
        assert http.get("/_mock/worlds", headers=given).status_code == 200
        assert http.get("/_mock/worlds", headers={**given, "Host": "greycard:8000"}).status_code == 200
    assert http.get("/_mock/worlds", headers={"Host": "greycard:8000"}).status_code == 403
    assert http.get("/_mock/health").status_code == 200
    assert http.get("/_mock/images/10x10.png").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/_mockworlds",
        "/_mock/worldsx",
        "/_mock//worlds",
        "/_mock/worlds/",
        "/_mock/../_mock/worlds",
        "/x/_mock/worlds",
        "/_MOCK/worlds",
    ],
)
def test_paths_match_by_whole_segments(http: FlaskClient, path: str) -> None:
    """What only begins or looks like the control plane is not the control plane."""
    assert http.get(path).status_code == 404


def test_an_unknown_path_of_the_control_plane_is_a_problem(http: FlaskClient) -> None:
    """It points to the document that has all paths; a wrong method does as well."""
    assert "openapi.json" in told(http.get("/_mock/nothing"))
    assert "openapi.json" in told(http.put("/_mock/worlds", json={}))


def test_the_openapi_document_is_valid_and_complete(http: FlaskClient, app: flask.Flask) -> None:
    """It is OpenAPI 3.1, is served, and names exactly the routes that there are."""
    document = http.get("/_mock/openapi.json").get_json()
    validate(document)
    assert document == openapi()
    named = {
        (method.upper(), path)
        for path, item in document["paths"].items()
        for method in item
        if method in {"get", "post", "put", "patch", "delete"}
    }
    there = {
        (method, rule.rule.replace("<", "{").replace(">", "}"))
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("control.") or rule.endpoint == "health"
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert named == there


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


def test_a_world_departs_from_its_document_and_comes_back() -> None:
    """A drift is switched on and off for one world, by the control plane and by Python; an unknown one is refused."""
    with Mock(["picwish"], in_process=True) as mock:
        vendor = mock.vendor("picwish")
        session, place = vendor.session(), f"{vendor.url}/_mock/worlds/{vendor.world.id}/variants"
        answer = session.patch(place, json={"drifts": ["rate.limit-up"]})
        assert answer.status_code == 200, answer.text
        assert answer.json()["drifts"] == ["rate.limit-up"]
        assert vendor.world.rate_limit == 3
        assert session.patch(place, json={"drifts": ["rate.limit-sideways"]}).status_code == 422
        assert session.patch(place, json={"drifts": "rate.limit-up"}).status_code == 422
        vendor.set_drifts()
        assert vendor.world.rate_limit == 2
