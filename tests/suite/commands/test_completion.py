"""What the tab key finds."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import BashComplete

from greycard_suite.cli import LAZY, cli


def completed(*words: str) -> list[str]:
    """What the shell is offered after these words, of which the last has been begun."""
    *before, begun = words
    return [item.value for item in BashComplete(cli, {}, "greycard", "X").get_completions(before, begun)]


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shell asks."""
    monkeypatch.setenv("_GREYCARD_COMPLETE", "bash_complete")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("ver",), ["verify"]),
        (("",), sorted(LAZY)),
        (("serve", "pic"), ["picwish"]),
        (("serve", ""), ["enhancor", "magictiger", "picwish", "wondershare"]),
        (("verify", "--vendor", "mag"), ["magictiger"]),
        (("verify", "--target", ""), ["mock", "live"]),
        (("serve", "--variant", "picwish.edition="), ["picwish.edition=document", "picwish.edition=current"]),
        (("serve", "--preset", "ob"), ["observed"]),
        (("serve", "--drift", "picwish/rate.limit-"), ["picwish/rate.limit-down", "picwish/rate.limit-up"]),
        (("serve", "--drift", "nothing"), []),
    ],
)
def test_words_are_found(words: tuple[str, ...], expected: list[str]) -> None:
    """Commands, vendors, variants, presets and drifts."""
    assert sorted(completed(*words)) == sorted(expected)


def test_freedoms_are_found() -> None:
    """By their ids."""
    assert all(word.startswith("enhancor/") for word in completed("serve", "--freedom", "enhancor/"))


def test_a_completed_option_is_still_checked() -> None:
    """What can be completed goes through the option's own type."""
    from click.testing import CliRunner

    assert CliRunner().invoke(cli, ["serve", "nobody"]).exit_code == 2


@pytest.mark.slow
def test_a_shell_is_answered(tmp_path: Path, source_path: str) -> None:
    """The whole way: the variable, the program, the words."""
    program = tmp_path / "greycard"
    program.write_text(f"#!{sys.executable}\nfrom greycard_suite.cli import main\n\nmain()\n", encoding="utf-8")
    program.chmod(0o755)
    env = {**os.environ, "PYTHONPATH": source_path, "COMP_WORDS": "greycard serve wond", "COMP_CWORD": "2"}
    done = subprocess.run([str(program)], env=env, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["plain,wondershare"]
