"""`verify --github`: annotations that GitHub reads, a summary, and the action of this repository."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from greycard_suite.cli import cli
from greycard_suite.reports.github import _cell, _command

COMMAND = re.compile(r"::(error|warning|notice) title=([^:,\n]+)::(.+)")


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """A copy of PicWish's data with another limit, for a mock that breaks its document."""
    from greycard_schemas import CONTRACTS

    folder = tmp_path / "copy" / "picwish"
    folder.mkdir(parents=True)
    for file in (CONTRACTS / "picwish").iterdir():
        text = file.read_text(encoding="utf-8")
        (folder / file.name).write_text(text.replace('"limit": 2,', '"limit": 3,'), encoding="utf-8")
    return folder.parent


def verify(*arguments: str, summary: Path) -> tuple[int, str]:
    """Exit status and output of `greycard verify --github`."""
    found = CliRunner().invoke(
        cli, ["verify", "--github", *arguments], env={"GITHUB_STEP_SUMMARY": str(summary), "GITHUB_ACTIONS": "true"}
    )
    return found.exit_code, found.output


@pytest.mark.slow
def test_a_violation_is_an_error_on_the_run(changed: Path, tmp_path: Path) -> None:
    """With its id, line, and what was seen; the summary keeps what stood there."""
    summary = tmp_path / "summary.md"
    summary.write_text("before\n", encoding="utf-8")
    code, output = verify("--vendor", "picwish", "--mock-contracts", str(changed), summary=summary)
    assert code == 1
    errors = [match.groups() for match in COMMAND.finditer(output) if match[1] == "error"]
    assert [title for _, title, _ in errors] == ["picwish#rate/limit"]
    assert "S2:" in errors[0][2]
    text = summary.read_text(encoding="utf-8")
    assert text.startswith("before\n## greycard verify\n")
    assert "picwish#rate/limit" in text
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert {line.replace("\\|", "").count("|") for line in rows} == {5, 6}


@pytest.mark.slow
def test_a_faithful_vendor_has_no_annotation(tmp_path: Path) -> None:
    """Only the table of counts."""
    summary = tmp_path / "summary.md"
    code, output = verify("--vendor", "enhancor", summary=summary)
    assert code == 0
    assert COMMAND.search(output) is None
    assert "| Enhancor | " in summary.read_text(encoding="utf-8")


@pytest.mark.parametrize("hostile", ["a\n::error::b", "50 % of\r\nall", "::stop-commands::x", "x" * 9000])
def test_nothing_that_a_vendor_says_becomes_a_command(hostile: str) -> None:
    """One line each, whatever an answer held, in annotations and in the table."""
    line = _command("error", f"title:{hostile}", hostile)
    assert "\n" not in line
    assert "\r" not in line
    assert COMMAND.fullmatch(line) is not None
    assert len(line) < 30_000
    assert "\n" not in _cell(hostile)


@pytest.fixture
def action(pytestconfig: pytest.Config) -> dict[str, Any]:
    """The composite action."""
    text = (pytestconfig.rootpath / ".github/actions/verify/action.yml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


@pytest.mark.slow
def test_the_script_of_the_action_runs(action: dict[str, Any], tmp_path: Path, source_path: str) -> None:
    """Its script is run as a runner does it, against the mock."""
    (script,) = [step["run"] for step in action["runs"]["steps"] if "greycard verify" in step.get("run", "")]
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "greycard"
    program.write_text(f"#!{sys.executable}\nfrom greycard_suite.cli import main\n\nmain()\n", encoding="utf-8")
    program.chmod(0o755)
    env = {
        **os.environ, "PYTHONPATH": source_path, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
        "VENDOR": "enhancor", "TARGET": "mock", "ARGUMENTS": "--require 50 -j 1", "EVIDENCE": "evidence",
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
    }  # fmt: skip
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "summary.md").is_file()
