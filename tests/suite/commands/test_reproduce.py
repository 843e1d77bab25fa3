"""What a report says of a violation can be pasted into a shell, and shows the violation there."""

from __future__ import annotations

import dataclasses
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from greycard_mocks.core.world import world_id
from greycard_mocks.testing.mock import Mock
from greycard_schemas.drifts.catalogue import patches_for
from greycard_schemas.loader import load_contracts
from greycard_suite.credentials import variables
from greycard_suite.judge.minimal_calls import steps_to
from greycard_suite.reports.curl_script import SERVED, script
from greycard_suite.reports.json import as_json
from greycard_suite.runner.run import Report

Recorded = Callable[..., Report]


@dataclass(frozen=True)
class Shown:
    """One drift, the claim that it breaks, the shortest script (its verbs), and the end of what it prints."""

    drift: str
    claim: str
    test: str
    verbs: tuple[str, ...]
    ends: str


CASES = [
    Shown(
        "magictiger/errors.task_deleted.code-changed",
        "magictiger/deletetask#task/deleted",
        "test_a_deleted_task_is_gone",
        ("TASK=", "curl", "curl"),
        '"code":1002702',
    ),
    Shown(
        "wondershare/lifecycle.states.succeeded-regresses",
        "wondershare#lifecycle/states/succeeded/phase",
        "test_a_task_runs_to_an_end",
        ("TASK=", "curl", "sleep", "curl", "sleep", "curl", "sleep", "curl"),
        '"status":"2"',
    ),
    Shown(
        "picwish/rate.limit-down",
        "picwish#rate/limit",
        "test_one_request_more",
        ("curl", "sleep", "curl", "sleep", "curl", "sleep", "curl"),
        "HTTP/1.1 429",
    ),
    Shown(
        "picwish/link.expired_http-changed",
        "picwish#link/expired_http",
        "link",
        ("curl", "TASK=", "sleep", "LINK=", "sleep", "curl"),
        "HTTP/1.1 404",
    ),
    Shown(
        "enhancor/status.cost-dropped",
        "enhancor/status#succeeded/required/cost",
        "test_a_task_runs_to_an_end",
        ("TASK=", "sleep", "curl"),
        '"status":"COMPLETED"',
    ),
]


def drifted(recorded: Recorded, shown: Shown) -> tuple[Report, list[dict[str, Any]]]:
    """A run over the drift, and its patches."""
    name = shown.drift.partition("/")[0]
    patches = patches_for(load_contracts([name])[name], [shown.drift])
    return recorded(name, patches=patches, select=shown.test), patches


def reproduction(report: Report, claim: str) -> str:
    """What the report says of one claim."""
    (found,) = [one for one in as_json(report)["claims"] if one["id"] == claim]
    assert found["verdict"] == "violated"
    return str(found["reproduce"])


@pytest.mark.wire
@pytest.mark.parametrize("shown", CASES, ids=lambda shown: shown.drift)
def test_the_script_shows_the_violation(recorded: Recorded, shown: Shown, tmp_path: Path) -> None:
    """Run by a shell against a mock with the same drift, the script sees what the run saw, in as few calls."""
    report, patches = drifted(recorded, shown)
    text = reproduction(report, shown.claim)
    lines = [line for line in text.splitlines() if not line.startswith(("#", "PICTURES="))]
    assert tuple(line.partition("=$(")[0] + "=" if "=$(" in line else line.split()[0] for line in lines) == shown.verbs
    name = shown.drift.partition("/")[0]
    with Mock([name], patches={name: patches}) as mock:
        vendor = mock.vendor(name, "test-shell")
        # time passes where the script waits, and nowhere else
        clock = f"{mock.url}/_mock/worlds/{world_id(name, 'test-shell')}/clock"
        advance = (
            "sleep() { curl -sS -f -o /dev/null -H 'Content-Type: application/json' "
            f"""-d '{{"action": "advance", "seconds": '"$1"'}}' {clock}; }}"""
        )
        keys = dict(zip(variables(load_contracts([name])[name]).values(), vendor.credentials.values(), strict=True))
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", f"{advance}\n{text.replace(SERVED, mock.url)}"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            cwd=tmp_path,
            env={**os.environ, **keys, "no_proxy": "*"},
        )
    assert done.returncode == 0, done.stderr
    assert shown.ends in "HTTP/1.1" + done.stdout.rpartition("HTTP/1.1")[2]


def test_what_holds_needs_no_script(recorded: Recorded) -> None:
    """Only what is violated or refuted has steps and a script."""
    report, _ = drifted(recorded, CASES[0])
    for one in as_json(report)["claims"]:
        assert bool(one["reproduce"]) == (one["verdict"] in ("violated", "refuted"))
    held = [one.finding for one in report.all_verdicts if one.finding and one.finding.holds]
    assert held
    assert all(one.steps == () for one in held)


def test_a_call_of_another_test_stands_alone(recorded: Recorded) -> None:
    """What was judged later, from a call that another test made, is shown by that call."""
    report, _ = drifted(recorded, CASES[0])
    vendor = load_contracts(["magictiger"])["magictiger"]
    calls = [call for record in report.calls["magictiger"] for call in record.calls]
    assert steps_to(vendor, CASES[0].claim, calls[-1], calls[:1]) == (calls[-1],)
    wrong = next(call for call in calls if call.operation == "deletetask")
    assert script(vendor, [wrong]).startswith('curl -sS -i -X POST -H "token: $GREYCARD_MAGICTIGER_TOKEN"')


def test_what_is_too_long_is_cut_and_says_so(recorded: Recorded) -> None:
    """A long body, and a long script, do not fill the report; both say where the rest is."""
    report, _ = drifted(recorded, CASES[0])
    vendor = load_contracts(["magictiger"])["magictiger"]
    (record, *_) = report.calls["magictiger"]
    long = dataclasses.replace(record.calls[0], fields={"picurl": "https://example.com/" + "x" * 3000})
    lines = script(vendor, [long]).splitlines()
    assert lines[0].startswith("# the next body is cut off")
    assert len(lines[1]) < 2500
    text = script(vendor, [long, long, record.calls[-1]])
    assert text.startswith("# after 2 more calls")
    assert text.count("curl") == 1
