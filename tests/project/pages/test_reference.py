"""The tables of mocks/REFERENCE.md that people wrote name what the code takes, and nothing else."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

from greycard_mocks import Mock
from greycard_mocks.core.faults import COMMON_OPTIONS, KINDS
from greycard_mocks.core.scenario import Scenario
from greycard_mocks.core.settings import settings_of
from greycard_mocks.testing.vendor import VendorMock

PAGE = Path(__file__).parents[3] / "mocks/REFERENCE.md"


def rows(heading: str) -> list[list[str]]:
    """The cells of the rows of the table under a heading, without its head."""
    section = PAGE.read_text(encoding="utf-8").split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def names(cell: str) -> set[str]:
    """What stands between backticks in a cell."""
    return set(re.findall(r"`([^`]+)`", cell))


def test_every_kind_of_fault_stands_in_the_reference_with_its_options() -> None:
    """A kind has one row, and the row has the kind's own options; those of all kinds stand below the table."""
    assert {kind: names(options) for cell, _, options in rows("Faults") for kind in names(cell)} == {
        name: set(kind.options) for name, kind in KINDS.items()
    }
    common = next(line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("All take "))
    assert names(common) == {*COMMON_OPTIONS, "result"}


def test_every_field_of_a_scenario_stands_in_the_reference() -> None:
    """The fields of a scenario are those of the table."""
    assert {name for field, _ in rows("Scenarios") for name in names(field)} == {
        field.name for field in dataclasses.fields(Scenario)
    }


def test_every_setting_of_a_world_stands_in_the_reference() -> None:
    """The settings are those of the table, and each has the function that the table names."""
    with Mock(["picwish"], in_process=True) as mock:
        settings = settings_of(mock.vendor("picwish").world)
    table = rows("Settings of a world")
    assert {name for setting, *_ in table for name in names(setting)} == set(settings)
    assert [
        name for _, function, _ in table for name in names(function) if not callable(getattr(VendorMock, name))
    ] == []
