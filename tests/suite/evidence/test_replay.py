"""Recorded evidence judged again says what the run said, without a network."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from greycard_schemas.loader import load_contracts
from greycard_suite.cli import cli
from greycard_suite.evidence.folder import recorded_variants
from greycard_suite.evidence.har import EvidenceError, har_of, har_text, load_har, records_of
from greycard_suite.runner.run import Report, run_suite
from greycard_suite.targets.mock import MockTargets
from greycard_suite.targets.replay import ReplayTargets

VENDORS = ("enhancor", "magictiger", "picwish", "wondershare")
LIFE = "runs_to_an_end or without_a_valid_key or delivered_until or as_long_as_documented"
NAMED = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["name", "value"],
        "properties": {"name": {"type": "string"}, "value": {"type": "string"}},
    },
}
MESSAGE = {
    "httpVersion": {"type": "string"},
    "cookies": {"type": "array"},
    "headers": NAMED,
    "headersSize": {"type": "integer"},
    "bodySize": {"type": "integer"},
}
HAR = {
    "type": "object",
    "required": ["log"],
    "properties": {
        "log": {
            "type": "object",
            "required": ["version", "creator", "entries"],
            "properties": {
                "version": {"const": "1.2"},
                "creator": {"type": "object", "required": ["name", "version"]},
                "entries": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["startedDateTime", "time", "request", "response", "cache", "timings"],
                        "properties": {
                            "startedDateTime": {
                                "type": "string",
                                "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$",
                            },
                            "time": {"type": "number", "minimum": 0},
                            "request": {
                                "type": "object",
                                "required": ["method", "url", "queryString", *MESSAGE],
                                "properties": {
                                    **MESSAGE,
                                    "method": {"type": "string"},
                                    "url": {"type": "string", "pattern": "^https?://"},
                                    "queryString": NAMED,
                                    "postData": {
                                        "type": "object",
                                        "required": ["mimeType", "params", "text"],
                                    },
                                },
                            },
                            "response": {
                                "type": "object",
                                "required": ["status", "statusText", "content", "redirectURL", *MESSAGE],
                                "properties": {
                                    **MESSAGE,
                                    "status": {"type": "integer"},
                                    "content": {"type": "object", "required": ["size", "mimeType"]},
                                },
                            },
                            "timings": {"type": "object", "required": ["send", "wait", "receive"]},
                        },
                    },
                },
            },
        }
    },
}

Recorded = Callable[..., Report]


def kept(folder: Path, report: Report, vendor: str) -> Path:
    """The archive of a run in a folder."""
    (folder / "exchange.har").write_text(har_text(har_of(report.calls, load_contracts([vendor]))), encoding="utf-8")
    return folder


def judged_again(folder: Path, vendor: str, **options: Any) -> Report:
    """The verdicts on the evidence in a folder."""
    contracts = load_contracts([vendor])
    return run_suite(ReplayTargets(folder, contracts), contracts, started=0.0, **options)[0]


def words(report: Report) -> dict[str, str]:
    """Verdict by statement."""
    return {one.claim.id: one.verdict for one in report.all_verdicts}


@pytest.mark.slow
@pytest.mark.parametrize("vendor", VENDORS)
def test_a_replay_says_what_the_run_said(recorded: Recorded, tmp_path: Path, vendor: str) -> None:
    """Every verdict, the variants seen and the notices are those of the recorded run."""
    report = recorded(vendor)
    again = judged_again(kept(tmp_path, report, vendor), vendor)
    assert words(again) == words(report)
    assert again.variants == report.variants
    assert set(again.notices) == set(report.notices)
    assert again.failures == {}


@pytest.mark.parametrize(
    ("vendor", "patch", "claim"),
    [
        (
            "picwish",
            {"op": "replace", "file": "vendor", "path": "/errors/unauthorized/code", "value": 403},
            "picwish#errors/unauthorized/code",
        ),
        (
            "magictiger",
            {"op": "replace", "file": "callback", "path": "/x-operation/copies", "value": 3},
            "magictiger/callback#copies",
        ),
    ],
)
def test_a_violation_is_found_again(
    recorded: Recorded, tmp_path: Path, vendor: str, patch: dict[str, Any], claim: str
) -> None:
    """A vendor that departed from its document when it was recorded does so in the replay."""
    report = recorded(vendor, patches=[patch], select=LIFE)
    again = judged_again(kept(tmp_path, report, vendor), vendor, select=LIFE)
    assert words(report)[claim] == "violated"
    assert words(again) == words(report)


def test_the_archive_is_a_har_and_always_the_same(recorded: Recorded) -> None:
    """The archive satisfies HAR 1.2, is the same text each time, and gives back what was recorded."""
    report = recorded("magictiger", select=LIFE)
    contracts = load_contracts(["magictiger"])
    har = har_of(report.calls, contracts)
    assert list(Draft202012Validator(HAR).iter_errors(har)) == []
    text = har_text(har)
    assert text == har_text(har_of(report.calls, contracts))
    again = records_of(load_har(text))
    assert [(one.test, len(one.calls), len(one.deliveries)) for one in again] == [
        (one.test, len(one.calls), len(one.deliveries)) for one in report.calls["magictiger"]
    ]


def test_the_archive_holds_no_credential_and_no_picture(recorded: Recorded) -> None:
    """Credentials are placeholders, and of a picture only its facts are kept."""
    har = har_of(recorded("picwish", select=LIFE).calls, load_contracts(["picwish"]))
    text = har_text(har)
    assert "test-suite-" not in text
    assert "$GREYCARD_PICWISH_API_KEY" in text
    pictures = [
        entry["_greycard"]["body"]
        for entry in har["log"]["entries"]
        if entry["_greycard"].get("body", {}).get("picture")
    ]
    assert pictures
    assert all(one["picture"]["width"] > 0 and len(one["sha256"]) == 64 for one in pictures)
    assert all("Signature=redacted" in line for line in text.splitlines() if "Signature=" in line)


def test_what_the_evidence_lacks_is_said(recorded: Recorded, tmp_path: Path) -> None:
    """Statements whose requests were not recorded are not exercised, for that reason.

    Nothing else is lost.
    """
    report = recorded("picwish", select=LIFE)
    folder = kept(tmp_path, report, "picwish")
    har = json.loads((folder / "exchange.har").read_text(encoding="utf-8"))
    har["log"]["entries"] = [one for one in har["log"]["entries"] if one["_greycard"]["credential"] == "valid"]
    (folder / "exchange.har").write_text(json.dumps(har), encoding="utf-8")
    again = judged_again(folder, "picwish", select=LIFE)
    refusal = next(one for one in again.all_verdicts if one.claim.id == "picwish#errors/unauthorized/code")
    assert (refusal.verdict, refusal.reason) == ("not exercised", "the evidence lacks this request")
    assert words(again)["picwish#lifecycle/states/succeeded/value"] == "holds"
    assert again.failures == {}


def test_the_variants_of_the_recorded_run_are_kept(recorded: Recorded, tmp_path: Path) -> None:
    """A replay can be judged by the variants by which the run was."""
    folder = kept(tmp_path, recorded("magictiger", select=LIFE), "magictiger")
    assert recorded_variants(folder) == {"magictiger": dict(load_contracts(["magictiger"])["magictiger"].variants)}


@pytest.mark.slow
def test_the_command_judges_again_by_the_variants_of_the_run(tmp_path: Path) -> None:
    """What was declared then holds now; what is declared now outranks it."""
    declared = load_contracts(["wondershare"], variants={"wondershare": {"number_form": "integer"}})
    targets = MockTargets(declared, declared)
    try:
        report = run_suite(targets, declared, started=0.0, select=LIFE)[0]
    finally:
        targets.close()
    (tmp_path / "exchange.har").write_text(har_text(har_of(report.calls, declared)), encoding="utf-8")
    command = ["verify", "--replay", str(tmp_path)]
    done = CliRunner().invoke(cli, command)
    assert done.exit_code == 0, done.output
    done = CliRunner().invoke(cli, [*command, "--variant", "wondershare.number_form=string"])
    assert done.exit_code == 1, done.output
    assert "--variant wondershare.number_form=integer" in done.output


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        '{"log": {"entries": []}}',
        '{"log": {"_greycard": {"format": 9}, "entries": []}}',
        '{"log": {"_greycard": {"format": 1, "settings": {"picwish": {}}, "tests": []}, "entries": []}}',
        '{"log": {"_greycard": {"format": 1, "settings": {}, "tests": [{}]}, "entries": [{}]}}',
    ],
)
def test_what_is_no_evidence_is_refused(tmp_path: Path, text: str) -> None:
    """A folder without a sound archive is named as such, whatever is wrong with it."""
    (tmp_path / "exchange.har").write_text(text, encoding="utf-8")
    with pytest.raises(EvidenceError):
        ReplayTargets(tmp_path, load_contracts(["picwish"]))
    with pytest.raises(EvidenceError, match="cannot be read"):
        ReplayTargets(tmp_path / "nowhere", load_contracts(["picwish"]))
