"""The vendors' texts are theirs: greycard cites lines and states facts in its own words."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

RUN = 60
"""So many characters in a row, of prose, are a copy."""

MIN_WORDS = 7
PROSE = 0.93


def normalised(text: str) -> str:
    """One line, in lower case, without the marks that a comment, a string or Markdown puts around words."""
    text = re.sub(r"\\[nt]|[#*`\"'|>\\]", " ", text)
    return re.sub(r"\s+", " ", text).lower()


def is_prose(window: str) -> bool:
    """Several words and hardly anything else: not JSON, not an address, not a row of names and numbers."""
    letters = sum(char.isalpha() or char == " " for char in window)
    words = re.findall(r"(?<![\w.])[a-z]{2,}(?![\w.])", window)
    return letters >= PROSE * len(window) and len(words) >= MIN_WORDS


def windows(text: str) -> Iterator[str]:
    """Every run of `RUN` characters."""
    return (text[at : at + RUN] for at in range(len(text) - RUN + 1))


@cache
def prose_of(document: str) -> frozenset[str]:
    """The runs of a document that are prose."""
    return frozenset(window for window in windows(normalised(document)) if is_prose(window))


def copied(text: str, document: str) -> list[str]:
    """The runs of the document's prose that occur in the text; adjoining runs are told once."""
    prose = prose_of(document)
    found: list[str] = []
    adjoining = False
    for window in windows(normalised(text)):
        hit = window in prose
        if hit and not adjoining:
            found.append(window)
        adjoining = hit
    return found


@pytest.fixture(scope="module")
def documents(repo_root: Path) -> str:
    """The text of all vendor documents at hand."""
    folder = Path(os.environ.get("GREYCARD_DOCUMENTS") or repo_root.parent / "shared" / "documents")
    texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.txt"))]
    if not texts:
        pytest.skip("no vendor documents at hand: set GREYCARD_DOCUMENTS to the folder that holds them")
    return "\n".join(texts)


def test_no_sentence_of_a_document_is_copied(repo_root: Path, source_files: tuple[Path, ...], documents: str) -> None:
    """No file holds sixty characters of a document's prose in a row."""
    found = {
        str(path.relative_to(repo_root)): runs
        for path in source_files
        if (runs := copied(path.read_bytes().decode("utf-8", errors="replace"), documents))
    }
    assert found == {}


DOCUMENT = """# Task
The quick brown fox that jumps over the lazy dog must not be sent more than twice a day.
{"task_id": "6a4eab77", "status": 1, "image": "https://example.com/a.png", "progress": 100, "x": 1}
"""


def test_a_copied_sentence_is_found() -> None:
    """A copy is found although it is wrapped, commented and written in another case."""
    text = "x = 1\n# The QUICK brown fox that jumps over\n#   the lazy dog must not be sent more than\n# once"
    assert len(copied(text, DOCUMENT)) == 1


def test_samples_and_short_phrases_are_no_copies() -> None:
    """A JSON sample, and a phrase of a few words, may occur in both."""
    assert copied(DOCUMENT.splitlines()[2], DOCUMENT) == []
    assert copied("the quick brown fox that jumps", DOCUMENT) == []
