"""The wheel holds the five packages, all of their data, and nothing else.

Where GREYCARD_WHEEL names a wheel, that one is judged; otherwise one is built from the sources.
"""

from __future__ import annotations

import configparser
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(repo_root: Path, tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel to judge."""
    given = os.environ.get("GREYCARD_WHEEL")
    if given:
        return zipfile.ZipFile(given)
    folder = tmp_path_factory.mktemp("dist")
    done = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(repo_root)],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("*.whl")
    return zipfile.ZipFile(built)


def _folders(wheel: zipfile.ZipFile) -> set[str]:
    return {name.partition("/")[0] for name in wheel.namelist()}


def _metadata(wheel: zipfile.ZipFile, name: str) -> str:
    (path,) = (entry for entry in wheel.namelist() if entry.endswith(f".dist-info/{name}"))
    return wheel.read(path).decode()


def test_wheel_holds_the_packages(wheel: zipfile.ZipFile, shipped_packages: tuple[Path, ...]) -> None:
    """Beside its metadata the wheel has five folders, each an import package with greycard's name in it."""
    assert {name for name in _folders(wheel) if not name.endswith(".dist-info")} == {
        folder.name for folder in shipped_packages
    }


def test_wheel_holds_every_source_and_data_file(
    wheel: zipfile.ZipFile, shipped_packages: tuple[Path, ...], source_files: tuple[Path, ...]
) -> None:
    """Modules, JSON data, templates and type markers are in the wheel as in the sources, and nothing else."""
    expected = {
        f"{package.name}/{path.relative_to(package).as_posix()}"
        for package in shipped_packages
        for path in source_files
        if path.is_relative_to(package)
    }
    actual = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert actual == expected
    assert any(name.endswith(".json") for name in actual)
    assert {f"{package.name}/py.typed" for package in shipped_packages} <= actual


def test_wheel_holds_none_of_our_own_tests(wheel: zipfile.ZipFile) -> None:
    """Our own tests, their settings and the CI script stay in the sources."""
    names = wheel.namelist()
    assert [name for name in names if name.endswith("conftest.py")] == []
    assert [name for name in names if name.startswith(("tests/", ".ci/", "project/", "bench/"))] == []


def test_wheel_registers_the_command_and_the_plugin(wheel: zipfile.ZipFile) -> None:
    """The plugin's entry point is named like its module, so that pytest never registers it twice."""
    entries = configparser.ConfigParser(delimiters=("=",))
    entries.optionxform = str  # type: ignore[assignment,method-assign]  # keep the names as they are
    entries.read_string(_metadata(wheel, "entry_points.txt"))
    assert dict(entries["console_scripts"]) == {"greycard": "greycard_suite.cli:main"}
    names = ("greycard_mocks.plugin", "greycard_suite.runner.options")
    assert dict(entries["pytest11"]) == {name: name for name in names}


def test_wheel_carries_the_licence(wheel: zipfile.ZipFile) -> None:
    """The licence travels with the wheel."""
    (path,) = (name for name in wheel.namelist() if name.endswith("licenses/LICENSE"))
    assert wheel.read(path).startswith(b"MIT License")
