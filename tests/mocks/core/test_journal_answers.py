"""What the journal keeps of answers, what it says was ignored, and that an entry is a mapping."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greycard_mocks.core.answer import Answer
from greycard_mocks.core.journal.answered import MAX_BODY, Cut, kept_answer, readable_answer
from greycard_mocks.core.journal.shortened import MAX_TEXT

SCALE = "/api/tasks/visual/scale"
KEY = {"X-API-KEY": "test-key"}


def last(lab: Any, kind: str = "request") -> Any:
    """The last entry of PicWish's world."""
    return lab.world("picwish").journal.of_kind(kind)[-1]


@pytest.fixture
def lab(make_lab: Callable[..., Any]) -> Any:
    """PicWish without a rate."""
    made = make_lab("picwish")
    made.world("picwish").rate_limit = None
    return made


def create(lab: Any, **fields: Any) -> Any:
    """One create request with these fields beside the needed ones."""
    data = {"type": "clean", "image_url": lab.image("60x40.jpg"), **fields}
    return lab.call("POST", SCALE, headers=KEY, data=data)


def test_an_answer_stands_beside_its_request(lab: Any) -> None:
    """As JSON, with its type and length; a refusal's too."""
    answer = create(lab)
    assert last(lab)["answer"] == {
        "content_type": "application/json",
        "headers": {},
        "size": len(answer.content),
        "body": answer.json(),
    }
    refused = lab.call("POST", SCALE, headers=KEY, data={"type": "clean"})
    assert (last(lab)["status"], last(lab)["answer"]["body"]) == (400, refused.json())
    unknown = lab.call("POST", SCALE, headers={"X-API-KEY": "real"})
    (entry,) = lab.engine.worlds.unmatched.of_kind("request")
    assert entry["answer"]["body"] == unknown.json()


@pytest.mark.parametrize("size", ["60x40.jpg", "1000x900.png"])
def test_a_picture_is_kept_as_size_and_digest(lab: Any, size: str) -> None:
    """Whether it is small and in memory or large and in a file; not a byte of it stays with the entry."""
    task = create(lab, image_url=lab.image(size)).json()["data"]["task_id"]
    lab.pass_time(60)
    link = lab.call("GET", f"{SCALE}/{task}", headers=KEY).json()["data"]["image"]
    content = lab.call("GET", link).content
    entry = last(lab, "download")
    answer = entry["answer"]
    assert (answer["size"], answer["body"]) == (len(content), None)
    assert answer["sha256"] == hashlib.sha256(content).hexdigest()
    assert isinstance(entry.told.kept_answer, Cut) or len(content) <= MAX_BODY


def test_a_long_text_in_an_answer_is_cut_with_its_length(lab: Any) -> None:
    """A picture as Base64 in an answer does not stay in the journal."""
    answer = create(lab, return_type=2, image_url=lab.image("400x300.jpg"), sync=1)
    lab.pass_time(60)
    if "image" not in answer.json()["data"]:
        answer = lab.call("GET", f"{SCALE}/{answer.json()['data']['task_id']}", headers=KEY)
    image = answer.json()["data"]["image"]
    assert len(image) > MAX_BODY
    kept = last(lab)["answer"]
    assert kept["body"]["data"]["image"] == f"{image[:MAX_TEXT]}... ({len(image)} characters)"
    assert (kept["size"], kept["sha256"]) == (len(answer.content), hashlib.sha256(answer.content).hexdigest())


def test_what_was_ignored_is_said(lab: Any) -> None:
    """A field and a file that no document knows, a file sent as text, and parameters of a query, by name only."""
    create(lab, callback_url="http://me.test/", type="clean")
    assert last(lab)["ignored"] == ["callback_url"]
    assert last(lab)["reason"] == ""
    create(lab)
    assert last(lab)["ignored"] == []
    lab.call(
        "POST", f"{SCALE}?token=secret&x", headers=KEY, files={"photo": b"x"},
        data={"type": "clean", "image_file": "not a file"},
    )  # fmt: skip
    assert last(lab)["ignored"] == ["image_file", "?token", "?x", "photo"]
    assert "secret" not in json.dumps(last(lab).as_json())
    lab.call("GET", f"{SCALE}/nothing", headers=KEY)
    assert last(lab)["ignored"] == []


def test_a_broken_answer_is_kept_as_it_was_sent(make_lab: Callable[..., Any]) -> None:
    """With the fault that broke it; an answer that never came has no body."""
    lab = make_lab("picwish")
    world = lab.world("picwish")
    world.rate_limit = None
    for kind, body in (("malformed_body", str), ("EMPTY_RESPONSE", type(None)), ("latency", dict)):
        world.add_fault(kind, seconds=0) if kind == "latency" else world.add_fault(kind)
        lab.engine.handle(_asked(lab))
        assert last(lab)["fault"] == last(lab)["answer"]["fault"] == kind
        assert isinstance(last(lab)["answer"]["body"], body)


def _asked(lab: Any) -> Any:
    import io

    from greycard_mocks.core.answer import Request

    return Request("GET", f"{SCALE}/x", "", {"x-api-key": "test-key"}, io.BytesIO(), 0, lab.origin)


def test_an_entry_is_a_mapping(lab: Any) -> None:
    """It can be unpacked, copied and written as JSON, and is the same as JSON whichever way."""
    create(lab)
    lab.engine.time.advance(lab.world("picwish"), 1)
    entry = last(lab)
    assert issubclass(type(entry), Mapping)
    assert entry["status"] == 200
    assert {**entry} == dict(entry) == dict(entry.items()) == entry.as_json()
    assert list(entry) == list(entry.keys()) == list(entry.as_json())
    assert list(entry.values()) == list(entry.as_json().values())
    assert len(entry) == len(entry.as_json())
    assert json.loads(json.dumps([entry], default=dict)) == [entry.as_json()]
    assert "status" in entry
    assert "nothing" not in entry
    assert (entry.get("nothing"), entry.get("nothing", 1), entry.get("number")) == (None, 1, 1)
    with pytest.raises(KeyError):
        entry["nothing"]
    with pytest.raises(KeyError):
        entry["kept_values"]


VALUES = st.recursive(
    st.none() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=60,
)
BODIES = st.binary(max_size=3 * MAX_BODY) | VALUES.map(lambda value: json.dumps(value).encode())


@given(BODIES, st.sampled_from(["application/json", "image/png", "text/plain", "text/html; charset=utf-8", ""]))
def test_whatever_was_answered_little_is_kept_and_it_can_be_read(body: bytes, content_type: str) -> None:
    """What is kept is bounded, its length is told, and it is plain JSON when it is read."""
    kept = kept_answer(Answer(200, body, content_type))
    assert len(kept.shown if isinstance(kept, Cut) else kept) <= 2 * MAX_BODY
    found = readable_answer(kept, content_type, ())
    assert found["size"] == len(body)
    assert json.loads(json.dumps(found)) == found
    if isinstance(kept, Cut) or (found["body"] is None and body not in (b"", b"null")):
        assert found["sha256"] == hashlib.sha256(body).hexdigest()
