"""What the README and the pages show is what happens.

* A ```python block is run as it stands, as a module of its own; those of a page share one run of pytest.
* A ```console or ```bash block right after the line `<!-- executed -->` is run by bash.
  In a console block the lines after `$ ` are commands, all others are what they print, and `...` there
  stands for anything.
* `<!-- executed beside: COMMAND; COMMAND -->` does the same while these commands run in the background, each
  started when the one before it has printed its address. `executed with PROGRAM beside: ...` is left out where
  there is no such program.
* Each command after `<!-- starts -->` is a server: it is started, prints its address, and is ended.
* The ports that the pages name become free ones, so that runs side by side do not meet.
* The blocks after `<!-- command: run -->` and `<!-- command: test -->` are the two commands of the project.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from project.pages.page_blocks import (
    EXECUTED,
    PAGES,
    README,
    ROOT,
    Block,
    blocks,
    command,
    prints,
    run_python,
    run_servers,
    run_shell,
    script,
)


def _is_executed(block: Block) -> bool:
    return EXECUTED.fullmatch(block.comment) is not None


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
    mark = EXECUTED.fullmatch(block.comment)
    if mark is not None and mark["program"] and shutil.which(mark["program"]) is None:
        pytest.skip(f"there is no {mark['program']} here")
    _, expected = script(block)
    code, output = run_shell([block], tmp_path, source_path)
    assert code == 0, output
    if expected is not None:
        assert prints(expected, output), f"expected:\n{expected}\nprinted:\n{output}"


@pytest.mark.slow
@pytest.mark.wire
@pytest.mark.parametrize("block", _params(lambda block: block.comment == "starts"))
def test_servers_of_a_block_start(block: Block, tmp_path: Path, source_path: str) -> None:
    """Every command that is marked as a server starts, and names its address."""
    run_servers(block, tmp_path, source_path)


def test_the_two_commands_stand_in_the_readme() -> None:
    """The README says in one marked block each how everything is started and how it is tested."""
    text = README.read_text(encoding="utf-8")
    start, test = command(text, "run"), command(text, "test")
    assert start is not None
    assert "python -m pip install . && greycard verify" in start
    assert test is not None
    assert "python -m pip install -e '.[dev]' && python -m pytest" in test


def test_the_first_screen_stays_short() -> None:
    """What a newcomer meets is read in two minutes; all else stands on pages of its own."""
    lines = README.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 120
    assert all(name in lines[2] for name in ("PicWish", "Wondershare", "Magic Tiger", "Enhancor"))


def test_every_page_is_read() -> None:
    """Every page at the top and in the four folders is judged, and begins with a heading."""
    assert {page.relative_to(ROOT).as_posix() for page in PAGES} >= {
        "README.md",
        *(f"{name}/README.md" for name in ("mocks", "client", "schemas", "tests")),
        *(
            f"mocks/{name}.md"
            for name in ("ARCHITECTURE", "ATTACKS", "COMING_FROM", "FAQ", "FRAMEWORKS", "RECIPES", "REFERENCE")
        ),
        "tests/COMMANDS.md",
    }
    assert [page.name for page in PAGES if not page.read_text(encoding="utf-8").startswith("# ")] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_marked_block_is_found(page: Path) -> None:
    """No marker stands where it has no effect: each is followed directly by a block."""
    text = page.read_text(encoding="utf-8")
    marks = re.findall(
        r"^<!--\s*(starts|executed(?: with \w+)?(?: beside: .*?)?|command: \w+)\s*-->\s*$", text, flags=re.MULTILINE
    )
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
    code, output = run_shell([blocks(SAMPLE)[2]], tmp_path, source_path)
    assert (code, output) == (0, "one\ntwo\nthree\n")
    assert expected == "one\nt...\nthree\n> no command"
    assert prints("one\nt...\nthree", output)
    assert not prints("one\nthree", output)


@pytest.mark.slow
@pytest.mark.wire
def test_a_server_beside_a_block_answers_on_a_free_port(tmp_path: Path, source_path: str) -> None:
    """The server that a block wants is there when it starts, and both speak of the ports of the page."""
    text = "$ curl -sS http://127.0.0.1:8420/_mock/health && echo 8420\n{...}\n8420\n"
    block = Block("console", text, 1, "executed beside: greycard serve picwish")
    code, output = run_shell([block], tmp_path, source_path)
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
