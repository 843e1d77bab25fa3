"""The blocks of the pages: how they are read, and how each is run, with what it wants beside it."""

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
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]
README = ROOT / "README.md"
PAGES = [
    README,
    *(
        page
        for name in ("mocks", "client", "schemas", "tests", ".github", "tests/bench", "tests/example_apps")
        for page in sorted((ROOT / name).glob("*.md"))
    ),
]
SECONDS = 240
READY_SECONDS = 30
PORTS = re.compile(r"\b(8000|8420|8421|9001)\b")
DEFAULT_PORTS = {"serve": "8420", "listen": "8421"}
EXECUTED = re.compile(r"executed(?: with (?P<program>\w+))?(?: beside: (?P<beside>.+))?")


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


def beside(block: Block) -> list[str]:
    """The commands that run while a block is executed."""
    mark = EXECUTED.fullmatch(block.comment)
    return mark["beside"].split(";") if mark is not None and mark["beside"] else []


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
    """Variables with which `greycard`, `python` and `pytest` are these sources and this interpreter.

    Without `source_path` they are those of the environment in which this interpreter stands.
    """
    programs = folder / ".bin" if source_path else Path(sys.executable).parent
    if source_path:
        _put_programs(programs)
    unwanted = ("PYTEST_", "COV", "GREYCARD_")
    env = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    # curl may reach this machine and nothing else
    nowhere = dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), "http://127.0.0.1:9")
    plugins = "greycard_mocks.plugin,greycard_suite.runner.options"  # as the entry points of the wheel
    return env | nowhere | ({"PYTEST_PLUGINS": plugins} if source_path else {}) | {
        "no_proxy": "127.0.0.1,localhost",
        "PATH": f"{programs}{os.pathsep}{env.get('PATH', '')}",
        "PYTHONPATH": source_path,
        "PYTHONUNBUFFERED": "1",
        "COLUMNS": "110",
        "NO_COLOR": "1",
    }  # fmt: skip


def _put_programs(programs: Path) -> None:
    programs.mkdir(exist_ok=True)
    for name, call in {"python": "", "pytest": "-m pytest"}.items():
        shim = programs / name
        shim.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {call} "$@"\n', encoding="utf-8")
        shim.chmod(0o755)
    greycard = programs / "greycard"
    greycard.write_text(f"#!{sys.executable}\nfrom greycard_suite.cli import main\n\nmain()\n", encoding="utf-8")
    greycard.chmod(0o755)


@contextlib.contextmanager
def started(arguments: list[str], folder: Path, env: dict[str, str], log: Path) -> Generator[subprocess.Popen[bytes]]:
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


def printed_address(process: subprocess.Popen[bytes], log: Path) -> str:
    """What a server has printed once it names its address."""
    until = time.monotonic() + READY_SECONDS
    while "http://" not in (printed := log.read_text(encoding="utf-8")):
        assert process.poll() is None, printed
        assert time.monotonic() < until, f"not ready in {READY_SECONDS} s: {printed}"
        time.sleep(0.02)
    return printed


def run_servers(block: Block, folder: Path, source_path: str) -> None:
    """Starts each command of a block by itself, waits for its address, and ends it; `export` holds for those below.

    Raises AssertionError where one ends by itself, says nothing, or answers at another port than the page says.
    """
    ports, exports = free_ports(block.text), ""
    for wanted in script(block)[0].splitlines():
        text = PORTS.sub(lambda match: ports[match[1]], wanted)
        if text.startswith("export "):
            exports += f"{text}; "
            continue
        own = re.search(r"(?:--port |_PORT=)(\d+)", exports + text)
        if own is None and re.search(r"\bgreycard (serve|listen)\b", text):
            port = ports[DEFAULT_PORTS["listen" if "greycard listen" in text else "serve"]]
            text = re.sub(r"\bgreycard (serve|listen)\b", rf"greycard \1 --port {port}", text)
        log = folder / ".server"
        with started(["bash", "-c", exports + text], folder, environment(folder, source_path), log) as process:
            printed = printed_address(process, log)
        assert own is None or own[1] == "0" or f":{own[1]}" in printed, f"{wanted}: {printed}"


def run(arguments: list[str], folder: Path, source_path: str, **variables: str) -> tuple[int, str]:
    """Runs a command in the folder with greycard at hand."""
    log = folder / ".output"
    with started(arguments, folder, environment(folder, source_path) | variables, log) as process:
        code = process.wait(SECONDS)
    return code, log.read_text(encoding="utf-8")


def run_shell(given: Sequence[Block], folder: Path, source_path: str) -> tuple[int, str]:
    """Runs shell blocks one after the other, with what the first wants beside it, on free ports.

    The output names the page's ports.
    """
    block = given[0]
    ports = free_ports("".join(one.text for one in given) + block.comment)

    def moved(text: str) -> str:
        return PORTS.sub(lambda match: ports[match[1]], text)

    env = environment(folder, source_path)
    with contextlib.ExitStack() as stack:
        for number, wanted in enumerate(beside(block)):
            words = shlex.split(moved(wanted))
            if "--port" not in words:
                words += ["--port", ports[DEFAULT_PORTS[words[1]]]]
            log = folder / f".beside-{number}"
            printed_address(stack.enter_context(started(words, folder, env, log)), log)
        text = "".join(script(one)[0] for one in given)
        code, output = run(["bash", "-euo", "pipefail", "-c", moved(text)], folder, source_path, TMPDIR=str(folder))
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
