"""A world is exported and imported: it goes on where it was, or nothing changes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

WORLD = "/_mock/worlds/picwish:test-1"


def test_an_exported_world_goes_on_where_it_was(
    http: FlaskClient, create: Callable[..., dict[str, Any]], read: Callable[..., dict[str, Any]]
) -> None:
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


def test_a_world_file_knows_what_each_task_does_by_its_preset(
    http: FlaskClient, create: Callable[..., dict[str, Any]], read: Callable[..., dict[str, Any]]
) -> None:
    """A task that is created after the import lives as the preset has it; a file of before says nothing of it."""
    http.patch(f"{WORLD}/variants", json={"preset": "tutorial"})
    exported = http.get(f"{WORLD}/export").get_json()
    assert exported["usual"]["skip"] == ["queued", "preparing", "waiting"]
    other = "/_mock/worlds/picwish:test-2"
    older = {name: value for name, value in exported.items() if name != "usual"}
    for content, state in ((older, 0), (exported, 4), (older, 4), ({**exported, "usual": None}, 0)):
        assert http.put(f"{other}/import", json=content).status_code == 200
        assert read(http, create(http, "test-2")["task_id"], "test-2")["state"] == state
    wrong = http.put(f"{other}/import", json={**exported, "usual": {"skip": ["flying"]}})
    assert wrong.status_code == 422
    assert wrong.get_json()["detail"].startswith("/usual: ")


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
def test_a_world_file_that_does_not_fit_changes_nothing(
    http: FlaskClient,
    place: tuple[Any, ...],
    value: Any,
    create: Callable[..., dict[str, Any]],
    told: Callable[[TestResponse], str],
) -> None:
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
