"""Fresh interpreters in place of forked children: what they tell arrives, and each end is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from greycard_mocks.testing.children import TOO_LONG, Job
from greycard_mocks.testing.spawned import Fresh, SpawnedChildren

ERRANDS = """
import os, threading

def names(session, tell, suffix):
    tell([item.name + suffix for item in session.items])
    tell("x" * 3_000_000)

def wait(session, tell):
    tell("waits")
    threading.Event().wait()

def break_down(session, tell):
    os._exit(7)

def fail(session, tell):
    raise RuntimeError
"""


def test_each_errand_is_done_and_each_end_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is told arrives whole; one that waits for ever, one that ends itself and one that raises are told apart."""
    (tmp_path / "errands_of_a_test.py").write_text(ERRANDS, encoding="utf-8")
    (tmp_path / "test_two.py").write_text("def test_a(): pass\ndef test_b(): pass\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    import errands_of_a_test as errands  # type: ignore[import-not-found]

    children = SpawnedChildren(2, Fresh(("-p", "no:cacheprovider", "test_two.py"), tmp_path, tmp_path / "base"))
    told: dict[str, list[Any]] = {}
    ends: dict[str, str | None] = {}
    for name, arguments in (("names", ("!",)), ("wait", ()), ("break_down", ()), ("fail", ())):

        def hear(message: Any, name: str = name) -> float:
            told.setdefault(name, []).append(message)
            return 0.3 if message == "waits" else 60

        def ended(why: str | None, name: str = name) -> None:
            ends[name] = why

        children.add(Job(print, hear, ended, extensions=0, errand=(getattr(errands, name), arguments)))
    children.run()
    children.close()
    assert told == {"names": [["test_a!", "test_b!"], "x" * 3_000_000], "wait": ["waits"]}
    assert ends == {
        "names": None, "wait": TOO_LONG, "break_down": "it ended with status 7", "fail": "it ended with status 1"
    }  # fmt: skip
