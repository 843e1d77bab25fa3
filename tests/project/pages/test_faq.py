"""The page of errors quotes what greycard really says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[3] / "mocks/FAQ.md"
OF_OTHERS = {"fixture 'picwish' not found"}
QUOTED = [
    heading
    for line in PAGE.read_text(encoding="utf-8").splitlines()
    if line.startswith("### ")
    for heading in re.findall(r"`([^`]+)`", line)
    if heading not in OF_OTHERS
]


@pytest.fixture(scope="module")
def sources(shipped_packages: tuple[Path, ...]) -> list[str]:
    """The text of every shipped module, strings that go over several lines put together."""
    texts = [path.read_text(encoding="utf-8") for package in shipped_packages for path in package.rglob("*.py")]
    return [re.sub(r'"\s*\n\s*f?"', "", text) for text in texts]


def test_the_page_speaks_of_at_least_twenty() -> None:
    """Each error has a heading of its own."""
    assert sum(line.startswith("### ") for line in PAGE.read_text(encoding="utf-8").splitlines()) >= 20


@pytest.mark.parametrize("quoted", QUOTED)
def test_a_quoted_error_is_said(quoted: str, sources: list[str]) -> None:
    """All pieces of the heading stand in one module, in this order."""
    pieces = [re.escape(piece.strip()) for piece in quoted.split("...") if piece.strip()]
    pattern = re.compile(r"[^\n]*".join(pieces))
    assert any(pattern.search(text) for text in sources)
