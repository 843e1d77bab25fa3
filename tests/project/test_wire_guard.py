"""The guard of the root conftest.py, tried on a pytest run of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

LISTEN = """
import asyncio, socket
import pytest

@pytest.fixture
def port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]
"""


def outcome(repo_root: Path, source_path: str, folder: Path, body: str) -> tuple[int, str]:
    """The exit code and the output of a run with the guard over one test module."""
    module = folder / "test_planted.py"
    module.write_text(LISTEN + body, encoding="utf-8")
    plugins = ["-p", "conftest", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            *plugins,
            f"--rootdir={folder}",
            "-c",
            os.devnull,
            str(module),
        ],
        cwd=folder,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV"))},
            "PYTHONPATH": os.pathsep.join((str(repo_root), source_path)),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout + done.stderr


UNMARKED = """
def test_unmarked(port):
    socket.create_connection(("127.0.0.1", port)).close()
"""

SWALLOWED = """
def test_swallowed(port):
    try:
        socket.socket().connect_ex(("127.0.0.1", port))
    except Exception:
        pass
"""

BEYOND = """
@pytest.mark.wire
def test_beyond():
    socket.create_connection(("192.0.2.1", 80), timeout=1)
"""

ALLOWED = """
@pytest.mark.wire
def test_marked(port):
    socket.create_connection(("localhost", port)).close()

def test_pair():
    one, other = socket.socketpair()
    one.close()
    other.close()

def test_loop():
    asyncio.run(asyncio.sleep(0))
"""


@pytest.mark.slow
@pytest.mark.parametrize("body", [UNMARKED, SWALLOWED, BEYOND], ids=["unmarked", "swallowed", "beyond"])
def test_forbidden_connections_fail_the_test(repo_root: Path, source_path: str, tmp_path: Path, body: str) -> None:
    """Loopback needs the mark, nothing else may be reached at all, and who swallows the refusal fails too."""
    code, output = outcome(repo_root, source_path, tmp_path, body)
    assert code == 1, output
    assert "refused: " in output


@pytest.mark.slow
def test_allowed_connections_work(repo_root: Path, source_path: str, tmp_path: Path) -> None:
    """With the mark loopback works; socket pairs and event loops work without it."""
    code, output = outcome(repo_root, source_path, tmp_path, ALLOWED)
    assert code == 0, output
    assert "3 passed" in output
