"""What the README and the pages show is what happens.

* A ```python block is run as it stands, as a module of its own; those of a page share one run of pytest.
* A ```console or ```bash block right after the line `<!-- executed -->` is run by bash.
  In a console block the lines after `$ ` are commands, all others are what they print, and `...` there
  stands for anything.
* `<!-- executed beside: COMMAND; COMMAND -->` does the same while these commands run in the background, each
  started when the one before it has printed its address.
* The ports that the pages name become free ones, so that runs side by side do not meet.
* The blocks after `<!-- command: run -->` and `<!-- command: test -->` are the two commands of the project.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PAGES = [
    README,
    *(page for name in ("mocks", "client", "schemas", "tests") for page in sorted((ROOT / name).glob("*.md"))),
]
SECONDS = 240
READY_SECONDS = 30
PORTS = re.compile(r"\b(8420|8421|9001)\b")
DEFAULT_PORTS = {"serve": "8420", "listen": "8421"}
BESIDE = "executed beside: "


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
    is_command = False
    for line in block.text.splitlines():
        is_command = line.startswith("$ ") or (line.startswith("> ") and is_command)
        if is_command:
            commands.append(line[2:])
        else:
            shown.append(line)
    return "\n".join(commands) + "\n", "\n".join(shown) if shown else None


def prints(expected: str, actual: str) -> bool:
    """Whether the output is the expected one, line ends aside, with `...` for anything."""
    pieces = [re.escape(piece) for piece in re.sub(r"[ \t]+$", "", expected, flags=re.MULTILINE).strip().split("...")]
    return re.fullmatch("(?s:.*)".join(pieces), re.sub(r"[ \t]+$", "", actual, flags=re.MULTILINE).strip()) is not None


def free_ports(text: str) -> dict[str, str]:
    """A free port of this machine for each port that the text names, and for the two default ones."""
    with contextlib.ExitStack() as stack:
        found: dict[str, str] = {}
        for name in {*PORTS.findall(text), *DEFAULT_PORTS.values()}:
            probe = stack.enter_context(socket.socket())
            probe.bind(("127.0.0.1", 0))
            found[name] = str(probe.getsockname()[1])
    return found


def environment(folder: Path, source_path: str) -> dict[str, str]:
    """Variables with which `greycard`, `python` and `pytest` are these sources and this interpreter."""
    programs = folder / ".bin"
    programs.mkdir(exist_ok=True)
    for name, call in {"python": "", "pytest": "-m pytest"}.items():
        shim = programs / name
        shim.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {call} "$@"\n', encoding="utf-8")
        shim.chmod(0o755)
    greycard = programs / "greycard"
    greycard.write_text(f"#!{sys.executable}\nfrom greycard_suite.cli import main\n\nmain()\n", encoding="utf-8")
    greycard.chmod(0o755)
    unwanted = ("PYTEST_", "COV", "GREYCARD_")
    env = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    # curl may reach this machine and nothing else
    nowhere = dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), "http://127.0.0.1:9")
    return env | nowhere | {
        "no_proxy": "127.0.0.1,localhost",
        "PATH": f"{programs}{os.pathsep}{env.get('PATH', '')}",
        "PYTHONPATH": source_path,
        "PYTEST_PLUGINS": "greycard_mocks.plugin,greycard_suite.runner.options",  # as the entry points of the wheel
        "PYTHONUNBUFFERED": "1",
        "COLUMNS": "110",
        "NO_COLOR": "1",
    }  # fmt: skip


@contextlib.contextmanager
def started(arguments: list[str], folder: Path, env: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process whose output goes to the log; whatever it started is ended with it."""
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
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(SECONDS)


def run(arguments: list[str], folder: Path, source_path: str, **variables: str) -> tuple[int, str]:
    """Runs a command in the folder with greycard at hand."""
    log = folder / ".output"
    with started(arguments, folder, environment(folder, source_path) | variables, log) as process:
        code = process.wait(SECONDS)
    return code, log.read_text(encoding="utf-8")


def run_shell(block: Block, folder: Path, source_path: str) -> tuple[int, str]:
    """Runs a shell block, with what it wants beside it, on free ports; the output names the page's ports."""
    ports = free_ports(block.text + block.comment)

    def moved(text: str) -> str:
        return PORTS.sub(lambda match: ports[match[1]], text)

    env = environment(folder, source_path)
    with contextlib.ExitStack() as stack:
        for number, wanted in enumerate(block.comment.removeprefix(BESIDE).split(";")):
            if not block.comment.startswith(BESIDE):
                break
            words = shlex.split(moved(wanted))
            if "--port" not in words:
                words += ["--port", ports[DEFAULT_PORTS[words[1]]]]
            log = folder / f".beside-{number}"
            beside = stack.enter_context(started(words, folder, env, log))
            until = time.monotonic() + READY_SECONDS
            while "http://" not in log.read_text(encoding="utf-8"):
                assert beside.poll() is None, log.read_text(encoding="utf-8")
                assert time.monotonic() < until, f"{wanted}: not ready in {READY_SECONDS} s"
                time.sleep(0.02)
        text, _ = script(block)
        code, output = run(["bash", "-euo", "pipefail", "-c", moved(text)], folder, source_path)
    for page, own in ports.items():
        output = re.sub(rf"\b{own}\b", page, output)
    return code, output


SCRIPT = """
import runpy

import pytest


@pytest.mark.filterwarnings("error")
def test_script() -> None:
    runpy.run_path({path!r}, run_name="__main__")
"""


def run_python(given: Sequence[Block], folder: Path, source_path: str) -> tuple[int, str]:
    """Runs Python blocks, each as a module of its own, in one run of pytest: those without tests as scripts."""
    for block in given:
        test = folder / f"test_block_of_line_{block.line}.py"
        if re.search(r"^(?:async )?def test_", block.text, flags=re.MULTILINE):
            test.write_text(block.text, encoding="utf-8")
        else:
            written = folder / f"line_{block.line}.py"
            written.write_text(block.text, encoding="utf-8")
            test.write_text(SCRIPT.format(path=str(written)), encoding="utf-8")
    plugins = ["-p", "greycard_mocks.plugin", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", "-q", *plugins, "--import-mode=importlib", str(folder)]
    return run(command, folder, source_path, PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")


def _is_executed(block: Block) -> bool:
    return block.comment == "executed" or block.comment.startswith(BESIDE)


def _params(wanted: Callable[[Block], bool]) -> list[object]:
    return [
        pytest.param(block, id=f"{page.relative_to(ROOT)} line {block.line}")
        for page in PAGES
        for block in blocks(page.read_text(encoding="utf-8"))
        if wanted(block)
    ]


@pytest.mark.slow
@pytest.mark.wire
@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_python_blocks_run(page: Path, tmp_path: Path, source_path: str) -> None:
    """Every Python block of the README and the pages runs as it stands."""
    given = [block for block in blocks(page.read_text(encoding="utf-8")) if block.language == "python"]
    code, output = run_python(given, tmp_path, source_path)
    assert code == (0 if given else pytest.ExitCode.NO_TESTS_COLLECTED), output


@pytest.mark.slow
@pytest.mark.wire
@pytest.mark.parametrize("block", _params(lambda block: block.language in {"bash", "console"} and _is_executed(block)))
def test_shell_block_runs(block: Block, tmp_path: Path, source_path: str) -> None:
    """Every shell block that is marked as executed runs, and prints what the page shows."""
    _, expected = script(block)
    code, output = run_shell(block, tmp_path, source_path)
    assert code == 0, output
    if expected is not None:
        assert prints(expected, output), f"expected:\n{expected}\nprinted:\n{output}"


def test_the_two_commands_stand_in_the_readme() -> None:
    """The README says in one marked block each how everything is started and how it is tested."""
    text = README.read_text(encoding="utf-8")
    start, test = command(text, "run"), command(text, "test")
    assert start is not None
    assert "python -m pip install . && greycard verify" in start
    assert test is not None
    assert "python -m pip install -e '.[dev]' && python -m pytest" in test


def test_every_page_is_read() -> None:
    """Every page at the top and in the four folders is judged, and begins with a heading."""
    assert {page.relative_to(ROOT).as_posix() for page in PAGES} >= {
        "README.md",
        *(f"{name}/README.md" for name in ("mocks", "client", "schemas", "tests")),
        *(f"mocks/{name}.md" for name in ("ARCHITECTURE", "ATTACKS", "RECIPES", "REFERENCE")),
    }
    assert [page.name for page in PAGES if not page.read_text(encoding="utf-8").startswith("# ")] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_marked_block_is_found(page: Path) -> None:
    """No marker stands where it has no effect: each is followed directly by a block."""
    text = page.read_text(encoding="utf-8")
    marks = re.findall(r"^<!--\s*(executed(?: beside: .*?)?|command: \w+)\s*-->\s*$", text, flags=re.MULTILINE)
    assert sorted(marks) == sorted(block.comment for block in blocks(text) if block.comment in set(marks))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_within_the_repository_leads_somewhere(page: Path) -> None:
    """A relative link names a file that exists, and a heading that the file has."""
    text = page.read_text(encoding="utf-8")
    broken: list[str] = []
    for target in re.findall(r"\]\(([^)#\s:]*(?:#[\w-]+)?)\)", text):
        name, _, heading = target.partition("#")
        file = page.parent / name if name else page
        known = headings(file.read_text(encoding="utf-8")) if heading and file.is_file() else {""}
        if not file.exists() or heading not in known:
            broken.append(target)
    assert broken == []


def headings(markdown: str) -> set[str]:
    """The names under which the headings of a text can be linked to."""
    prose = re.sub(r"^```.*?^```", "", markdown, flags=re.MULTILINE | re.DOTALL)
    found = re.findall(r"^#+ +(.*?) *$", prose, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in found}


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
$ echo \\
> three
three
> no command
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
    _, expected = script(blocks(SAMPLE)[2])
    code, output = run_shell(blocks(SAMPLE)[2], tmp_path, source_path)
    assert (code, output) == (0, "one\ntwo\nthree\n")
    assert expected == "one\nt...\nthree\n> no command"
    assert prints("one\nt...\nthree", output)
    assert not prints("one\nthree", output)


@pytest.mark.slow
@pytest.mark.wire
def test_a_server_beside_a_block_answers_on_a_free_port(tmp_path: Path, source_path: str) -> None:
    """The server that a block wants is there when it starts, and both speak of the ports of the page."""
    text = "$ curl -sS http://127.0.0.1:8420/_mock/health && echo 8420\n{...}\n8420\n"
    block = Block("console", text, 1, f"{BESIDE}greycard serve picwish")
    code, output = run_shell(block, tmp_path, source_path)
    assert code == 0, output
    assert prints("{...}\n8420", output)


@pytest.mark.parametrize(
    "text", ["assert False\n", "def test_it():\n    assert False\n", "import warnings; warnings.warn('x')\n"]
)
@pytest.mark.slow
def test_a_broken_block_is_found(text: str, tmp_path: Path, source_path: str) -> None:
    """A block that raises, fails or warns does not pass."""
    code, output = run_python([Block("python", text, 1, "")], tmp_path, source_path)
    assert code == pytest.ExitCode.TESTS_FAILED, output
