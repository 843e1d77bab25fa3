"""Walks every page as a reader would: `python -m project.pages.walk [PAGE ...]`, with `tests` on PYTHONPATH.

A clone and a virtual environment are made, greycard is installed there as the README says, then the packages that the
pages name. Each page has an empty folder and one shell, in which its blocks are pasted in order, servers beside them;
its Python blocks are saved and tested. Ends with 1 where something does not go as the page says. Takes some minutes;
`test_readme.py` and `test_pasting.py` try the same blocks against the sources.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click

from project.pages.page_blocks import (
    DEFAULT_PORTS,
    EXECUTED,
    PAGES,
    PORTS,
    ROOT,
    Block,
    beside,
    blocks,
    environment,
    free_ports,
    printed_address,
    prints,
    run,
    run_servers,
    script,
    started,
)

PIP_INSTALL = re.compile(r"`pip install greycard ([\w -]+)`")
LEFT_OUT = ("command: run", "command: test")
"""The first is how the walk begins, the second is what .ci/run does."""


def prepared(scratch: Path) -> Path:
    """A clone and an environment in the folder, with greycard and the packages that the pages name: its Python."""
    clone = scratch / "greycard"
    python = scratch / "venv" / "bin" / "python"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
    subprocess.run([sys.executable, "-m", "venv", str(scratch / "venv")], check=True)
    named = {name for page in PAGES for found in PIP_INSTALL.findall(page.read_text("utf-8")) for name in found.split()}
    pip = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    subprocess.run([*pip, "."], cwd=clone, check=True)
    if named:
        subprocess.run([*pip, *sorted(named)], cwd=clone, check=True)
    return python


class Reader:
    """Who reads one page: a folder, ports for those that the page names, and what the shell keeps between blocks."""

    def __init__(self, page: Path, folder: Path) -> None:
        self.page, self.folder = page, folder
        self.found = blocks(page.read_text(encoding="utf-8"))
        self.ports = free_ports("".join(block.text + block.comment for block in self.found))
        self.servers = contextlib.ExitStack()
        self.beside: list[str] = []
        self.kept = folder / ".kept"

    def moved(self, text: str) -> str:
        """The text with ports that are free."""
        return PORTS.sub(lambda match: self.ports[match[1]], text)

    def stand_beside(self, wanted: list[str]) -> None:
        """The servers that a block wants run, those of the block before it if they are the same."""
        if wanted == self.beside:
            return
        self.servers.close()
        self.beside = wanted
        for number, command in enumerate(wanted):
            words = shlex.split(self.moved(command))
            if "--port" not in words:
                words += ["--port", self.ports[DEFAULT_PORTS[words[1]]]]
            log = self.folder / f".beside-{number}"
            arguments = [str(Path(sys.executable).parent / words[0]), *words[1:]]
            process = self.servers.enter_context(started(arguments, self.folder, environment(self.folder, ""), log))
            printed_address(process, log)

    def paste(self, block: Block) -> str:
        """What goes wrong with a shell block; the folder and the exported variables stay for the next."""
        self.stand_beside(beside(block))
        given, expected = script(block)
        before = f"[ ! -f {self.kept} ] || . {self.kept}\n"
        after = f"\n{{ export -p; echo cd \"'$PWD'\"; }} > {self.kept}\n"
        pasted = ["bash", "-euo", "pipefail", "-c", before + self.moved(given) + after]
        code, output = run(pasted, self.folder, "", TMPDIR=str(self.folder))
        for name, own in self.ports.items():
            output = re.sub(rf"\b{own}\b", name, output)
        if code or (expected is not None and not prints(expected, output)):
            return f"ended with {code} and printed:\n{output}"
        return ""

    def test(self) -> str:
        """What goes wrong with the Python blocks, each saved as a file."""
        folder = self.folder / "python"
        folder.mkdir()
        wrong = ""
        for block in (one for one in self.found if one.language == "python"):
            is_test = re.search(r"^(?:async )?def test_", block.text, flags=re.MULTILINE)
            file = folder / f"{'test_' if is_test else ''}line_{block.line}.py"
            file.write_text(block.text, encoding="utf-8")
            if not is_test:
                code, output = run(["python", str(file)], folder, "")
                wrong += f"line {block.line}: {output}" if code else ""
        if list(folder.glob("test_*.py")):
            code, output = run(["pytest", "-q", "-p", "no:cacheprovider", str(folder)], folder, "")
            wrong += output if code else ""
        return wrong

    def read(self) -> list[str]:
        """Everything that goes wrong, from the first block of the page to the last."""
        wrong: list[str] = []
        with self.servers:
            for block in self.found:
                told = ""
                try:
                    if block.comment == "starts":
                        run_servers(block, self.folder, "")
                    elif EXECUTED.fullmatch(block.comment):
                        told = self.paste(block)
                except AssertionError as error:
                    told = str(error)
                if told:
                    wrong.append(f"line {block.line}: {told}")
        if told := self.test():
            wrong.append(told)
        return wrong


def walk(names: list[str]) -> int:
    """Reads the pages with this interpreter; returns how many of them do not go as they say."""
    wrong = 0
    for page in PAGES:
        name = page.relative_to(ROOT).as_posix()
        if names and name not in names:
            continue
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            told = Reader(page, Path(folder)).read()
        wrong += bool(told)
        lines = (f"{'wrong' if told else 'true '}  {name}  {time.monotonic() - began:.0f} s", *told)
        click.echo("\n".join(lines))
    return wrong


def main() -> int:
    """Walks with a fresh environment; within it, with `--here`."""
    if sys.argv[1:2] == ["--here"]:
        return bool(walk(sys.argv[2:]))
    with tempfile.TemporaryDirectory() as scratch:
        began = time.monotonic()
        python = prepared(Path(scratch))
        click.echo(f"installed  {time.monotonic() - began:.0f} s")
        env = {**os.environ, "PYTHONPATH": str(Path(scratch) / "greycard" / "tests"), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [str(python), "-m", "project.pages.walk", "--here", *sys.argv[1:]]
        return subprocess.run(command, cwd=scratch, env=env, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
