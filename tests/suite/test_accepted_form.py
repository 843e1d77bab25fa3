"""A documented request that is refused is violated by name or as a group, a condition of the account blocks."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
from click.testing import CliRunner

from greycard_schemas.drifts.catalogue import patches_for
from greycard_schemas.drifts.model import put
from greycard_schemas.loader import load_contracts
from greycard_suite.call import Call
from greycard_suite.cli import cli
from greycard_suite.judge.account import condition_of
from greycard_suite.runner.run import Report
from greycard_suite.tools.drift_runs import judged


@cache
def over(vendor: str, drift: str) -> Report:
    """The run over a vendor that has drifted so, judged as a vendor is."""
    return judged({vendor: patches_for(load_contracts([vendor])[vendor], [drift])}, vendor, "live")


def words(report: Report) -> dict[str, str]:
    """Verdict by statement."""
    return {one.claim.id: one.verdict for one in report.all_verdicts}


@pytest.mark.parametrize(
    ("vendor", "drift", "claim"),
    [
        ("picwish", "scale.create.request.type.enum-renamed", "picwish/scale.create#request/type/enum"),
        (
            "picwish",
            "scale.create.request.fix_face_only-required",
            "picwish/scale.create#request/fix_face_only/default",
        ),
        ("enhancor", "queue.request.mode.enum-renamed", "enhancor/queue#request/mode/enum"),
        ("enhancor", "queue.encodings-changed", "enhancor/queue#encodings"),
        ("wondershare", "rw.batch.request.priority.minimum-up", "wondershare/rw.batch#request/priority/minimum"),
    ],
)
def test_what_had_to_change_is_named_and_the_rest_goes_on(vendor: str, drift: str, claim: str) -> None:
    """The statement that the accepted request goes against is violated, and tasks are created and read all the same."""
    report = over(vendor, drift)
    found = words(report)
    assert (report.status, found[claim]) == (1, "violated")
    assert report.unreached == ()
    states = f"{vendor}#lifecycle/states/succeeded/value"
    assert found[states] in ("holds", "confirmed")


def test_where_nothing_helps_a_group_is_named() -> None:
    """An operation that is not where the document says blocks what rests on it, and one of a group is violated."""
    report = over("enhancor", "queue.path-moved")
    group = [one for one in report.all_verdicts if one.finding is not None and one.finding.one_of]
    assert {one.claim.id for one in group} == {"enhancor/queue#path", "enhancor/queue#method", "enhancor#paths/prefix"}
    assert all(one.finding is not None and one.claim.id in one.finding.one_of for one in group)
    assert words(report)["enhancor#lifecycle/states/succeeded/value"] == "blocked"
    assert report.status == 1
    assert report.unreached[0].startswith("Enhancor, queue: no task was created, because ")


@pytest.mark.parametrize(("start", "violated"), [(0, []), (1, []), (5, [])])
def test_a_balance_that_ends_blocks_and_violates_nothing(start: int, violated: list[str]) -> None:
    """Whenever the documented code of the balance comes, the run ends with 3 and says what stood in the way."""
    report = judged({"magictiger": [put("vendor", "/balance/start", start)]}, "magictiger", "live")
    assert [one.claim.id for one in report.all_verdicts if one.verdict == "violated"] == violated
    assert report.status == 3
    assert any("1003002" in one for one in report.conditions) or any("1003002" in one for one in report.unreached)


def answered(status: int, body: Any) -> Call:
    """An answer to a create."""
    text = json.dumps(body, ensure_ascii=False).encode()
    return Call("queue", "POST", "http://x/", {}, {}, "application/json", "valid", status, {}, text, body, 0.0, 0.0)


@pytest.mark.parametrize(
    ("status", "message", "condition"),
    [
        (400, "Insufficient credits, please top up", True),
        (402, "", True),
        (429, "", True),
        (503, "", True),
        (403, "plan does not include this", True),
        (400, "您的余额不足", True),
        (400, "该服务未开通", True),
        (400, "Your subscription has expired", True),
        (400, "mode must be one of fast, professional", False),
        (400, "Failed to process image", False),
        (400, "the image is not large enough", False),
        (400, "img_url is required", False),
        (400, "mode fast is not allowed", False),
    ],
)
def test_conditions_are_told_from_refusals_of_a_request(status: int, message: str, condition: bool) -> None:  # noqa: FBT001
    """HTTP statuses and words of balance, rights and outages are conditions; words about the request are not."""
    vendor = load_contracts(["enhancor"])["enhancor"]
    call = answered(status, {"error": {"message": message}})
    assert bool(condition_of(vendor, vendor.operations["queue"], call)) is condition


@pytest.mark.parametrize(
    "arguments",
    [
        ["--base-url", "picwish=http://127.0.0.1:1"],
        ["--budget", "5"],
        ["--credits", "5"],
        ["--image-base", "http://127.0.0.1/"],
        ["--callback-port", "8000"],
        ["--patience", "5"],
        ["--dry-run"],
    ],
)
def test_what_means_something_live_only_is_wrong_use_elsewhere(arguments: list[str]) -> None:
    """An option of a live run without `--target live` judges nothing and says what to write."""
    result = CliRunner().invoke(cli, ["verify", "--vendor", "picwish", *arguments])
    assert result.exit_code == 2
    assert f"--target live {arguments[0]}" in result.output.replace("\n", " ")


def test_a_floor_of_what_is_exercised_can_be_required() -> None:
    """A run below the floor ends with 3; the last line counts what was exercised."""
    result = CliRunner().invoke(cli, ["verify", "--vendor", "enhancor", "--require", "100"])
    exercised, _, observable = result.output.splitlines()[-1].split()[:3]
    assert result.exit_code == (0 if exercised == observable else 3)
    assert " observable statements were exercised" in result.output.splitlines()[-1]
