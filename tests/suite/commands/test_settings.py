"""Options from the environment and from pyproject.toml, and what is said of names that do not exist."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from greycard_suite.cli import LAZY, cli


def run(*arguments: str, **environment: str) -> Result:
    """The command with these arguments."""
    return CliRunner().invoke(cli, list(arguments), env=environment)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The pyproject.toml of a project, in a folder below which the command is run."""
    inner = tmp_path / "src" / "app"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    return tmp_path / "pyproject.toml"


def test_an_option_stands_in_the_project(project: Path) -> None:
    """It is found from a folder below, and what the command line says goes before it."""
    project.write_text('[tool.greycard.claims]\nvendors = ["enhancor"]\njson = true\n', encoding="utf-8")
    found = run("claims")
    assert found.exit_code == 0, found.output
    assert '"enhancor' in found.output
    assert '"picwish' not in found.output
    assert '"picwish' in run("claims", "picwish").output


def test_an_option_stands_in_the_environment(project: Path) -> None:
    """By the name of command and option; it goes before the project."""
    project.write_text('[tool.greycard.claims]\nvendors = ["enhancor"]\n', encoding="utf-8")
    assert '"enhancor' not in run("claims").output
    found = run("claims", GREYCARD_CLAIMS_JSON="1")
    assert found.exit_code == 0, found.output
    assert '"enhancor' in found.output
    project.write_text("[tool.greycard.claims]\njson = true\n", encoding="utf-8")
    assert '"enhancor' not in run("claims", "enhancor", GREYCARD_CLAIMS_JSON="0").output


def test_every_option_of_every_command_has_a_name_in_the_environment() -> None:
    """Each another one within its command; those that had one keep it."""
    context = cli.make_context("greycard", ["--help"], resilient_parsing=True)
    for name in LAZY:
        command = cli.get_command(context, name)
        assert command is not None
        options = [one for one in command.params if isinstance(one, click.Option) and one.name != "help"]
        names = [str(one.envvar) for one in options]
        assert len(set(names)) == len(names)
        assert all(one.startswith("GREYCARD_") for one in names)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[tool.greycard.serve]\nprt = 1\n", "there is no option 'prt'; did you mean 'port'?"),
        ("[tool.greycard.serv]\nport = 1\n", "has no command 'serv'; did you mean 'serve'?"),
        ("[tool.greycard]\nserve = 1\n", "[tool.greycard.serve] must be a table of options"),
        ("[tool.greycard.serve]\nport = [1]\n", "'port' must be one value"),
        ('[tool.greycard.serve]\ndrift = "x"\n', "'drift' must be a list"),
        ("[tool.greycard.serve]\nport = 99999\n", "Invalid value for '--port'"),
        ("[tool.greycard.serve\n", "is not TOML"),
        ("[tool]\ngreycard = 1 # tool.greycard\n", "[tool.greycard] must be a table"),
    ],
)
def test_a_mistake_in_the_project_is_one_sentence(project: Path, text: str, words: str) -> None:
    """File, table and name are said, and what was meant."""
    project.write_text(text, encoding="utf-8")
    found = run("serve")
    assert found.exit_code == 2
    assert words in " ".join(found.output.split())


def test_a_project_without_a_table_changes_nothing(project: Path) -> None:
    """Broken TOML of others included: it is not ours."""
    project.write_text("[tool.other\n", encoding="utf-8")
    assert run("claims", "enhancor").exit_code == 0


@pytest.mark.parametrize("name", sorted(LAZY))
def test_a_misspelt_command_is_told_what_it_may_have_been(name: str) -> None:
    """One letter left out or doubled."""
    for wrong in (name[:-1] if name[:-1] not in LAZY else name + "x", name[0] + name):
        found = run(wrong)
        assert found.exit_code == 2
        assert f"did you mean '{name}'?" in found.output


def test_a_command_like_no_other_is_just_unknown() -> None:
    """Nothing is guessed where nothing is near."""
    assert "No such command 'zzz'; 'greycard --help' lists them" in run("zzz").output
