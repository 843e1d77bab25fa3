"""What commands print: no traceback for a full disk, a reader that has gone or a poor encoding, and no key."""

# ruff: noqa: T201 - printing is what is tested

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from greycard_suite import cli
from greycard_suite.redact.console import GuardedStream, guarded, hide, nobody_reads
from greycard_suite.status import FAILED

KEY = "sk-9fQ2xLr7Vb0TzWm4"
Shell = Callable[..., subprocess.CompletedProcess[str]]
COMMANDS = [
    "claims picwish",
    "claims picwish --json",
    "openapi picwish",
    "drifts",
    "drifts picwish --json",
    "freedoms picwish",
    "verify --vendor enhancor --all",
    "--help",
]


@pytest.fixture
def shell(tmp_path: Path, source_path: str) -> Shell:
    """Runs a line of bash in which `greycard` is the command, in an empty folder."""
    greycard = f'greycard() {{ {shlex.quote(sys.executable)} -m greycard_suite.cli "$@"; }}; set -o pipefail; '
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "GREYCARD"))}

    def run(line: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-c", greycard + line],
            cwd=tmp_path,
            env={**inherited, "PYTHONPATH": source_path, **environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_a_full_disk_is_one_sentence(shell: Shell, command: str, full_disk: Path) -> None:
    """What could not be printed ends with the status that is no verdict, and says why."""
    done = shell(f"greycard {command} > {full_disk}")
    assert done.stderr == "Error: standard output cannot be written: No space left on device\n"
    assert done.returncode == FAILED


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_a_reader_that_has_gone_or_never_was_is_no_error(shell: Shell, command: str) -> None:
    """The command ends as it would have, and says nothing of it."""
    for line in (
        f"greycard {command} | head -1 > /dev/null",
        f"greycard {command} >&-",
        f"greycard {command} >&- 2>&-",
    ):
        done = shell(line)
        assert (done.returncode, done.stderr) == (0, ""), line


@pytest.mark.slow
def test_a_run_goes_on_when_nobody_reads_it(shell: Shell, tmp_path: Path) -> None:
    """What was asked for is written all the same."""
    done = shell("greycard verify --vendor enhancor --json verdicts.json --junit verdicts.xml | true")
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "verdicts.json").stat().st_size > 10_000
    assert (tmp_path / "verdicts.xml").stat().st_size > 5_000


@pytest.mark.slow
def test_a_file_that_cannot_be_written_is_no_verdict_and_stops_no_other(
    shell: Shell, tmp_path: Path, full_disk: Path
) -> None:
    """The device is one afterwards, the other file is there, and the status is not that of a violated claim."""
    done = shell(f"greycard verify --vendor enhancor --json {full_disk} --junit verdicts.xml")
    assert done.returncode == FAILED
    assert done.stderr == f"Error: {full_disk} cannot be written: No space left on device\n"
    assert full_disk.is_char_device()
    assert (tmp_path / "verdicts.xml").stat().st_size > 5_000


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-16"])
def test_what_the_console_cannot_encode_is_escaped(shell: Shell, encoding: str) -> None:
    """A finding is printed, not a traceback, and the status is that of the verdict."""
    done = shell("greycard verify --vendor enhancor --all | tail -c 100 > tail", PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr) == (0, "")
    if encoding == "ascii":
        done = shell("greycard verify --vendor enhancor --all", PYTHONIOENCODING=encoding)
        assert "+ holds" in done.stdout


@pytest.mark.slow
def test_a_folder_that_cannot_be_made_is_wrong_use(shell: Shell, tmp_path: Path) -> None:
    """`images FILE/x` names what is in the way."""
    (tmp_path / "file").touch()
    done = shell("greycard images file/x")
    assert done.returncode == 2
    assert "file/x cannot be made: Not a directory" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_breakdown_is_no_verdict(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A fault of greycard's own shows itself without the key, asks for a report, and ends with a status of its own."""

    def broken(**_: object) -> None:
        hide({"GREYCARD_PICWISH_API_KEY": KEY})
        raise LookupError(f"no {KEY.upper()} here")

    monkeypatch.setattr(cli.cli.get_command(None, "claims"), "callback", broken)  # type: ignore[arg-type]
    monkeypatch.setattr(sys, "argv", ["greycard", "claims"])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == FAILED
    errors = capsys.readouterr().err
    assert "no $GREYCARD_PICWISH_API_KEY here" in errors
    assert "Please report" in errors
    assert KEY.lower() not in errors.lower()


@pytest.mark.slow
def test_a_run_that_breaks_down_is_no_verdict(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the suite itself cannot run, the status is not that of a run in which something could not be checked."""

    def broken(*_: object) -> None:
        raise RuntimeError(KEY)

    monkeypatch.setattr("greycard_suite.runner.run._sessions", broken)
    monkeypatch.setattr(sys, "argv", ["greycard", "verify", "--vendor", "enhancor"])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == FAILED
    assert "greycard itself broke down" in capsys.readouterr().err


def test_a_key_is_hidden_however_it_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """In pieces of a line, over two lines of one text, on either stream, and by a console within a console."""
    with guarded() as outer:
        hide({"NAME": KEY})
        print("a", KEY[:9], sep="", end="")
        print(KEY[9:], "b")
        print(f"c{KEY[:9]}\n{KEY[9:]}d")
        print(KEY.encode().hex(), file=sys.stderr)
        sys.stdout.writelines(["e ", KEY, " f\n"])
        with guarded() as inner:
            assert inner is outer
            print(KEY, end="")
            sys.stdout.flush()
        assert not nobody_reads()
    out, err = capsys.readouterr()
    assert out == "a$NAME b\nc$NAMEd\ne $NAME f\n$NAME"
    assert err == "$NAME\n"


def test_there_is_no_way_around_the_console(capsys: pytest.CaptureFixture[str]) -> None:
    """The stream has no buffer to write bytes to, and outside of a command there is nothing to hide."""
    with guarded():
        assert isinstance(sys.stdout, GuardedStream)
        assert not hasattr(sys.stdout, "buffer")
        assert sys.stdout.isatty() is False
    hide({"NAME": KEY})
    assert not nobody_reads()
    print(KEY)
    assert capsys.readouterr().out == f"{KEY}\n"


@pytest.mark.slow
def test_a_server_ends_when_its_address_is_read_by_nobody(shell: Shell) -> None:
    """`greycard serve | head -1` would otherwise serve for ever, unseen."""
    done = shell("greycard serve picwish --port 0 | head -c 1 > /dev/null")
    assert (done.returncode, done.stderr) == (0, "")
