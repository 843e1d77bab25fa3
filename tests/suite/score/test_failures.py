"""Why a test failed: what is read of a traceback, and at what cost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from _pytest._code.code import TracebackEntry

from greycard_suite.score.failures import failure_of


@pytest.mark.parametrize(("text", "by", "most"), [("{", "crash", 1), ("[1]", "assertion", 0)])
def test_source_is_read_of_the_one_place_that_counts(
    text: str, by: str, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To find a statement its whole file is parsed, and a request has thirty frames: it is done once at most."""
    read: list[Path] = []
    property_of: Any = TracebackEntry.statement

    def statement(entry: TracebackEntry) -> object:
        read.append(Path(entry.path))
        return property_of.fget(entry)

    monkeypatch.setattr(TracebackEntry, "statement", property(statement))
    with pytest.raises((ValueError, AssertionError)) as raised:
        assert json.loads(text) == []
    found = failure_of(raised, [])
    assert found.by == by
    assert len(read) <= most
    assert ("assert json.loads(text)" in found.words) is (by == "crash")
