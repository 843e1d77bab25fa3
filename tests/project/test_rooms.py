"""The order of the rooms, as pyproject.toml gives it, holds in the code; and what is against it is found."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

LINT = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"


def judged(root: Path) -> tuple[int, str]:
    """Exit status and words of the linter over a tree with the four packages and pyproject.toml."""
    path = os.pathsep.join(str(root / folder) for folder in ("schemas", "mocks", "client", "tests"))
    done = subprocess.run(
        [sys.executable, "-c", LINT],
        cwd=root,
        env={**{name: value for name, value in os.environ.items() if not name.startswith("COV")}, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def copy(tmp_path: Path, repo_root: Path, shipped_packages: tuple[Path, ...]) -> Path:
    """A copy of the sources to plant things in."""
    for package in shipped_packages:
        place = tmp_path / package.relative_to(repo_root)
        shutil.copytree(package, place, ignore=shutil.ignore_patterns("__pycache__", "*.json"))
    shutil.copy(repo_root / "pyproject.toml", tmp_path)
    return tmp_path


def test_imports_point_only_downwards_and_in_no_circle(repo_root: Path) -> None:
    """No room imports one above it, and no import goes in a circle, type-only and late imports included."""
    status, words = judged(repo_root)
    assert status == 0, words
    assert "0 broken" in words


@pytest.mark.parametrize(
    ("module", "line", "broken"),
    [
        ("mocks/greycard_mocks/core/plan.py", "import greycard_mocks.engine.engine", "rooms of the mocks"),
        (
            "mocks/greycard_mocks/clock.py",
            "def late():\n    from greycard_mocks.core import plan",
            "rooms of the mocks",
        ),
        (
            "mocks/greycard_mocks/core/journal/entries.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from greycard_mocks.core.world import World",
            "no circle",
        ),
        ("schemas/greycard_schemas/loader.py", "from greycard_schemas.claims import derive", "rooms of the schemas"),
        ("tests/greycard_suite/judge/task.py", "import greycard_suite.targets.target", "rooms of the suite"),
        ("tests/greycard_suite/judge/task.py", "import greycard_mocks.core.plan", "the judge owes"),
        ("client/greycard_client/clock.py", "import greycard_schemas.errors", "the client shares nothing"),
        ("mocks/greycard_mocks/attic.py", "", "rooms of the mocks"),
    ],
)
def test_what_is_planted_against_the_order_is_found(copy: Path, module: str, line: str, broken: str) -> None:
    """Upward imports, circles, and a room that has no place in the order break their contract by name."""
    planted = copy / module
    planted.write_text((planted.read_text(encoding="utf-8") if planted.exists() else "") + f"\n{line}\n", "utf-8")
    status, words = judged(copy)
    assert status == 1, words
    found = [line for line in words.splitlines() if line.endswith(" BROKEN")]
    assert [line for line in found if line.startswith(broken)] or "attic" in words, words


def test_every_module_at_the_top_of_a_package_has_its_place(
    repo_root: Path, shipped_packages: tuple[Path, ...]
) -> None:
    """The order names each room and each module beside the rooms, and nothing that is not there."""
    config = tomllib.loads((repo_root / "pyproject.toml").read_text(encoding="utf-8"))
    orders = {
        contract["containers"][0]: set(contract["layers"])
        for contract in config["tool"]["importlinter"]["contracts"]
        if "containers" in contract
    }
    for package in shipped_packages:
        if package.name in orders:
            there = {path.stem for path in package.glob("*.py")} - {"__init__"}
            there |= {path.parent.name for path in package.glob("*/__init__.py")}
            assert orders[package.name] == there
