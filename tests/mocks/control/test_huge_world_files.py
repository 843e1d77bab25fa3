"""A world file is judged piece by piece: a huge or wrong one is refused early, cheaply, and with its place."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from greycard_mocks.engine import world_file
from greycard_mocks.engine.world_file import WorldFileError, read_world_file
from greycard_mocks.pipeline.body import BodyError

WORLD = "/_mock/worlds/picwish:test-1"
OTHER = "/_mock/worlds/picwish:test-2"
MEGABYTES = 8


@pytest.fixture
def exported(http: FlaskClient, create: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    """A world with one task and its picture."""
    create(http)
    found: dict[str, Any] = http.get(f"{WORLD}/export").get_json()
    return found


def put(http: FlaskClient, text: str | bytes) -> TestResponse:
    """Import a file."""
    return http.put(f"{OTHER}/import", data=text, content_type="application/json")


def many(part: str, entry: str, megabytes: int = MEGABYTES) -> str:
    """A file of so many megabytes whose one part is a list of equal entries."""
    return f'{{"{part}": [' + ",".join([entry] * ((megabytes << 20) // (len(entry) + 1))) + "]}"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (many("tasks", "{}"), '/tasks/0: "id" is a required property'),
        (many("tasks", "[[],[]]"), "/tasks/0: "),
        (many("surplus", '{"a": []}'), "/surplus: a world file has no such part; it has greycard_world"),
        (many("arrivals", "0.5"), "/arrivals: has more than 10000 entries"),
        (many("drifts", "{}"), "/drifts/0: "),
        (many("clock", "{}"), "/clock: is longer than 2097152 bytes"),
        ('{"pictures": {"' + "0" * 32 + '": "' + "A" * (MEGABYTES << 20) + '"}}', "/pictures/" + "0" * 32),
        ('{"tasks": [' + "[" * (MEGABYTES << 20), "nested too deeply"),
        ('{"variants": ' + '{"a":' * 90_000 + "1" + "}" * 90_000 + "}", "nested too deeply"),
    ],
    ids=lambda text: text[:20],
)
def test_a_huge_file_is_refused_before_it_costs_memory(
    http: FlaskClient, text: str, place: str, told: Callable[[TestResponse], str]
) -> None:
    """Its place is named, and no more memory was needed than for the file as it came and for one piece of it."""
    content = text.encode()
    put(http, b"{}")  # whatever is loaded when it is first needed
    tracemalloc.start()
    try:
        answer = put(http, content)
        after, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert answer.status_code in (400, 422)
    assert place in told(answer)
    assert peak < len(content) + (64 << 20)
    assert after < 1 << 20


@pytest.mark.parametrize(
    ("before", "after", "status", "part"),
    [
        ('"vendor"', '"vendor": "picwish", "vendor"', 422, "/vendor: it is there twice"),
        ('"due": []', '"due": {}', 422, "/due: must be a list"),
        ('"pictures": {', '"pictures": [', 422, "/pictures: must be an object"),
        ('"due": []', '"due": [,]', 400, "not JSON"),
        ('"due": []', '"due": [', 400, "not JSON"),
        ('"due": []', '"due": [NaN]', 400, "NaN is not JSON"),
        ('"due": []', '"due" []', 400, "a name and a colon are missing"),
        ('"due": []', "1: []", 400, "a name and a colon are missing"),
        ('"due": [], ', "", 422, '/: "due" is a required property'),
        ('"frozen": false', '"frozen": 0', 422, "/clock/frozen: "),
    ],
)  # fmt: skip
def test_what_is_wrong_in_the_middle_is_named(
    http: FlaskClient, exported: dict[str, Any], told: Callable[[TestResponse], str], *,
    before: str, after: str, status: int, part: str,
) -> None:  # fmt: skip
    """Bad JSON is 400, a file that is no world 422; both say where, and nothing changes."""
    text = json.dumps(exported)
    assert before in text
    answer = put(http, text.replace(before, after, 1))
    assert answer.status_code == status, answer.text
    assert part in told(answer)
    assert http.get(f"{OTHER}/export").get_json()["tasks"] == []


@pytest.mark.parametrize("text", ["", "[]", "null", "{} {}", '{"seed": 1', "\ufeff{}", "{,}", '{"seed": 1,}', '{"a"'])
def test_what_is_no_json_object_is_told(text: str) -> None:
    """As for every other body: it is no JSON, or no object."""
    with pytest.raises(BodyError):
        read_world_file(text.encode())


def test_bytes_that_are_no_utf8_are_told() -> None:
    """With the place of the first wrong one."""
    with pytest.raises(BodyError, match="not UTF-8"):
        read_world_file(b'{"vendor": "\xff"}')


@pytest.mark.parametrize("slices", [(1, 2, 3, 1 << 20), (7, 1 << 20), (4096, 1 << 20)])
def test_where_a_piece_is_cut_does_not_matter(
    exported: dict[str, Any], monkeypatch: pytest.MonkeyPatch, slices: tuple[int, ...]
) -> None:
    """Read in the smallest slices, with characters of several bytes and white space between, it is the same world."""
    monkeypatch.setattr(world_file, "_SLICES", slices)
    exported["tasks"][0]["reason"] = 'ünï "\\ 𝄞 \u2028'
    exported["tasks"] *= 3
    exported["seed"] = 12345678901234
    for text in (json.dumps(exported), json.dumps(exported, ensure_ascii=False, indent=3)):
        found = read_world_file(f"\n {text} \r\n".encode())
        assert list(found["tasks"]) == list(found["tasks"]) == exported["tasks"]
        assert dict(found["pictures"].items()) == exported["pictures"]
        assert {**found, "tasks": 0, "pictures": 0} == {**exported, "tasks": 0, "pictures": 0}


def test_a_late_piece_is_judged_as_an_early_one(exported: dict[str, Any]) -> None:
    """The thousandth task is held against the schema too."""
    exported["tasks"] *= 1000
    exported["tasks"][999] = {**exported["tasks"][999], "queue": -1}
    with pytest.raises(WorldFileError, match=r"^/tasks/999/queue: "):
        read_world_file(json.dumps(exported).encode())
