"""What the journal says of a refusal: a claim that exists, and a pointer to where in the request it went wrong."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greycard_mocks.core.answer import Request
from greycard_mocks.core.journal import kept, readable
from greycard_mocks.core.journal.shortened import MAX_ENTRY, shortened
from greycard_mocks.engine.snapshot import export_world, import_world

TIGER = {"token": "test-key"}
PICWISH = "/api/tasks/visual/scale"
KEY = {"X-API-KEY": "test-key"}
ENHANCOR = "/api/upscaler/v1/queue"
Ask = Callable[[Any], Any]


def tiger(**fields: Any) -> Ask:
    """A create request of Magic Tiger with these fields."""
    return lambda lab: lab.call("POST", "/createtask", headers=TIGER, json={"picurl": lab.image(), "type": 1, **fields})


def enhancor(**fields: Any) -> Ask:
    """A create request of Enhancor with these fields."""
    return lambda lab: lab.call(
        "POST", ENHANCOR, headers={"x-api-key": "test-key"},
        json={"img_url": lab.image(), "webhookUrl": "http://receiver.test/", "mode": "fast", **fields},
    )  # fmt: skip


def batch(lab: Any) -> Any:
    """A batch of Wondershare whose second picture is too small."""
    body = {"images": [lab.image("300x300.jpg"), lab.image("10x10.jpg")], "priority": 1, "file_ext": "png"}
    headers = {"Authorization": "Basic dGVzdC1rZXk6c2VjcmV0"}
    return lab.call("POST", "/v3/pic/fsrtwo/batch", headers=headers, json=body)


def without_balance(lab: Any) -> Any:
    """A create request of Magic Tiger that the account cannot pay."""
    lab.world("magictiger").balance = 0
    return tiger()(lab)


def picwish(**fields: Any) -> Ask:
    """A create request of PicWish with these fields."""
    return lambda lab: lab.call(
        "POST", PICWISH, headers=KEY, data={"type": "clean", "image_url": lab.image(), **fields}
    )


def without_picture(lab: Any) -> Any:
    """A create request of PicWish whose picture is missing."""
    return lab.call("POST", PICWISH, headers=KEY, data={"type": "clean"})


SCALE = "picwish/scale.create#"
REFUSALS: list[tuple[str, Ask, str, str]] = [
    ("magictiger", tiger(type=99), "magictiger/createtask#request/type/maximum", "/type"),
    ("magictiger", without_balance, "magictiger#balance/error", ""),
    ("enhancor", enhancor(img_url="no"), "enhancor/queue#pictures/consequences/unreachable/error", "/img_url"),
    ("enhancor", enhancor(webhookUrl="no"), "enhancor/queue#urls", "/webhookUrl"),
    ("wondershare", batch, "wondershare/fsrtwo.batch#pictures/side_over", "/images/1"),
    ("picwish", picwish(type="dirty"), f"{SCALE}request/type/enum", "/type"),
    ("picwish", picwish(scale_facto=2), f"{SCALE}request/scale_factor/type", "/scale_facto"),
    ("picwish", without_picture, f"{SCALE}pictures/consequences/missing/error", ""),
]
"""Vendor, request, and the claim and the pointer that the journal names for it."""


@pytest.mark.parametrize(("vendor", "ask", "claim", "pointer"), REFUSALS)
def test_a_refusal_names_its_claim_and_the_place_in_the_request(
    make_lab: Callable[..., Any], vendor: str, ask: Ask, claim: str, pointer: str
) -> None:
    """The claim is one of the vendor's, the pointer leads to what was wrong, and the reason holds them both."""
    lab = make_lab(vendor)
    ask(lab)
    (entry,) = lab.world(vendor).journal.of_kind("request")
    assert (entry["claim"], entry["pointer"]) == (claim, pointer)
    assert entry["reason"].startswith(claim)
    assert pointer in entry["reason"]
    assert claim in lab.engine.runtimes[vendor].claims


def test_a_request_that_is_carried_out_names_nothing(make_lab: Callable[..., Any]) -> None:
    """Without a refusal there is neither claim nor pointer nor reason, but the task that came of it."""
    lab = make_lab("magictiger")
    task = tiger()(lab).json()["data"]["taskid"]
    (entry,) = lab.world("magictiger").journal.of_kind("request")
    assert [entry[name] for name in ("claim", "pointer", "reason", "task")] == ["", "", "", task]


def test_an_entry_is_shown_with_its_number_kind_and_moment(make_lab: Callable[..., Any]) -> None:
    """As JSON an entry is what was noted, with the number, the kind and the moment of the world in front."""
    lab = make_lab("magictiger")
    world = lab.world("magictiger")
    for number in (1, 2):
        tiger()(lab)
        entry = world.journal.entries[-1]
        assert entry.as_json() == {"number": number, "kind": "request", "at": world.clock.now(), **entry.facts}
        lab.pass_time(3)


TEXT = st.text(max_size=3) | st.sampled_from(["a" * 200, "b" * 201, "c" * 600, "d" * 5000])
ATOM = st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers(-(1 << 65), 1 << 65) | TEXT
VALUES = st.dictionaries(
    TEXT,
    ATOM | st.lists(ATOM | st.lists(ATOM, max_size=2), max_size=40) | st.dictionaries(TEXT, ATOM, max_size=40),
    max_size=40,
)


@given(VALUES | st.integers(28, 36).map(lambda count: {str(n): ["e" * 199] * count for n in range(count)}))
def test_what_an_entry_keeps_reads_as_the_shortened_values(values: dict[str, Any]) -> None:
    """Whatever was sent, what is kept is small, and reads as if it had been shortened at once."""
    whole = repr(values)
    found = kept(values)
    assert repr(readable(found)) == repr(shortened(values))
    assert repr(values) == whole
    assert len(repr(found)) < 3 * MAX_ENTRY


def test_an_entry_does_not_change_any_more(make_lab: Callable[..., Any]) -> None:
    """Neither through what was sent, nor through what somebody does with what was read."""
    lab = make_lab("wondershare")
    content = json.dumps({"images": [lab.image()], "priority": 1, "file_ext": "png"}).encode()
    headers = {"authorization": "Basic dGVzdC1rZXk6c2VjcmV0", "content-type": "application/json", "host": "a"}
    path = "/v3/pic/fsrtwo/batch"
    lab.engine.handle(Request("POST", path, "", headers, io.BytesIO(content), len(content), lab.origin))
    (entry,) = lab.world("wondershare").journal.of_kind("request")
    before = repr(entry.as_json())
    assert lab.image() in before
    headers.clear()
    entry["values"]["images"].clear()
    entry["headers"].clear()
    entry["files"].append("x")
    entry.as_json()["values"].clear()
    assert repr(entry.as_json()) == before


@pytest.mark.parametrize("vendor", ["picwish", "wondershare"])
def test_a_world_whose_pictures_are_wrong_loads_as_it_was_exported(make_lab: Callable[..., Any], vendor: str) -> None:
    """Tasks that fail because of their pictures are exported like all others, and come back the same."""
    lab = make_lab(vendor)
    if vendor == "picwish":
        picwish(image_url="http://nobody.test/a.jpg")(lab)
    else:
        batch(lab)
        lab.call(
            "POST", "/v3/pic/fsrtwo/batch", headers={"Authorization": "Basic dGVzdC1rZXk6c2VjcmV0"},
            json={"images": ["http://nobody.test/a.jpg"], "priority": 1, "file_ext": "png"},
        )  # fmt: skip
    world = lab.world(vendor)
    assert world.tasks
    exported = export_world(lab.engine, world)
    other = make_lab(vendor)
    import_world(other.engine, other.world(vendor), exported)
    assert export_world(other.engine, other.world(vendor))["tasks"] == exported["tasks"]


def test_a_task_that_fails_for_its_picture_says_why(make_lab: Callable[..., Any]) -> None:
    """It keeps the text that the document has for this end, and the words of the finding where it has none."""
    lab = make_lab("picwish")
    runtime = lab.engine.runtimes["picwish"]
    for text in ("as the document says", None):
        for state in runtime.states.values():
            state.pop("reason", None)
            if text:
                state["reason"] = text
        lab.pass_time(2)
        lab.call("POST", PICWISH, headers=KEY, data={"type": "clean", "image_url": "http://no.test/a"})
        world = lab.world("picwish")
        task = world.kept.latest_tasks(1)[0]
        assert runtime.phase(task.outcome) == "failed"
        assert task.reason == (text or "the link could not be fetched: there is no network in a test")
