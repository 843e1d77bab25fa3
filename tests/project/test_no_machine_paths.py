"""Nothing in the repository depends on the machine that it was written on."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

# Put together here, so that this file passes its own test.
SLASH = "/"
FOLDERS = ("work", "farm", "root", "opt", "tmp/[a-z]+")
PATTERNS = (
    re.compile(rf"(?:^|[^A-Za-z0-9_.\-{SLASH}]){SLASH}(?:{'|'.join(FOLDERS)}){SLASH}", re.MULTILINE),
    re.compile(r"(?:index-url|find-links|registry) *[=:] *[\"']?(?:https?|file):", re.IGNORECASE),
    re.compile(r"https?://[^\s\"']*(?:/simple/?(?=[\"'\s]|$)|registry\.)", re.IGNORECASE),
    re.compile("|".join(rf"{name}\.(?:org|com|io)" for name in ("files.pythonhosted", "registry.npmjs", "deb.debian"))),
)


def machine_paths(text: str) -> list[str]:
    """The places in the text that name a folder of one machine or a package registry."""
    return [match.group().strip() for pattern in PATTERNS for match in pattern.finditer(text)]


def test_no_file_names_a_machine_path_or_a_registry(repo_root: Path, source_files: tuple[Path, ...]) -> None:
    """No file of the repository names a folder of one machine or a registry of packages."""
    found = {
        str(path.relative_to(repo_root)): places
        for path in source_files
        if (places := machine_paths(path.read_bytes().decode("utf-8", errors="replace")))
    }
    assert found == {}


@pytest.mark.parametrize(
    "text",
    [
        f"cd {SLASH}work{SLASH}main",
        f'PYTHON = "{SLASH}tmp{SLASH}venv{SLASH}bin"',
        f"{SLASH}root{SLASH}.cache",
        "extra-index-url" + " = https://example.com/",
        "https" + f"://example.com{SLASH}simple{SLASH} ",
        "https" + "://registry" + ".example.com/x",
    ],
)
def test_a_planted_path_is_found(text: str) -> None:
    """Each kind of forbidden name is found."""
    assert machine_paths(text)


@pytest.mark.parametrize("text", ["../shared/documents", "https://example.com/work/1", "network/", "a simple test"])
def test_ordinary_text_is_not_found(text: str) -> None:
    """Relative paths and addresses of vendors are no machine paths."""
    assert machine_paths(text) == []
