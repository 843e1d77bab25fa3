"""One subject per module."""

from __future__ import annotations

from pathlib import Path

LIMIT = 400


def too_long(folders: tuple[Path, ...], limit: int = LIMIT) -> list[str]:
    """The modules below the folders with more lines than the limit."""
    return [
        f"{path.name}: {lines} lines; split it by subject"
        for folder in folders
        for path in sorted(folder.rglob("*.py"))
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > limit
    ]


def test_shipped_modules_are_short(shipped_packages: tuple[Path, ...]) -> None:
    """No shipped module has more than 400 lines."""
    assert too_long(shipped_packages) == []


def test_a_long_module_is_found(tmp_path: Path) -> None:
    """The limit itself is allowed, one line more is not."""
    (tmp_path / "fits.py").write_text("x = 1\n" * LIMIT, encoding="utf-8")
    (tmp_path / "long.py").write_text("x = 1\n" * (LIMIT + 1), encoding="utf-8")
    assert too_long((tmp_path,)) == ["long.py: 401 lines; split it by subject"]
