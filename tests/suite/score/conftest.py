"""Runs of the score in processes of their own, as a user starts them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


@dataclass(frozen=True)
class Scored:
    """One run: exit status, what was printed, and the JSON that was written (empty where none was)."""

    status: int
    lines: list[str]
    content: dict[str, Any]
    raw: bytes

    @property
    def table(self) -> list[str]:
        """The findings of the first screen, one line each."""
        return [line for line in self.lines if line[:3].strip(" .").isdigit() and "[" in line and line[2:3] == "."]


@pytest.fixture
def scored(source_path: str, tmp_path: Path) -> Callable[..., Scored]:
    """Runs `pytest --greycard-score=WHAT` in a folder; further words are options, or variables of the environment."""

    def run(folder: Path, what: str, *options: str, **environ: str) -> Scored:
        target = tmp_path / "score.json"
        target.unlink(missing_ok=True)
        done = subprocess.run(
            [
                sys.executable, "-m", "pytest", "-q", "-p", "greycard_mocks.plugin",
                "-p", "greycard_suite.score.options", f"--greycard-score={what}",
                f"--greycard-score-json={target}", f"--basetemp={tmp_path / 'base'}",
                *options, str(folder),
            ],
            env={**_clean(), "PYTHONPATH": source_path, **environ}, cwd=folder,
            capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip
        raw = target.read_bytes() if target.exists() else b""
        lines = [line for line in done.stdout.splitlines() if line] + done.stderr.splitlines()
        return Scored(done.returncode, lines, json.loads(raw) if raw else {}, raw)

    return run


def _clean() -> dict[str, str]:
    """The environment without what changes how pytest runs."""
    return {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV", "GREYCARD_SCORE"))
    }
