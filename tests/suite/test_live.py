"""Live runs against the mock on a port of this machine: verdicts, refusals to go on, budgets, resuming, no leaks."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from greycard_mocks.engine.engine import Engine
from greycard_mocks.serve import Running, run
from greycard_schemas.loader import load_contracts
from greycard_suite.cli import cli

pytestmark = [pytest.mark.wire, pytest.mark.slow]

CANARY = "test-canary-5f1d8c7e9b"


@pytest.fixture
def enhancor() -> Iterator[Running]:
    """A mock of Enhancor whose tasks are quick."""
    with run(Engine(load_contracts(["enhancor"]), speed=10.0)) as running:
        yield running


def verify(running: Running, folder: Path, *more: str, key: str = CANARY) -> Result:
    """`greycard verify` against that mock as a live target."""
    target = ["--target", "live", "--vendor", "enhancor", "--base-url", f"enhancor={running.url}"]
    arguments = ["verify", *target, "-o", str(folder), *more]
    return CliRunner(env={"GREYCARD_ENHANCOR_API_KEY": key}).invoke(cli, arguments, catch_exceptions=False)


def test_a_vendor_that_keeps_its_document_is_green_and_nothing_leaks(enhancor: Running, tmp_path: Path) -> None:
    """The run ends with 0, keeps its evidence, and no file that it wrote holds the key in any form."""
    result = verify(enhancor, tmp_path / "evidence")
    assert result.exit_code == 0, result.output
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.name for path in written} >= {"verdicts.json", "junit.xml", "exchange.har", "report.html"}
    forms = (CANARY.encode(), base64.b64encode(CANARY.encode()).rstrip(b"="))
    leaks = [path.name for path in written if any(form in path.read_bytes() for form in forms)]
    assert leaks == []
    assert CANARY not in result.output


def test_a_refused_key_is_said_and_nothing_is_judged(enhancor: Running, tmp_path: Path) -> None:
    """A wrong key ends the run with 3 and a sentence about the key, which is not shown."""
    result = verify(enhancor, tmp_path / "evidence", key="wrong-canary-112233")
    assert result.exit_code == 3, result.output
    assert "refuses the key" in result.output
    assert "wrong-canary-112233" not in result.output


def test_a_target_that_is_not_there_is_said(enhancor: Running, tmp_path: Path) -> None:
    """Nobody listening ends the run with 3."""
    enhancor.close()
    result = verify(enhancor, tmp_path / "evidence")
    assert result.exit_code == 3, result.output
    assert "is the target running?" in " ".join(result.output.split())


def test_a_budget_is_kept_and_a_cut_run_is_resumed(enhancor: Running, tmp_path: Path) -> None:
    """No more requests than allowed are sent; the next run goes on from the evidence and sends only the rest."""
    first = verify(enhancor, tmp_path / "first", "--budget", "20")
    assert first.exit_code == 0, first.output
    sent = entries(tmp_path / "first")
    assert 0 < sent <= 20
    assert "the budget does not reach" in first.output
    second = verify(enhancor, tmp_path / "second", "--budget", "20", "--resume", str(tmp_path / "first"))
    assert second.exit_code == 0, second.output
    assert sent < entries(tmp_path / "second") <= sent + 20


def test_a_replay_of_a_live_run_lacks_nothing(enhancor: Running, tmp_path: Path) -> None:
    """What is asked with keys that are nearly right depends on the right one, which a recording does not have."""
    assert verify(enhancor, tmp_path / "evidence").exit_code == 0
    again = CliRunner().invoke(
        cli, ["verify", "--replay", str(tmp_path / "evidence"), "--json", str(tmp_path / "again.json")]
    )
    assert again.exit_code == 0, again.output
    before, after = (json.loads((tmp_path / name).read_text()) for name in ("evidence/verdicts.json", "again.json"))
    assert [(one["id"], one["verdict"]) for one in after["claims"]] == [
        (one["id"], one["verdict"]) for one in before["claims"]
    ]
    assert not any("lacks" in one["evidence"].get("reason", "") for one in after["claims"])
    looks = [{one["id"]: one["evidence"].get("looks") for one in found["claims"]} for found in (before, after)]
    assert looks[0]["enhancor#auth/enforced"] == looks[1]["enhancor#auth/enforced"]


def test_a_budget_of_nothing_checks_nothing(enhancor: Running, tmp_path: Path) -> None:
    """A run that could check nothing is never green."""
    assert verify(enhancor, tmp_path / "evidence", "--budget", "0").exit_code == 3


def test_a_dry_run_sends_nothing(enhancor: Running, tmp_path: Path) -> None:
    """The plan is shown with its cost, and the target is left alone."""
    result = verify(enhancor, tmp_path / "evidence", "--dry-run")
    assert result.exit_code == 0
    assert "nothing was sent" in result.output
    assert not (tmp_path / "evidence").exists()


def entries(folder: Path) -> int:
    """How many exchanges the evidence holds."""
    return len(json.loads((folder / "exchange.har").read_text())["log"]["entries"])
