"""The runs of a score in fresh interpreters, for where a process cannot be forked: what one is told, and what it does.

The same `trial` as in forked children, with a bench that this process makes for itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from greycard_schemas.loader import load_contracts
from greycard_suite.score.trial import Bench, Usual, run_drifted, run_plainly

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pytest


@dataclass(frozen=True, slots=True)
class Errand:
    """What an interpreter is told: the tests, what they usually do, and by what the vendors depart (None: plainly)."""

    folder: Path
    tests: tuple[str, ...]
    usual: Mapping[str, Usual]
    departures: Mapping[str, Any] | None = None
    broken: bool = False
    held: int | None = None


def bench_of(session: pytest.Session, folder: Path) -> Bench:
    """What is needed of a session whose tests are collected; `folder` is for temporary files."""
    folders = [Path(str(one)) for one in session.config.getini("greycard_contracts")]
    items = {item.nodeid: item for item in session.items}
    files = tuple(dict.fromkeys(item.path for item in session.items))
    return Bench(session, items, load_contracts(folders=folders), folder, files)


def run_errand(session: pytest.Session, tell: Callable[[Any], None], errand: Errand) -> None:
    """Do it in this process, which has collected the tests for nothing else."""
    bench = bench_of(session, errand.folder)
    bench.usual = dict(errand.usual)
    if errand.departures is None:
        run_plainly(bench, errand.tests, tell, broken=errand.broken, held=errand.held)
    else:
        run_drifted(bench, errand.tests, errand.departures, tell)
