"""The page on the architecture names what is there: every room of the packages, and no file that does not exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "mocks/ARCHITECTURE.md"
PACKAGES = {
    "mocks": ROOT / "mocks/greycard_mocks",
    "schemas": ROOT / "schemas/greycard_schemas",
    "suite": ROOT / "tests/greycard_suite",
}
MOST_LINES = 100


def rooms_of(package: Path) -> list[str]:
    """The folders of a package that hold modules or data of its own, as the page writes them."""
    return [
        f"{folder.name}/" for folder in sorted(package.iterdir()) if folder.is_dir() and not folder.name.startswith("_")
    ]


def named(text: str) -> list[str]:
    """What a text names as a file or folder: between backticks, with a slash or the ending of a module."""
    return [one for one in re.findall(r"`([\w./-]+)`", text) if "/" in one or one.endswith(".py")]


def section(text: str, heading: str) -> str:
    """What stands under a heading; nothing where the page does not have it."""
    found = re.search(rf"^## {re.escape(heading)}$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def missing(text: str, places: list[Path]) -> list[str]:
    """The files and folders that a text names and that lie below none of these places."""
    return [name for name in named(text) if not any((place / name).exists() for place in places)]


@pytest.mark.parametrize("package", list(PACKAGES))
def test_every_room_is_on_the_page(package: str) -> None:
    """The page lists each folder of the package under the package's heading."""
    listed = named(section(PAGE.read_text(encoding="utf-8"), f"Rooms of the {package}"))
    assert [room for room in rooms_of(PACKAGES[package]) if room not in listed] == []
    assert [name for name in listed if not (PACKAGES[package] / name).exists()] == []


def test_every_file_on_the_page_exists() -> None:
    """A path on the page is a path from the root, or within one of the packages."""
    assert missing(PAGE.read_text(encoding="utf-8"), [ROOT, *PACKAGES.values()]) == []


def test_the_page_fits_on_one() -> None:
    """One page, not a book."""
    assert len(PAGE.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


def test_a_planted_mistake_is_found(tmp_path: Path) -> None:
    """A room that is not named, and a file that is not there, are found."""
    for room in ("core", "web", "_private", "__pycache__"):
        (tmp_path / room).mkdir()
    (tmp_path / "core/plan.py").touch()
    text = "## Rooms of the mocks\n`core/` holds `core/plan.py`, `core/gone.py` and `Mock`.\n## Next\n`web/`\n"
    assert rooms_of(tmp_path) == ["core/", "web/"]
    assert named(section(text, "Rooms of the mocks")) == ["core/", "core/plan.py", "core/gone.py"]
    assert missing(text, [tmp_path]) == ["core/gone.py"]
