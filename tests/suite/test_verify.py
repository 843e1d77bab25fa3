"""The suite judges the mock: green in every variant, and red by name when one constant of the mock is changed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from greycard_schemas.claims.derive import claims_of
from greycard_schemas.loader import load_contracts
from greycard_schemas.variants import Observer
from greycard_suite.cli import cli
from greycard_suite.judge.unobservable import not_exercised_on_mock
from greycard_suite.judge.verdicts import Verdicts
from greycard_suite.reports.html import render_report
from greycard_suite.reports.json import evidence
from greycard_suite.runner import profiles
from greycard_suite.runner.run import Report, run_suite
from greycard_suite.targets.mock import MockTargets
from greycard_suite.tools.drift_runs import WITHOUT_HISTORIES

BY_USE = Path(__file__).with_name("holds_by_use.txt")
"""The statements that only looks that can only say yes have shown, in every variant."""
VENDORS = ("enhancor", "magictiger", "picwish", "wondershare")


def judged_by_the_shipped_data(
    vendor: str, patches: list[dict[str, Any]] | None = None, /, select: str = "", **variants: str
) -> Report:
    """The suite's report on a mock whose data were changed by patches, which histories of many calls only repeat."""
    chosen = {vendor: variants} if variants else None
    judged = load_contracts([vendor], variants=chosen)
    mocked = load_contracts([vendor], variants=chosen, patches={vendor: patches} if patches else None)
    targets = MockTargets(mocked, judged)
    try:
        return run_suite(targets, judged, started=0.0, select=WITHOUT_HISTORIES if patches else select)[0]
    finally:
        targets.close()


def options() -> Iterable[Any]:
    """Every option of every variant of every vendor."""
    for vendor in load_contracts().values():
        yield pytest.param(vendor.name, {}, id=f"{vendor.name}-default")
        for variant, spec in vendor.data["variants"].items():
            for option in spec["options"]:
                if option != spec["default"]:
                    name = f"{vendor.name}-{variant}-{option}"
                    yield pytest.param(vendor.name, {variant: option}, id=name, marks=pytest.mark.slow)


@pytest.mark.parametrize(("vendor", "variants"), list(options()))
def test_the_mock_keeps_its_document_in_every_variant(vendor: str, variants: dict[str, str]) -> None:
    """No claim is violated, no test breaks down; what is not exercised and what holds by use alone stands in lists.

    The lists are exact in both directions: an id that does not belong there any more is an error too.
    """
    # in a variant histories of many calls are tried by the profile `deep`
    select = "" if not variants or profiles.chosen(os.environ) == "deep" else WITHOUT_HISTORIES
    report = judged_by_the_shipped_data(vendor, None, select, **variants)
    assert report.failures == {}
    assert [(one.claim.id, one.finding) for one in report.all_verdicts if one.verdict in ("violated", "refuted")] == []
    listed = not_exercised_on_mock(report.judged[vendor])
    assert {one.claim.id for one in report.all_verdicts if one.verdict == "not exercised"} == set(listed)
    assert all(one.reason for one in report.all_verdicts if one.verdict == "not exercised")
    by_use = BY_USE.read_text(encoding="utf-8").split()
    assert {one.claim.id for one in report.all_verdicts if one.by_use} == {
        claim for claim in by_use if claim.startswith((f"{vendor}#", f"{vendor}/"))
    }
    assert report.status == 0


def test_what_holds_by_use_alone_says_so() -> None:
    """A verdict that rests on looks that can only say yes says so; one look that could fail takes that away."""
    vendor = load_contracts(["picwish"])["picwish"]
    verdicts = Verdicts(claims_of(vendor), Observer(vendor))
    used, tested, broken = ("picwish#rate/limit", "picwish#rate/scope", "picwish#rate/error")
    for claim in (used, tested, broken):
        verdicts.used(claim, expected=1, seen=1)
    verdicts.judge(tested, 1 + 1 == 2, expected=1, seen=1)
    verdicts.judge(broken, 1 + 1 == 3, expected=1, seen=2)
    verdicts.keep()
    found = {one.claim.id: one for one in verdicts.results()}
    assert found[used].by_use
    assert evidence(found[used])["reason"].startswith("by use: ")
    assert not found[tested].by_use
    assert not found[broken].by_use
    assert found[broken].verdict == "violated"


def test_every_report_says_what_holds_by_use_alone(tmp_path: Path) -> None:
    """The table, the JSON, the JUnit and the page distinguish it from a claim that was put to the test."""
    result = invoke(
        "verify",
        "--vendor",
        "enhancor",
        "--all",
        "--json",
        str(tmp_path / "v.json"),
        "--junit",
        str(tmp_path / "v.xml"),
    )
    by_use = [one for one in BY_USE.read_text(encoding="utf-8").split() if one.startswith("enhancor")]
    assert any(line.split()[1:5] == ["holds", "by", "use", by_use[0]] for line in result.output.splitlines())
    document = json.loads((tmp_path / "v.json").read_text())
    said = {one["id"] for one in document["claims"] if "by use" in one["evidence"].get("reason", "")}
    assert said == set(by_use)
    documented = [one for one in document["claims"] if one["id"] in said and one["verdict"] == "holds"]
    assert (tmp_path / "v.xml").read_text().count("holds by use") == len(documented)
    assert f"{len(documented)} of the claims that hold do so by use" in result.output
    page = render_report(document, load_contracts(["enhancor"]))
    assert page.count("by use: nothing contradicted it") == len(by_use)


CHANGES = [
    pytest.param("vendor", "/rate/limit", 3, {"picwish#rate/limit"}, id="three-requests-a-second"),
    pytest.param(
        "scale.create",
        "/x-operation/result/forced/2/up_to",
        512,
        {"picwish/scale.create#result/forced/2/up_to"},
        id="500-to-512-forced",
    ),
    pytest.param(
        "scale.create",
        "/x-operation/pictures/megabytes",
        16,
        {"picwish/scale.create#pictures/megabytes"},
        id="15-to-16-megabytes",
    ),
    pytest.param(
        "scale.create",
        "/x-operation/pictures/long_side_max",
        5000,
        {"picwish/scale.create#pictures/long_side_max"},
        id="4096-to-5000",
    ),
    pytest.param(
        "scale.create",
        "/$defs/request/required",
        [],
        {"picwish/scale.create#request/required/type"},
        id="type-optional",
    ),
]


@pytest.mark.parametrize(("file", "path", "value", "named"), CHANGES)
def test_one_changed_constant_is_named(file: str, path: str, value: Any, named: set[str]) -> None:
    """The claim that no longer holds is violated, and no other."""
    report = judged_by_the_shipped_data("picwish", [{"op": "replace", "file": file, "path": path, "value": value}])
    violated = {one.claim.id for one in report.all_verdicts if one.verdict == "violated"}
    assert violated == named
    assert report.status == 1


def test_another_code_for_a_wrong_key_is_named() -> None:
    """403 in place of 401 violates the documented code, wherever it travels."""
    place = "/errors/unauthorized"
    report = judged_by_the_shipped_data("picwish", [
        {"op": "replace", "file": "vendor", "path": f"{place}/{key}", "value": 403} for key in ("code", "http")
    ])  # fmt: skip
    assert {one.claim.id for one in report.all_verdicts if one.verdict == "violated"} == {
        "picwish#errors/unauthorized/code",
        "picwish#errors/unauthorized/http",
        "picwish#auth/error",
    }


def test_a_state_with_another_number_is_named() -> None:
    """Success as 5 instead of 1 violates what is said of state 1 and of the field state, and nothing else."""
    report = judged_by_the_shipped_data(
        "picwish",
        [{"op": "replace", "file": "vendor", "path": "/lifecycle/states/succeeded/value", "value": 5}],
    )
    violated = {one.claim.id for one in report.all_verdicts if one.verdict == "violated"}
    assert "picwish#lifecycle/states/succeeded/value" in violated
    assert violated <= {
        "picwish#lifecycle/states/succeeded/value", "picwish#lifecycle/states/succeeded/phase",
        "picwish/scale.get#succeeded/data/state/const",
    }  # fmt: skip


def test_a_renamed_field_is_named() -> None:
    """`image` under another name violates that a finished task has `image`, and what is said of its links."""
    body = "/x-operation/responses/succeeded/body/data"
    report = judged_by_the_shipped_data("picwish", [
        {"op": "remove", "file": "scale.get", "path": f"{body}/image"},
        {"op": "add", "file": "scale.get", "path": f"{body}/picture", "value": {"$from": "result.delivered"}},
    ])  # fmt: skip
    violated = {one.claim.id for one in report.all_verdicts if one.verdict == "violated"}
    assert "picwish/scale.get#succeeded/data/required/image" in violated
    assert all("image" in one or "delivers" in one or "return_type/default" in one for one in violated), violated


def invoke(*arguments: str) -> Result:
    """The command as a user calls it."""
    return CliRunner().invoke(cli, list(arguments), catch_exceptions=False)


def test_the_command_is_green_on_the_mock(tmp_path: Path) -> None:
    """`greycard verify` ends with 0 and writes JSON and JUnit."""
    result = invoke(
        "verify",
        "--vendor",
        "picwish",
        "--json",
        str(tmp_path / "v.json"),
        "--junit",
        str(tmp_path / "v.xml"),
    )
    assert result.exit_code == 0, result.output
    document = json.loads((tmp_path / "v.json").read_text())
    assert set(document) >= {"target", "started", "vendors", "claims", "variants", "notices"}
    assert set(document["claims"][0]) == {
        "id", "vendor", "operation", "kind", "source", "statement", "origin", "verdict", "evidence", "reproduce",
    }  # fmt: skip
    assert (tmp_path / "v.xml").read_text().startswith("<?xml")


@pytest.mark.parametrize(
    "arguments",
    [
        ["verify", "--vendor", "nobody"], ["verify", "--variant", "picwish.edition=none"], ["verify", "--variant", "x"],
        ["verify", "--target", "live", "--vendor", "magictiger"], ["verify", "--target", "live", "--vendor", "picwish"],
        ["verify", "--target", "live", "--vendor", "picwish", "--base-url", "picwish=nonsense"], ["claims", "nobody"],
        ["openapi", "nobody"], ["serve", "nobody"], ["serve", "--callback-url", "not-a-url"],
        ["serve", "--port", "99999"],
    ],
)  # fmt: skip
def test_a_users_mistake_is_a_sentence(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Wrong use ends with exit status 2 and says what to do, without a traceback."""
    monkeypatch.delenv("GREYCARD_PICWISH_API_KEY", raising=False)
    result = invoke(*arguments)
    assert result.exit_code == 2, result.output
    assert "Error" in result.output
    assert "Traceback" not in result.output


def test_claims_are_counted_by_document() -> None:
    """`greycard claims` lists statements and counts for each document the documented, assumed, contradictory ones."""
    output = invoke("claims").output
    assert "picwish: S2:" in output
    for document in ("S0", "S1", "S3", "S4"):
        assert f": {document}: " in output


@pytest.mark.parametrize("vendor", VENDORS)
def test_openapi_is_printed(vendor: str) -> None:
    """`greycard openapi` prints OpenAPI 3.1."""
    assert json.loads(invoke("openapi", vendor).output)["openapi"].startswith("3.1")
