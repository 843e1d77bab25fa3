"""What the tests of the project as a whole share: where it lies, and which files are its own."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

SHIPPED = (
    "schemas/greycard_schemas",
    "mocks/greycard_mocks",
    "client/greycard_client",
    "tests/greycard_suite",
    "tests/greycard",
)


@pytest.fixture(scope="session")
def repo_root(pytestconfig: pytest.Config) -> Path:
    """The folder with pyproject.toml."""
    return pytestconfig.rootpath


@pytest.fixture(scope="session")
def shipped_packages(repo_root: Path) -> tuple[Path, ...]:
    """The folders of the packages of the wheel."""
    return tuple(repo_root / folder for folder in SHIPPED)


@pytest.fixture(scope="session")
def source_files(repo_root: Path) -> tuple[Path, ...]:
    """Every file that is, or is about to be, in the repository.

    Without git it is every file outside dotted folders.
    """
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=repo_root,
        capture_output=True,
        check=False,
    )
    if listed.returncode == 0 and listed.stdout:
        files = [repo_root / name for name in listed.stdout.decode().split("\0") if name]
    else:
        ignored = {"__pycache__", "build", "dist", "venv"}
        files = [
            path
            for path in repo_root.rglob("*")
            if not any(
                part in ignored or (part.startswith(".") and part != ".ci")
                for part in path.relative_to(repo_root).parts[:-1]
            )
        ]
    return tuple(sorted(path for path in files if path.is_file()))
