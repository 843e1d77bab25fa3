"""What shows over time: intervals, pictures that are recognised, ends that stay, and vendors that break each rule."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image, ImageOps

from greycard_mocks.images.testcards import card
from greycard_mocks.images.transform import enlarge, erase
from greycard_schemas.drifts.model import put, take
from greycard_suite.lifetime.intervals import Interval, Observation, began, clock_offset, out_of_order
from greycard_suite.lifetime.likeness import is_foreign, made_from
from greycard_suite.tools.drift_runs import judged

LOOKS = [card(281, 265, "jpg", seed=number) for number in range(8)]


def encoded(picture: Image.Image) -> bytes:
    """A picture as PNG."""
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def changed(change: Any) -> bytes:
    """The first test picture after a change."""
    with Image.open(io.BytesIO(LOOKS[0])) as opened:
        return encoded(change(opened.convert("RGB")))


def test_something_began_between_the_last_look_before_and_the_first_that_shows_it() -> None:
    """The end lies after the start of the last look that did not show it, however slow the looks were."""
    looks = [Observation(1, 2, False), Observation(5, 9, False), Observation(20, 31, True)]
    assert began(looks, bool) == Interval(5, 31)
    assert began(looks[:2], bool) is None
    assert Interval(0, 2).least_until(Interval(5, 31)) == 3
    assert Interval(0, 2).most_until(Interval(5, 31)) == 31
    assert Interval(0, 6).least_until(Interval(5, 31)) == 0


def test_an_order_is_broken_only_by_looks_that_do_not_overlap() -> None:
    """Two looks at once may have seen the states in either order."""
    assert out_of_order([Observation(0, 5, 2), Observation(3, 4, 1)]) is None
    assert out_of_order([Observation(0, 2, 2), Observation(3, 4, 1)]) == (2, 1)
    assert out_of_order([Observation(0, 2, 1), Observation(3, 4, 1), Observation(5, 6, 3)]) is None


def test_a_stamp_tells_by_how_much_its_clock_is_ahead() -> None:
    """A stamp of whole seconds, made between two moments of ours, leaves an interval that holds the true offset."""
    for moment in (Interval(100, 101), Interval(200, 202)):
        offset = clock_offset(moment.earliest + 3600.0, moment)
        assert offset.earliest <= 3600 <= offset.latest
        assert offset.latest - offset.earliest == moment.latest - moment.earliest + 1


@pytest.mark.parametrize("own", [0, 3, 7])
def test_a_result_is_told_from_those_of_the_other_pictures(own: int) -> None:
    """An enlarged picture is recognised as its own input's, and one of another input as that one's."""
    result = b"".join(enlarge(LOOKS[own], width=562, height=530, format="jpeg"))
    assert made_from(result, LOOKS, own) == own
    assert made_from(result, LOOKS, (own + 1) % 8) == own
    assert not is_foreign(result, LOOKS[own])
    assert made_from(b"no picture", LOOKS, own) is None


def test_an_erased_area_leaves_a_picture_recognisable() -> None:
    """What the mask marked is gone, and the rest tells whose picture it is."""
    result = b"".join(erase(LOOKS[2], card(64, 64, "png"), width=281, height=265, format="png"))
    assert made_from(result, LOOKS, 2) == 2
    assert not is_foreign(result, LOOKS[2], masked=True)


@pytest.mark.parametrize(
    "change",
    [
        lambda picture: Image.new("RGB", picture.size, "white"),
        lambda picture: Image.new("RGB", picture.size),
        ImageOps.invert,
        lambda picture: picture.rotate(180),
        lambda picture: picture.rotate(90, expand=True),
    ],
    ids=["white", "black", "inverted", "turned over", "turned"],
)
def test_a_picture_of_something_else_is_foreign(change: Any) -> None:
    """Blank, inverted and turned pictures show something else than the input."""
    assert is_foreign(changed(change), LOOKS[0])


@pytest.mark.parametrize(
    "change",
    [lambda picture: ImageOps.autocontrast(picture, cutoff=10), ImageOps.equalize, lambda picture: picture],
    ids=["contrast", "equalized", "unchanged"],
)
def test_an_enhancer_may_change_tones(change: Any) -> None:
    """More contrast is still a picture of the input."""
    assert not is_foreign(changed(change), LOOKS[0])


BODY = "/x-operation/responses"


@pytest.mark.parametrize(
    ("vendor", "patches", "claim"),
    [
        (
            "magictiger",
            [put("vendor", "/lifecycle/finish_seconds", 1e8)],
            "magictiger/gettask#answer/data/required/outputurl",
        ),
        (
            "magictiger",
            [put("gettask", f"{BODY}/succeeded/body/data/outputurl", "")],
            "magictiger/gettask#answer/data/required/outputurl",
        ),
        (
            "magictiger",
            [put("gettask", f"{BODY}/succeeded/body/data/inputurl", {"$from": "result.link"})],
            "magictiger/gettask#answer/data/inputurl/x-means",
        ),
        (
            "magictiger",
            [put("gettask", f"{BODY}/succeeded/body/data/facenum", 9)],
            "magictiger/gettask#answer/data/facenum/x-means",
        ),
        (
            "picwish",
            [put("scale.get", f"{BODY}/succeeded/body/data/completed_at", 1_000_000_000)],
            "picwish/scale.get#completed_at/x-means",
        ),
        ("picwish", [put("scale.get", f"{BODY}/succeeded/body/data/image", "")], "picwish/scale.get#succeeded/data"),
        (
            "wondershare",
            [put("fsrtwo.result", f"{BODY}/succeeded/body/data/list", [])],
            "wondershare/fsrtwo.result#succeeded/data/required/list",
        ),
        (
            "wondershare",
            [
                put("rw.result", f"{BODY}/{phase}/body/data/wait_time", "-1")
                for phase in ("running", "succeeded", "failed")
            ],
            "wondershare/rw.result#wait_time/pattern",
        ),
        (
            "wondershare",
            [put("rw.result", f"{BODY}/succeeded/body/data/list/$do/reason", "")],
            "wondershare/rw.result#failed_item/reason/x-means",
        ),
        (
            "enhancor",
            [put("queue", f"/x-operation/result/by_value/{mode}", 1) for mode in ("fast", "professional")],
            "enhancor/queue#result/enlarges",
        ),
        (
            "enhancor",
            [put("vendor", "/lifecycle/states/succeeded/value", "DONE")],
            "enhancor#lifecycle/states/succeeded",
        ),
    ],
    ids=[
        "never ends",
        "no result",
        "the input's link",
        "faces",
        "completed before",
        "no image",
        "no list",
        "wait below zero",
        "no reason",
        "no larger",
        "another state",
    ],
)
def test_a_vendor_that_breaks_a_rule_of_time_is_found(vendor: str, patches: list[dict[str, Any]], claim: str) -> None:
    """The run ends with 1 and names the statement."""
    report = judged({vendor: patches}, vendor, "live")
    violated = [one.claim.id for one in report.all_verdicts if one.verdict == "violated"]
    assert report.status == 1
    assert any(one.startswith(claim) for one in violated), violated


@pytest.mark.parametrize(
    ("vendor", "patches"),
    [
        ("picwish", [take("scale.get", f"{BODY}/{phase}/body/message") for phase in ("succeeded", "failed")]),
        ("picwish", [take("scale.get", f"{BODY}/running/body/data/progress")]),
        ("wondershare", [put("rw.result", f"{BODY}/running/body/data/list", None)]),
        ("enhancor", [put("status", f"{BODY}/running/body/cost", None)]),
        (
            "magictiger",
            [
                put("vendor", f"/lifecycle/states/{state}/value", value)
                for state, value in (("waiting", 3), ("processing", 2), ("succeeded", 1), ("failed", 0))
            ],
        ),
    ],
    ids=["no message", "no progress", "no list yet", "no cost yet", "another table"],
)
def test_what_no_document_binds_is_no_violation(vendor: str, patches: list[dict[str, Any]]) -> None:
    """Before the end and after a failure only the task and its state are bound."""
    report = judged({vendor: patches}, vendor, "live")
    assert [one.claim.id for one in report.all_verdicts if one.verdict == "violated"] == []
    assert report.status == 0
