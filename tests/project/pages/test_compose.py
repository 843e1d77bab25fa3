"""The image and the compose file, tried as far as that goes without containers: each command as the files have it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from project.pages.page_blocks import ROOT, blocks, environment, free_ports

PAGE = ROOT / "mocks/FRAMEWORKS.md"
DOCKERFILE = ROOT / "mocks/Dockerfile"
INSTRUCTIONS = {"FROM", "COPY", "RUN", "USER", "ENV", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT"}


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    """The services of the compose file."""
    (shown,) = [block.text for block in blocks(PAGE.read_text(encoding="utf-8")) if block.comment == "compose"]
    found: dict[str, Any] = yaml.safe_load(shown)["services"]
    return found


@pytest.fixture(scope="module")
def image() -> dict[str, str]:
    """The instructions of the Dockerfile, the last of each name."""
    text = DOCKERFILE.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return dict(line.split(maxsplit=1) for line in lines)


@contextmanager
def running(command: list[str], folder: Path, env: dict[str, str]) -> Generator[str]:
    """The first line that a command prints, while it runs."""
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True, cwd=folder) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline()
        finally:
            process.terminate()


def test_the_image_has_what_it_needs(image: dict[str, str]) -> None:
    """No instruction is misspelt, nobody is root, and what it installs is there to be installed."""
    assert set(image) <= INSTRUCTIONS
    assert image["USER"].partition(":")[0] not in ("", "0", "root")
    assert "[fast,redis]" in image["RUN"]
    for extra in ("fast", "redis"):
        assert re.search(rf"^{extra} = ", (ROOT / "pyproject.toml").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert json.loads(image["ENTRYPOINT"])[:2] == ["greycard", "serve"]


def test_names_and_ports_fit_together(services: dict[str, Any], image: dict[str, str]) -> None:
    """What the services call each other is what they are called, and where they listen."""
    mock, app, receiver = services["greycard"], services["app"], services["receiver"]
    assert app["environment"]["SCALER_URL"] == f"http://greycard:{image['EXPOSE']}"
    assert app["environment"]["SCALER_KEY"].startswith("test")
    assert app["depends_on"]["greycard"]["condition"] == "service_healthy"
    assert receiver["entrypoint"][-1] in mock["command"][-1]
    assert all((ROOT.parent / "x" / one["build"]["dockerfile"]).name == DOCKERFILE.name for one in (mock, receiver))


@pytest.mark.slow
@pytest.mark.wire
def test_the_mock_starts_and_is_healthy(
    services: dict[str, Any], image: dict[str, str], tmp_path: Path, source_path: str
) -> None:
    """What the container runs listens, its health check says so, and the token is that of the environment."""
    port, mock = free_ports("8420")["8420"], services["greycard"]
    command = [word.replace("8420", port) for word in (*json.loads(image["ENTRYPOINT"]), *mock["command"])]
    env = environment(tmp_path, source_path) | mock["environment"] | {"PYTHONUNBUFFERED": "1"}
    check = json.loads(image["HEALTHCHECK"].partition("CMD")[2].replace("8420", port))
    command[0] = str(tmp_path / ".bin" / command[0])
    with running(command, tmp_path, env) as said:
        assert f":{port}" in said
        subprocess.run([sys.executable, *check[1:]], check=True, env=os.environ | {"no_proxy": "*"}, timeout=30)
        url = f"http://127.0.0.1:{port}"
        right = {"Authorization": f"Bearer {mock['environment']['GREYCARD_TOKEN']}"}
        assert requests.get(f"{url}/_mock/worlds", timeout=10).status_code == 401
        assert requests.get(f"{url}/_mock/worlds", headers=right, timeout=10).status_code == 200
        assert requests.get(f"{url}/api/tasks/visual/scale/x", timeout=10).status_code == 401


@pytest.mark.slow
@pytest.mark.wire
def test_the_receiver_starts(services: dict[str, Any], tmp_path: Path, source_path: str) -> None:
    """`greycard listen` with these options listens."""
    port = free_ports("8421")["8421"]
    command = [word.replace("8421", port) for word in services["receiver"]["entrypoint"]]
    env = environment(tmp_path, source_path) | {"PYTHONUNBUFFERED": "1"}
    command[0] = str(tmp_path / ".bin" / command[0])
    with running(command, tmp_path, env) as said:
        assert f":{port}" in said
