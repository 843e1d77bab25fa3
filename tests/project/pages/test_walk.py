"""No block of a page goes unexecuted without a reason, and what is not executed is still true where that can be told.

`python -m project.pages.walk` executes the others once more as a reader would: in order, in a fresh environment.
"""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import yaml

from greycard_suite.cli import cli
from greycard_suite.judge.baseline import load_baseline
from greycard_suite.settings import project_defaults
from project.pages.page_blocks import EXECUTED, PAGES, ROOT, Block, blocks
from project.pages.unexecuted import UNEXECUTED, reasons

ALL = [(page, block) for page in PAGES for block in blocks(page.read_text(encoding="utf-8"))]
SHOWN = r"`(greycard [^`\n]+)`|^\s*(?:- |- run: |\$ (?:[A-Z_]+=\S+ )?)(greycard [^\n]+)"
WRITTEN_IN = re.compile(r"\b[A-Z][A-Z_]+\b|\.\.\.|[<>|&;(]")
"""What a reader writes in, or what belongs to the shell: from there on a command is not judged."""


def is_executed(block: Block) -> bool:
    """Whether a test runs the block."""
    marked = block.comment == "starts" or EXECUTED.fullmatch(block.comment) or block.comment.startswith("command: ")
    return block.language == "python" or bool(marked)


def test_a_block_is_executed_or_says_why_not() -> None:
    """Each block has a test that runs it, or exactly one reason; none has both."""
    wrong = [
        f"{page.relative_to(ROOT)} line {block.line}"
        for page, block in ALL
        if len(reasons(page, block)) != (0 if is_executed(block) else 1)
    ]
    assert wrong == [], "mark the block as executed, or name it in unexecuted.py with the reason"


def test_no_reason_is_left_over() -> None:
    """What stands in the list stands on its page, and what a reason names is there."""
    found = {
        (page.relative_to(ROOT).as_posix(), start)
        for page, block in ALL
        for _, start in UNEXECUTED
        if block.text.startswith(start)
    }
    assert [key for key in UNEXECUTED if key not in found] == []
    named = {name for text in UNEXECUTED.values() for name in re.findall(r"\.?\w+(?:/\w+)+(?:\.py)?", text)}
    assert [name for name in named if not (ROOT / name).exists()] == []


def shown_commands() -> Iterator[tuple[str, str]]:
    """Every `greycard ...` that a page shows, in a block or in a sentence, with its page."""
    for page in PAGES:
        text = re.sub(r"\\\n\s*", "", page.read_text(encoding="utf-8"))
        shown = re.findall(SHOWN, text, flags=re.MULTILINE)
        yield from ((page.relative_to(ROOT).as_posix(), sentence or line) for sentence, line in shown)


def mistake(line: str) -> str:
    """What is wrong with a command, or nothing."""
    words = shlex.split(WRITTEN_IN.split(re.sub(r"\s#.*", "", line), maxsplit=1)[0])[1:]
    context = click.Context(cli)
    command: click.Command = cli
    while words and isinstance(command, click.Group) and not words[0].startswith("-"):
        found = command.get_command(context, words[0])
        if found is None:
            return f"no command {words[0]!r}"
        command, words = found, words[1:]
    known = {flag for one in command.get_params(context) for flag in (*one.opts, *one.secondary_opts)}
    return " ".join(word for word in words if word.startswith("-") and word.partition("=")[0] not in known)


def test_a_command_that_is_shown_is_one_that_there_is() -> None:
    """Its name and its options exist, wherever on a page it stands."""
    found = list(shown_commands())
    assert len(found) > 100
    assert [(page, line, told) for page, line in found if (told := mistake(line))] == []
    assert mistake("greycard serv") == "no command 'serv'"
    assert mistake("greycard serve --prt 9 --port 8 # --no") == "--prt"


def test_the_data_that_pages_show_are_read() -> None:
    """YAML, TOML, JSON and INI are such, and the tables of greycard name options that there are."""
    for _, block in ALL:
        if block.language == "yaml":
            assert all(yaml.safe_load_all(block.text))
        elif block.language == "json":
            assert json.loads(block.text)
        elif block.language == "toml":
            assert tomllib.loads(block.text)


def test_the_options_in_a_project_are_options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The table of a `pyproject.toml` that a page shows is accepted by every command that it names."""
    shown = [block.text for _, block in ALL if block.language == "toml" and "[tool.greycard." in block.text]
    assert shown
    for text in shown:
        (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
        monkeypatch.chdir(tmp_path)
        context = click.Context(cli)
        for name in tomllib.loads(text)["tool"]["greycard"]:
            command = cli.get_command(context, name)
            assert command is not None
            assert project_defaults(name, command, cli.list_commands(context))


def test_the_settings_of_pytest_are_settings(pytestconfig: pytest.Config) -> None:
    """Each setting in a configuration of pytest that a page shows is one that the plugin has."""
    shown = {
        name
        for _, block in ALL
        if block.language in ("toml", "ini")
        for name in re.findall(r"^(greycard_\w+) =", block.text, flags=re.MULTILINE)
    }
    assert len(shown) > 5
    assert [name for name in shown if pytestconfig.getini(name) is None] == []


def test_the_known_differences_that_a_page_shows_are_such(tmp_path: Path) -> None:
    """The example of a baseline is one."""
    (shown,) = [block.text for _, block in ALL if block.language == "json" and block.text.startswith("[{")]
    (tmp_path / "baseline.json").write_text(shown, encoding="utf-8")
    assert [one.claim for one in load_baseline(tmp_path / "baseline.json")] == ["picwish#rate/limit"]
