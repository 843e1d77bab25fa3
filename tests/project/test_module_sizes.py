"""One subject per module, and rooms that one look takes in: for shipped code, tests and benchmarks alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

LINES = 400
MODULES = 20
NOT_COUNTED = {"__init__.py", "conftest.py"}


def too_long(modules: Iterable[Path]) -> list[str]:
    """The modules with more lines than the limit."""
    return [
        f"{path.name}: {lines} lines; split it by subject"
        for path in modules
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > LINES
    ]


def too_full(modules: Iterable[Path]) -> list[str]:
    """The folders with more modules than the limit; `__init__.py` and `conftest.py` are not counted."""
    counted = Counter(path.parent for path in modules if path.name not in NOT_COUNTED)
    return [f"{folder.name}: {count} modules; give it rooms" for folder, count in counted.items() if count > MODULES]


@pytest.fixture(scope="module")
def modules(source_files: tuple[Path, ...]) -> list[Path]:
    """All Python of the repository."""
    return [path for path in source_files if path.suffix == ".py"]


def test_all_python_of_the_repository_is_measured(modules: list[Path], repo_root: Path) -> None:
    """Shipped packages, our own tests and the benchmarks are all among the modules."""
    tops = {path.relative_to(repo_root).parts[:2] for path in modules}
    shipped = {
        ("schemas", "greycard_schemas"),
        ("mocks", "greycard_mocks"),
        ("client", "greycard_client"),
        ("tests", "greycard_suite"),
    }
    own = {("tests", name) for name in ("schemas", "mocks", "client", "project", "suite", "bench")}
    assert shipped | own <= tops


def test_modules_are_short(modules: list[Path]) -> None:
    """No module has more than 400 lines."""
    assert too_long(modules) == []


def test_no_folder_is_too_full(modules: list[Path]) -> None:
    """No folder holds more than 20 modules."""
    assert too_full(modules) == []


def test_a_long_module_is_found(tmp_path: Path) -> None:
    """The limit itself is allowed, one line more is not."""
    (tmp_path / "fits.py").write_text("x = 1\n" * LINES, encoding="utf-8")
    (tmp_path / "long.py").write_text("x = 1\n" * (LINES + 1), encoding="utf-8")
    assert too_long(sorted(tmp_path.glob("*.py"))) == ["long.py: 401 lines; split it by subject"]


def test_a_full_folder_is_found() -> None:
    """Twenty modules are allowed, one more is not; a room inside has its own count."""
    fits = [Path("room", name) for name in (*NOT_COUNTED, *(f"m{number}.py" for number in range(MODULES)))]
    inside = [Path("room", "inner", "m.py")]
    assert too_full([*fits, *inside]) == []
    assert too_full([*fits, *inside, Path("room", "more.py")]) == ["room: 21 modules; give it rooms"]
