"""The client can be had alone: a wheel of its own that needs `requests` and nothing of the mocks."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from greycard_client import __version__

pytestmark = pytest.mark.slow

WITHOUT = ("flask", "PIL", "pytest", "hypothesis", "httptools", "greycard_mocks", "greycard_schemas", "greycard_suite")
SCRIPT = """
import sys
sys.path.insert(0, {wheel!r})
import greycard_client
from greycard_client import *
client = greycard_client.PicWish("key")
assert greycard_client.__file__.startswith({wheel!r}), greycard_client.__file__
print(*sorted(name for name in {without!r} if name in sys.modules))
"""


@pytest.fixture(scope="module")
def wheel(repo_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the folder of the client."""
    folder = tmp_path_factory.mktemp("dist")
    client = str(repo_root / "client")
    done = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), client],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("greycard_client-*.whl")
    return built


def test_it_holds_the_client_and_nothing_else(wheel: Path, repo_root: Path) -> None:
    """Every module of the client, its marker for types, and the metadata of the version that greycard has."""
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    package = repo_root / "client" / "greycard_client"
    assert names == {f"greycard_client/{path.name}" for path in package.iterdir() if path.suffix in (".py", ".typed")}
    assert f"-{__version__}-" in wheel.name


def test_it_asks_for_requests_only(wheel: Path) -> None:
    """No Flask, Pillow, pytest or Hypothesis comes with it."""
    archive = zipfile.ZipFile(wheel)
    (path,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
    lines = archive.read(path).decode().splitlines()
    assert sorted(line for line in lines if line.startswith("Requires-Dist: ")) == [
        "Requires-Dist: requests>=2.33",
        "Requires-Dist: urllib3>=2.6.3",
    ]


def test_it_works_without_the_rest(wheel: Path) -> None:
    """All of its names can be imported, and nothing of the mock is."""
    # not measured either: the wheel is gone when the report of the coverage is written
    env = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "COVERAGE_PROCESS_START")}
    script = SCRIPT.format(wheel=str(wheel), without=WITHOUT)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, env=env)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr
