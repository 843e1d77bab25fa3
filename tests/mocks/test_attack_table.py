"""The table of attacks names tests that exist, and leaves no case without one or a reason."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "mocks" / "ATTACKS.md"
CASES = 46


def rows() -> list[list[str]]:
    """The cells of every row: number, case, cover."""
    lines = [line for line in TABLE.read_text("utf-8").splitlines() if re.match(r"\| \d", line)]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


@cache
def functions(file: str) -> set[str]:
    """The names of the test functions in one file."""
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_case_has_a_row_and_every_row_is_filled() -> None:
    """46 rows in order; each names a test, or says why there is none."""
    found = rows()
    assert [int(row[0]) for row in found] == list(range(1, CASES + 1))
    for number, case, cover in found:
        assert len(case) > 10, number
        assert "::test_" in cover or cover.startswith("no test here: "), number


def test_every_named_test_exists() -> None:
    """A test that is renamed or removed takes its row with it."""
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", TABLE.read_text("utf-8"))
    assert len(named) > CASES
    missing = [f"{file}::{name}" for file, name in named if name not in functions(file)]
    assert missing == []
