"""A folder is looked at by the times and sizes of its files; the mock goes on with what is good."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from greycard_mocks.engine.engine import Engine
from greycard_schemas.authoring.feature import new_feature
from greycard_schemas.loader import load_contracts, load_vendor
from greycard_suite.authoring.reload import watched
from greycard_suite.authoring.watch import Watch, stamps_of
from greycard_suite.commands.departures import Departures


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A contract folder with one file."""
    (tmp_path / "picwish").mkdir()
    (tmp_path / "picwish" / "a.json").write_text("{}", "utf-8")
    return tmp_path


def touched(path: Path, text: str) -> None:
    """A file written anew, a second later by its time."""
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(text, "utf-8")
    os.utime(path, ns=(before + 10**9, before + 10**9))


def test_a_change_is_told_once_and_when_it_stands_still(folder: Path) -> None:
    """Nothing at first; after a change at the second look at which all is as before; and once."""
    told: list[int] = []
    watch = Watch([folder], lambda: told.append(1))
    assert [watch.look() for _ in range(3)] == [False, False, False]
    touched(folder / "picwish" / "a.json", "[]")
    assert watch.look() is False
    touched(folder / "picwish" / "a.json", "[1]")
    assert [watch.look() for _ in range(3)] == [False, True, False]
    assert told == [1]


def test_what_changed_while_the_files_were_read_is_not_missed(folder: Path) -> None:
    """A mock that starts takes a moment from reading its data to looking after them."""
    before = stamps_of([folder])
    touched(folder / "picwish" / "a.json", "[]")
    told: list[int] = []
    watch = Watch([folder], lambda: told.append(1), since=before)
    assert [watch.look() for _ in range(3)] == [False, True, False]


@pytest.mark.parametrize("what", ["new", "beside", "gone", "vendor", "other"])
def test_files_that_come_and_go_are_changes(folder: Path, what: str) -> None:
    """A new file, one beside the vendors, one that is gone, a new vendor; other files are none."""
    told: list[int] = []
    watch = Watch([folder], lambda: told.append(1))
    if what == "gone":
        (folder / "picwish" / "a.json").unlink()
    else:
        place = {"new": "picwish/b.json", "beside": "b.json", "vendor": "acme/b.json", "other": "picwish/notes.txt"}
        (folder / place[what]).parent.mkdir(exist_ok=True)
        (folder / place[what]).write_text("{}", "utf-8")
    assert [watch.look() for _ in range(2)] == [False, what != "other"]


def test_the_thread_looks_and_ends(folder: Path) -> None:
    """In a thread of its own until the block ends."""
    seen: list[int] = []
    watch = Watch([folder], lambda: None, seconds=0.001)
    watch.look = lambda: bool([seen.append(1)])  # type: ignore[method-assign, func-returns-value]
    with watch:
        while len(seen) < 3:
            os.sched_yield()
    assert not watch._thread.is_alive()


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Any]:
    """An engine of PicWish and a folder, what watches it, and how to write a feature into it."""
    (tmp_path / "picwish").mkdir()

    def write(change: Callable[[str], str] = str) -> None:
        import json

        for name, resource in new_feature(load_vendor("picwish"), "scale.create", "colorize").files.items():
            touched(tmp_path / "picwish" / f"{name}.json", change(json.dumps(resource)))

    write()
    engine = Engine(load_contracts(["picwish"], folders=[tmp_path]), contracts=[tmp_path])
    watch = watched(engine, [tmp_path], lambda: (load_contracts(["picwish"], folders=[tmp_path]), Departures()))
    yield engine, watch, write
    engine.close()


def type_words(engine: Engine) -> Any:
    """What `type` of the new feature may be."""
    return engine.runtimes["picwish"].operations["colorize.create"].fields["type"]["enum"]


def test_a_good_change_is_taken_and_told(serving: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """The next request is judged by it."""
    engine, watch, write = serving
    write(lambda text: text.replace('"clean"', '"warm"'))
    assert [watch.look(), watch.look()] == [False, True]
    assert type_words(engine) == ["warm", "face"]
    assert "changed: the mock goes on with" in capsys.readouterr().out


@pytest.mark.parametrize("damage", ['"clean"->7', "{->", '"read"->"raed"'])
def test_a_broken_change_is_told_and_the_old_contracts_go_on(
    serving: Any, capsys: pytest.CaptureFixture[str], damage: str
) -> None:
    """With the findings; a change that mends it is taken."""
    engine, watch, write = serving
    old, _, new = damage.partition("->")
    write(lambda text: text.replace(old, new))
    assert [watch.look(), watch.look()] == [False, True]
    assert type_words(engine) == ["clean", "face"]
    told = capsys.readouterr()
    assert "changed, and not used; the contracts of before go on" in told.err
    assert "picwish/colorize." in told.err
    write(lambda text: text.replace('"clean"', '"cold"'))
    watch.look()
    assert watch.look()
    assert type_words(engine) == ["cold", "face"]


def test_a_wrong_choice_is_told(serving: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """A variant that the command named and that is gone: the old contracts go on."""
    engine, _, write = serving

    def chosen() -> Any:
        msg = "no variant of this name"
        raise click.UsageError(msg)

    folder = engine.readings._contracts[0]
    watch = watched(engine, [folder], chosen)
    write(lambda text: text.replace('"clean"', '"warm"'))
    assert [watch.look(), watch.look()] == [False, True]
    assert "no variant of this name" in capsys.readouterr().err
    assert type_words(engine) == ["clean", "face"]
