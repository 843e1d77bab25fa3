"""Docstrings begin with a whole sentence, and "per" is written where it is meant."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PAIRS = (("(", ")"), ("[", "]"), ("{", "}"))
GOES_ON = re.compile(r"(?:And|Because|But|If so|Only those|Or|Otherwise|So that|Than|Whose)\b")
"""With these words a sentence goes on that the paragraph before has ended."""

LOWER_CASE = ("assumed:", "greycard ", "pytest ")
"""Words with which a sentence may begin as they are."""

SINGULAR = (
    "account|answer|case|claim|delivery|document|drift|feature|field|file|folder|item|keyword|kind|line|module"
    "|operation|option|page|picture|process|reading|request|row|run|state|statement|task|test|vendor|window|world"
)
NO_NOUN = "after|as|at|before|but|by|for|from|in|into|like|not|of|on|or|than|that|through|to|under|upon|with|within"
EACH_WRITTEN_A = re.compile(
    rf"\bone(?: (?:fresh|further|new|own|typed))? (?!(?:{NO_NOUN})\b)(?:[a-z]*[^s\W]|[a-z]+ss) an? (?:{SINGULAR})\b",
    re.IGNORECASE,
)
"""As in "one rule an operation", which is read twice before it is understood."""


def docstrings(source: str) -> Iterator[tuple[int, str]]:
    """Line and text of every docstring of a module and of what stands in it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node, clean=True)
            if text:
                yield node.body[0].lineno, text


def why_cut(text: str) -> str:
    """What tells that the first sentence of a docstring goes on in its second paragraph; empty when nothing does."""
    first, *rest = inspect.cleandoc(text).split("\n\n")
    for opening, closing in PAIRS:
        if first.count(opening) != first.count(closing):
            return f"the first paragraph has {opening!r} and {closing!r} in unlike numbers"
    if first.replace("``", "`").count("`") % 2:
        return "the first paragraph has an odd number of backticks"
    if not rest:
        return ""
    if not first.endswith((".", "?", "!", '."', ".)")):
        return "a paragraph follows a sentence that has not ended"
    if re.match(r"[a-z]", rest[0]) and not rest[0].startswith(LOWER_CASE):
        return "the second paragraph begins in lower case"
    if GOES_ON.match(rest[0]):
        return f"the second paragraph begins with {rest[0].split()[0]!r}"
    if len(rest) > 1 and len(rest[0]) <= 60 and not rest[0].startswith((" ", "* ", "``", "Raises")):
        return "a short paragraph stands alone between two others"
    return ""


def test_no_first_sentence_is_cut_in_two(repo_root: Path, source_files: tuple[Path, ...]) -> None:
    """The first sentence of a docstring ends where its paragraph ends."""
    found = [
        f"{path.relative_to(repo_root)}:{line}: {why}: {text.splitlines()[0]}"
        for path in source_files
        if path.suffix == ".py"
        for line, text in docstrings(path.read_text(encoding="utf-8"))
        if (why := why_cut(text))
    ]
    assert found == []


def test_per_is_written_where_it_is_meant(repo_root: Path, source_files: tuple[Path, ...]) -> None:
    """No page and no module says "one rule an operation" for "one rule per operation"."""
    found = [
        f"{path.relative_to(repo_root)}:{number}: {hit[0]}"
        for path in source_files
        if path.suffix in {".py", ".md"} and path != Path(__file__)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if (hit := EACH_WRITTEN_A.search(line))
    ]
    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        "The state that they lead to (None.\n\nNothing is wrong).",
        "The variants as {vendor.\n\n{variant: option}}; an error on another form.",
        "The value of `a.\n\nOr of b`.",
        "A world as JSON,\n\nand back.",
        "A world as JSON.\n\nand back.",
        "The world of a stranger.\n\nSo that its user finds the request.",
        "Let time pass at once.\n\nOtherwise by waiting.",
        "Faults that a user switches on.\n\nEach heals itself.\n\nA fault is chosen by a filter, and by more.",
    ],
)
def test_a_planted_cut_is_found(text: str) -> None:
    """Each way in which sentences were cut is found, in a docstring at any depth."""
    source = f'class Cut:\n    def method(self):\n        """{text}"""\n'
    assert [why_cut(found) != "" for _, found in docstrings(source)] == [True]


@pytest.mark.parametrize(
    "text",
    [
        "One sentence.",
        "The state (or None); `task` as in `Task`.\n\nRaises KeyError without one.",
        "Why?\n\nThis is why.",
        "The number of attempts.\n\nassumed: no document says it.",
        "The plugin.\n\npytest calls it.",
        "The mock as an object.\n\n    with Mock() as mock:\n        ...\n\nNothing heavy is imported.",
        "The profiles.\n\n* `dev`: few.\n* `ci`: the same.",
        "Load it.\n\nRaises LoadError.\n\nThe rest of what there is to say about it.",
    ],
)
def test_a_whole_sentence_is_not_found(text: str) -> None:
    """Samples of code, lists, and what is raised may stand in paragraphs of their own."""
    assert why_cut(text) == ""


@pytest.mark.parametrize(
    "text", ["One rule an operation.", "one fresh world a test", "One class a vendor", "one lock a world"]
)
def test_a_planted_a_for_per_is_found(text: str) -> None:
    """The article is found with and without an adjective."""
    assert EACH_WRITTEN_A.search(text)


@pytest.mark.parametrize(
    "text", ["one of a vendor", "two requests a second", "one sees a test card", "one look at a statement"]
)
def test_an_article_is_not_found(text: str) -> None:
    """An article after a verb or a preposition, and units of time, are as they should be."""
    assert not EACH_WRITTEN_A.search(text)
