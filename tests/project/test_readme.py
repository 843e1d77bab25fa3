"""What the README shows is what happens.

* A ```python block is run as it stands, in a folder of its own; one with `test_` functions is run by pytest.
* A ```console or ```bash block right after the line `<!-- executed -->` is run by bash.
  In a console block the lines after `$ ` are commands, all others are what they print, and `...` there
  stands for anything.
* The blocks after `<!-- command: run -->` and `<!-- command: test -->` are the two commands of the project.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

README = Path(__file__).parents[2] / "README.md"
SECONDS = 120


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its language, text, first line, and the HTML comment on the line before it."""

    language: str
    text: str
    line: int
    comment: str


def blocks(markdown: str) -> list[Block]:
    """The fenced blocks of a Markdown text."""
    found: list[Block] = []
    comment = ""
    lines = iter(enumerate(markdown.splitlines(), start=1))
    for number, line in lines:
        if fence := re.match(r"(`{3,})\s*([\w-]*)", line):
            body: list[str] = []
            for _, inner in lines:
                if inner.startswith(fence[1]):
                    break
                body.append(inner)
            found.append(Block(fence[2], "\n".join(body) + "\n", number, comment))
            comment = ""
        elif line.strip():
            mark = re.fullmatch(r"<!--\s*(.*?)\s*-->", line.strip())
            comment = mark[1] if mark else ""
    return found


def command(markdown: str, name: str) -> str | None:
    """The block of one of the two commands, without prompts."""
    for block in blocks(markdown):
        if block.comment == f"command: {name}":
            return re.sub(r"^\$ ", "", block.text, flags=re.MULTILINE)
    return None


def script(block: Block) -> tuple[str, str | None]:
    """What bash is given for a block, and the output that it must print (none where the block shows none)."""
    if block.language == "bash":
        return block.text, None
    commands: list[str] = []
    shown: list[str] = []
    for line in block.text.splitlines():
        if line.startswith("$ ") or (line.startswith("> ") and not shown):
            commands.append(line[2:])
        else:
            shown.append(line)
    return "\n".join(commands) + "\n", "\n".join(shown) if shown else None


def prints(expected: str, actual: str) -> bool:
    """Whether the output is the expected one, line ends aside, with `...` for anything."""
    pieces = [
        re.escape(piece)
        for piece in re.sub(r"[ \t]+$", "", expected, flags=re.MULTILINE).strip().split("...")
    ]
    return (
        re.fullmatch("(?s:.*)".join(pieces), re.sub(r"[ \t]+$", "", actual, flags=re.MULTILINE).strip())
        is not None
    )


def run(arguments: list[str], folder: Path, source_path: str) -> tuple[int, str]:
    """Runs a command in the folder with greycard at hand, and whatever it started is ended with it."""
    programs = folder / ".bin"
    programs.mkdir()
    # Installed or not, these are the sources and this interpreter.
    for name, call in {"greycard": "-m greycard_suite.cli", "python": "", "pytest": "-m pytest"}.items():
        shim = programs / name
        shim.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {call} "$@"\n', encoding="utf-8")
        shim.chmod(0o755)
    (programs / "greycard").write_text(
        f"#!{sys.executable}\nfrom greycard_suite.cli import main\n\nmain()\n", encoding="utf-8"
    )
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV"))}
    env |= {
        "PATH": f"{programs}{os.pathsep}{env.get('PATH', '')}",
        "PYTHONPATH": source_path,
        "COLUMNS": "110",
        "NO_COLOR": "1",
    }
    log = folder / ".output"
    with log.open("wb") as output:
        process = subprocess.Popen(
            arguments,
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            code = process.wait(SECONDS)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            process.wait(SECONDS)
    return code, log.read_text(encoding="utf-8")


def run_python(block: Block, folder: Path, source_path: str) -> tuple[int, str]:
    """Runs a Python block as a script, or with pytest where it defines tests."""
    if re.search(r"^(?:async )?def test_", block.text, flags=re.MULTILINE):
        (folder / "test_readme_block.py").write_text(block.text, encoding="utf-8")
        plugin = ["-p", "greycard_mocks.plugin"]
        return run(
            [sys.executable, "-m", "pytest", "-q", *plugin, "-p", "no:cacheprovider", "test_readme_block.py"],
            folder,
            source_path,
        )
    (folder / "readme_block.py").write_text(block.text, encoding="utf-8")
    return run([sys.executable, "-W", "error", "readme_block.py"], folder, source_path)


def _in_readme() -> list[Block]:
    return blocks(README.read_text(encoding="utf-8")) if README.exists() else []


def _params(chosen: list[Block]) -> list[object]:
    return [pytest.param(block, id=f"line {block.line}") for block in chosen]


@pytest.mark.slow
@pytest.mark.parametrize("block", _params([block for block in _in_readme() if block.language == "python"]))
def test_python_block_runs(block: Block, tmp_path: Path, source_path: str) -> None:
    """Every Python block of the README runs as it stands."""
    code, output = run_python(block, tmp_path, source_path)
    assert code == 0, output


@pytest.mark.slow
@pytest.mark.parametrize(
    "block",
    _params(
        [
            block
            for block in _in_readme()
            if block.language in {"bash", "console"} and block.comment == "executed"
        ]
    ),
)
def test_shell_block_runs(block: Block, tmp_path: Path, source_path: str) -> None:
    """Every shell block of the README that is marked as executed runs, and prints what the README shows."""
    text, expected = script(block)
    code, output = run(["bash", "-euo", "pipefail", "-c", text], tmp_path, source_path)
    assert code == 0, output
    if expected is not None:
        assert prints(expected, output), f"expected:\n{expected}\nprinted:\n{output}"


@pytest.mark.skipif(not README.exists(), reason="runs as soon as README.md exists")
def test_the_two_commands_stand_in_the_readme() -> None:
    """The README says in one marked block each how everything is started and how it is tested."""
    text = README.read_text(encoding="utf-8")
    start, test = command(text, "run"), command(text, "test")
    assert start is not None
    assert "greycard serve" in start
    assert test is not None
    assert "python -m pytest" in test


@pytest.mark.skipif(not README.exists(), reason="runs as soon as README.md exists")
def test_every_marked_block_is_found() -> None:
    """No marker stands where it has no effect: each is followed directly by a block."""
    text = README.read_text(encoding="utf-8")
    marks = re.findall(r"^<!--\s*(executed|command: \w+)\s*-->\s*$", text, flags=re.MULTILINE)
    assert sorted(marks) == sorted(block.comment for block in blocks(text) if block.comment in set(marks))


SAMPLE = """# Sample

<!-- command: test -->

```console
$ python -m pytest
```

Some text.

```python
print(1)
```

<!-- executed -->
```console
$ echo one; \\
> echo two
one
t...
```
"""


def test_blocks_are_read_with_their_marks() -> None:
    """A mark belongs to the block that follows it, text between them parts them."""
    assert [(block.language, block.line, block.comment) for block in blocks(SAMPLE)] == [
        ("console", 5, "command: test"),
        ("python", 11, ""),
        ("console", 16, "executed"),
    ]
    assert command(SAMPLE, "test") == "python -m pytest\n"
    assert command(SAMPLE, "run") is None


def test_a_console_block_is_run_and_compared(tmp_path: Path, source_path: str) -> None:
    """Commands run over several lines, and the output is compared with what the block shows."""
    text, expected = script(blocks(SAMPLE)[2])
    code, output = run(["bash", "-euo", "pipefail", "-c", text], tmp_path, source_path)
    assert (code, output) == (0, "one\ntwo\n")
    assert expected is not None
    assert prints(expected, output)
    assert not prints("one\nthree", output)


@pytest.mark.parametrize(
    "text", ["assert False\n", "def test_it():\n    assert False\n", "import warnings; warnings.warn('x')\n"]
)
@pytest.mark.slow
def test_a_broken_block_is_found(text: str, tmp_path: Path, source_path: str) -> None:
    """A block that raises, fails or warns does not pass."""
    code, output = run_python(Block("python", text, 1, ""), tmp_path, source_path)
    assert code != 0, output
