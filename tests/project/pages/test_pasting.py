"""Blocks of a page that are pasted one after the other work as each does alone."""

from __future__ import annotations

import ast
import re
import shutil
from collections import Counter
from itertools import chain
from pathlib import Path

import pytest

from project.pages.page_blocks import EXECUTED, PAGES, ROOT, Block, blocks, run_python, run_shell

ACCOUNT = re.compile(r"(?:X-API-KEY: |x-api-key: |-u |picwish:|enhancor:)['\"]?(test-[\w-]+)")


def python_blocks(page: Path) -> list[Block]:
    """The Python blocks of a page."""
    return [block for block in blocks(page.read_text(encoding="utf-8")) if block.language == "python"]


def beside_the_same(page: Path) -> list[list[Block]]:
    """The shell blocks of a page that are executed beside the same command, where there are several."""
    found: dict[str, list[Block]] = {}
    for block in blocks(page.read_text(encoding="utf-8")):
        mark = EXECUTED.fullmatch(block.comment)
        if mark is not None and mark["beside"] and (not mark["program"] or shutil.which(mark["program"])):
            found.setdefault(mark["beside"], []).append(block)
    return [given for given in found.values() if len(given) > 1]


SHELLS = [
    pytest.param(given, id=f"{page.relative_to(ROOT)} {given[0].comment}")
    for page in PAGES
    for given in beside_the_same(page)
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_block_defines_what_another_does(page: Path) -> None:
    """In one file each function and class of a page stands once, or it would replace another block's."""
    names: list[str] = []
    for block in python_blocks(page):
        tree = ast.parse(block.text)
        names += [
            one.name for one in tree.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        ]
    assert [name for name, count in Counter(names).items() if count > 1] == []


@pytest.mark.slow
@pytest.mark.wire
@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_python_blocks_in_one_file(page: Path, tmp_path: Path, source_path: str) -> None:
    """All Python blocks of a page are one working module, too."""
    texts = [block.text for block in python_blocks(page)]
    code, output = run_python([Block("python", "\n\n".join(texts), 1, "")] if texts else [], tmp_path, source_path)
    assert code == (0 if texts else pytest.ExitCode.NO_TESTS_COLLECTED), output


@pytest.mark.parametrize("given", SHELLS)
def test_each_block_has_an_account_of_its_own(given: list[Block]) -> None:
    """So no block meets the rate limit, the tasks or the scenarios of another."""
    accounts = [set(ACCOUNT.findall(block.text)) for block in given]
    shared = [name for name, count in Counter(chain.from_iterable(accounts)).items() if count > 1]
    assert shared == []
    assert any(accounts)


@pytest.mark.slow
@pytest.mark.wire
@pytest.mark.parametrize("step", [1, -1], ids=["in order", "backwards"])
@pytest.mark.parametrize("given", SHELLS)
def test_shell_blocks_beside_one_server(given: list[Block], step: int, tmp_path: Path, source_path: str) -> None:
    """All of them at one server, in one shell, as fast as they go."""
    code, output = run_shell(given[::step], tmp_path, source_path)
    assert code == 0, output
