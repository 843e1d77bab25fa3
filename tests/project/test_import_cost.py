"""What an import costs, in packages loaded."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest

HEAVY = frozenset(
    {"PIL", "asyncio", "flask", "httptools", "hypothesis", "jsonschema", "jsonschema_rs", "msgspec", "rich", "werkzeug"}
)


def loaded_by(module: str, source_path: str) -> frozenset[str]:
    """The top-level packages that a fresh interpreter has loaded after the import of one module."""
    code = f"import sys, {module}; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("COV")},
            "PYTHONPATH": source_path,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return frozenset(done.stdout.split())


def test_client_loads_requests_alone(source_path: str) -> None:
    """Importing the client loads none of what the mocks and the suite need."""
    assert "requests" not in loaded_by("greycard_client", source_path), "nothing is asked for yet"
    loaded = loaded_by("greycard_client.wondershare, greycard_client.callbacks", source_path)
    assert loaded & (HEAVY | {"click", "greycard_mocks", "greycard_schemas", "greycard_suite", "pytest"}) == frozenset()
    assert "requests" in loaded


@pytest.mark.skipif(not find_spec("greycard_mocks.plugin"), reason="runs as soon as greycard_mocks.plugin exists")
def test_plugin_loads_nothing_until_a_fixture_is_used(source_path: str) -> None:
    """Every pytest run of a user imports the plugin, so it loads none of the heavy packages."""
    loaded = loaded_by("greycard_mocks.plugin", source_path)
    assert loaded & HEAVY == frozenset()
    assert "greycard_mocks" in loaded


def test_options_of_the_suite_load_nothing_else(source_path: str) -> None:
    """Every pytest run of a user knows the options to run the suite by hand, and pays nothing for them."""
    loaded = loaded_by("greycard_suite.runner.options", source_path)
    assert loaded & (HEAVY | {"click", "greycard_mocks", "greycard_schemas", "requests"}) == frozenset()


@pytest.mark.skipif(not find_spec("greycard_suite.cli"), reason="runs as soon as greycard_suite.cli exists")
def test_command_starts_light(source_path: str) -> None:
    """`greycard --help` loads neither the server nor the test machinery."""
    loaded = loaded_by("greycard_suite.cli", source_path)
    assert loaded & {"PIL", "asyncio", "flask", "httptools", "hypothesis", "pytest"} == frozenset()


def test_schemas_are_only_compared_by_whom_asks(source_path: str) -> None:
    """`greycard compare` and what it compares with load no validator before there is something to compare."""
    loaded = loaded_by("greycard_schemas.inclusion.editions, greycard_suite.commands.compare", source_path)
    assert loaded & HEAVY == frozenset()


@pytest.mark.slow
def test_the_suite_runs_without_hypothesis(source_path: str) -> None:
    """Hypothesis is no dependency: its plugin would cost every pytest run of a user more than all that is ours."""
    code = "import sys; sys.modules['hypothesis'] = None; from greycard_suite.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "verify", "--vendor", "enhancor"],
        env={**os.environ, "PYTHONPATH": source_path}, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = " ".join(project["dependencies"])
    assert "hypothesis" not in needed
    assert "hypothesis" in " ".join(project["optional-dependencies"]["dev"])


def test_a_heavy_import_is_seen(source_path: str) -> None:
    """The measurement sees what an import loads."""
    assert "flask" in loaded_by("flask", source_path)
