"""A profile holds what was seen where the documents are silent, and the mock started from it behaves so."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from greycard_schemas.loader import load_contracts
from greycard_suite.evidence.har import har_of, har_text
from greycard_suite.evidence.profile import ProfileError, load_profile, profile_text
from greycard_suite.runner.calibrate import calibrated
from greycard_suite.runner.run import Report, run_suite
from greycard_suite.targets.mock import MockTargets

SELECT = "runs_to_an_end or without_a_valid_key or unknown_task"


def profile(**part: Any) -> dict[str, Any]:
    """A profile of PicWish."""
    return {"greycard_profile": 1, "vendors": {"picwish": part}}


@pytest.mark.slow
def test_a_calibrated_mock_refutes_nothing(recorded: Callable[..., Report], tmp_path: Path) -> None:
    """What a vendor did otherwise than assumed stands in the profile.

    Judged and mocked by it, nothing is refuted.
    """
    patches = [
        {"op": "replace", "file": "vendor", "path": "/errors/unauthorized/http", "value": 403},
        {"op": "replace", "file": "vendor", "path": "/lifecycle/finish_seconds", "value": 5},
    ]
    report = recorded("magictiger", patches=patches, select=SELECT)
    assert {one.claim.id for one in report.all_verdicts if one.verdict == "refuted"} >= {
        "magictiger#errors/unauthorized/http"
    }
    (tmp_path / "exchange.har").write_text(
        har_text(har_of(report.calls, load_contracts(["magictiger"]))), encoding="utf-8"
    )
    found = calibrated(tmp_path)
    assert {patch["path"]: patch["value"] for patch in found["vendors"]["magictiger"]["patches"]} == {
        "/errors/unauthorized/http": 403,
        "/lifecycle/finish_seconds": 5.0,
    }
    (tmp_path / "profile.json").write_text(profile_text(found), encoding="utf-8")
    variants, loaded = load_profile(tmp_path / "profile.json")
    contracts = load_contracts(["magictiger"], variants=variants, patches=loaded)
    targets = MockTargets(contracts, contracts)
    try:
        again = run_suite(targets, contracts, started=0.0, select=SELECT)[0]
    finally:
        targets.close()
    assert [one.claim.id for one in again.all_verdicts if one.verdict in ("refuted", "violated")] == []


@pytest.mark.slow
def test_a_profile_never_touches_a_document(recorded: Callable[..., Report], tmp_path: Path) -> None:
    """A violated claim leaves no patch."""
    patches = [{"op": "replace", "file": "vendor", "path": "/errors/unauthorized/code", "value": 403}]
    report = recorded("picwish", patches=patches, select=SELECT)
    (tmp_path / "exchange.har").write_text(
        har_text(har_of(report.calls, load_contracts(["picwish"]))), encoding="utf-8"
    )
    assert calibrated(tmp_path)["vendors"]["picwish"]["patches"] == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ([], "is no profile"),
        ({"greycard_profile": 2, "vendors": {}}, "is no profile"),
        ({"greycard_profile": 1, "vendors": {"nobody": {}}}, "no vendor 'nobody'"),
        (profile(more=1), "may hold"),
        (profile(variants={"edition": 1}), "variants must map"),
        (profile(variants={"edition": "never"}), "no option 'never'"),
        (profile(patches={}), "patches must be a list"),
        (
            profile(patches=[{"op": "replace", "file": "vendor", "path": "/rate/limit", "value": 3}]),
            "picwish#rate/limit, which S2:64",
        ),
        (
            profile(patches=[{"op": "remove", "file": "vendor", "path": "/rate"}]),
            "may only change assumptions",
        ),
        (
            profile(patches=[{"op": "add", "file": "vendor", "path": "/rate/limit/x", "value": 3}]),
            "may only change assumptions",
        ),
        (
            profile(patches=[{"op": "replace", "file": "vendor", "path": "/nowhere", "value": 3}]),
            "changes no assumption",
        ),
        (
            profile(patches=[{"op": "swap", "file": "vendor", "path": "/base_url/value", "value": 3}]),
            "is no patch",
        ),
    ],
)
def test_a_wrong_profile_is_refused(tmp_path: Path, content: Any, words: str) -> None:
    """What a document states cannot be changed by a profile; every other mistake is named too."""
    path = tmp_path / "profile.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(ProfileError, match=words):
        load_profile(path)
