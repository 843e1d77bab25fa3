"""`claims`, `drifts` and `freedoms` can be chosen from, and fit the terminal."""

from __future__ import annotations

import io
import json
import os
import sys

import pytest
from click.testing import CliRunner

from greycard_suite.cli import cli
from greycard_suite.commands.lists.listing import holds, matches, show


def listed(*arguments: str) -> list[dict[str, object]]:
    """What a command lists, as JSON."""
    done = CliRunner().invoke(cli, [*arguments, "--json"])
    assert done.exit_code == 0, done.output
    found: list[dict[str, object]] = json.loads(done.output)
    return found


def test_drifts_are_chosen_by_severity_claim_and_text() -> None:
    """Each choice leaves out exactly the others."""
    every = listed("drifts", "picwish")
    breaking = listed("drifts", "picwish", "--severity", "breaking")
    assert breaking == [one for one in every if one["severity"] == "breaking"]
    assert 0 < len(breaking) < len(every)
    rate = listed("drifts", "picwish", "--claim", "picwish#rate/*")
    assert rate == [one for one in every if any("#rate/" in claim for claim in one["claims"])]  # type: ignore[attr-defined]
    assert rate
    assert [one["id"] for one in listed("drifts", "--text", "ANY NUMBER of requests", "picwish")] == [
        "picwish/rate-none"
    ]
    assert listed("drifts", "--claim", "of-nothing") == []


def test_claims_are_chosen_by_origin_and_text() -> None:
    """Each choice leaves out exactly the others."""
    every = listed("claims", "picwish")
    assert listed("claims", "picwish", "--origin", "contradictory") == [
        one for one in every if one["origin"] == "contradictory"
    ]
    assert {one["id"] for one in listed("claims", "--text", "S2:63")} == {
        one["id"] for one in every if "S2:63" in str(one["source"])
    }


@pytest.mark.parametrize(
    ("text", "parts", "found"), [(None, (), True), ("A", ("xay",), True), ("b", ("a", "c"), False)]
)
def test_a_text_is_found_anywhere(text: str | None, parts: tuple[str, ...], found: bool) -> None:  # noqa: FBT001 - a parameter
    """In upper or lower case; no text chooses all."""
    assert holds(text, *parts) is found


def test_a_pattern_is_a_part_or_has_stars() -> None:
    """Both find names."""
    assert matches("rate", ["picwish#rate/limit"])
    assert matches("picwish#*", ["picwish#rate/limit"])
    assert not matches("*#state", ["picwish#rate/limit"])
    assert matches(None, [])


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """It is."""
        return True


@pytest.mark.parametrize("columns", [20, 80, 200])
def test_a_terminal_of_any_width_is_not_overrun(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sentence that does not fit stands below its id, wrapped."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setattr("shutil.get_terminal_size", lambda: os.terminal_size((columns, 1000)))
    show([("picwish/x", ["breaking"], "word " * 40), ("picwish/short", ["silent"], "brief")], ["", "end"])
    lines = terminal.getvalue().splitlines()
    assert max(map(len, lines)) <= max(columns, 40)
    assert lines[0].startswith("picwish/x")
    assert lines[-1] == "end"
    assert terminal.getvalue().count("word") == 40


def test_a_pipe_gets_a_line_each() -> None:
    """For programs, as wide as it is."""
    lines = CliRunner().invoke(cli, ["drifts", "enhancor"]).output.splitlines()
    assert len(lines) == len(listed("drifts", "enhancor"))


def test_the_list_of_commands_fits_the_screen() -> None:
    """At eighty columns no sentence about a command is cut off."""
    shown = CliRunner().invoke(cli, ["--help"], terminal_width=80).output
    assert "  verify " in shown
    assert "..." not in shown.partition("Commands:")[2]


def test_freedoms_are_listed_as_drifts_are() -> None:
    """A line for each, with what it uses; text and seed choose, and what fits none says so."""
    every = listed("freedoms", "picwish")
    shown = CliRunner().invoke(cli, ["freedoms", "picwish"]).output.splitlines()
    assert [line.split()[:2] for line in shown] == [[one["id"], one["uses"]] for one in every]
    chosen = listed("freedoms", "picwish", "--text", "TASK IDS")
    assert chosen == [one for one in every if "task ids" in str(one["sentence"]).lower()] != []
    drawn = listed("freedoms", "picwish", "--seed", "7")
    assert 0 < len(drawn) < len(every)
    none = CliRunner().invoke(cli, ["freedoms", "picwish", "--text", "no such words"])
    assert (none.exit_code, none.stdout, none.stderr) == (0, "", "Nothing of that kind is listed.\n")
