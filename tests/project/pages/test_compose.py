"""The compose file that the pages show, as far as it can be tried without containers: each command of the mock's."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from project.pages.page_blocks import ROOT, blocks, environment, free_ports

PAGE = ROOT / "mocks/FRAMEWORKS.md"


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    """The services of the file."""
    (shown,) = [block.text for block in blocks(PAGE.read_text(encoding="utf-8")) if block.comment == "compose"]
    found: dict[str, Any] = yaml.safe_load(shown)["services"]
    return found


def test_the_application_waits_for_the_mock_and_knows_its_address(services: dict[str, Any]) -> None:
    """Names and ports of the two services fit together."""
    mock, app = services["greycard"], services["app"]
    assert app["environment"]["SCALER_URL"] == "http://greycard:8420"
    assert app["environment"]["SCALER_KEY"].startswith("test")
    assert app["depends_on"]["greycard"]["condition"] == "service_healthy"
    assert mock["healthcheck"]["test"][0] == "CMD"
    assert "--port 8420" in mock["command"]


@pytest.mark.slow
@pytest.mark.wire
def test_the_mock_of_the_file_starts_and_is_healthy(services: dict[str, Any], tmp_path: Path, source_path: str) -> None:
    """What the container runs after the installation listens, and its health check says so."""
    mock = services["greycard"]
    port = free_ports("8420")["8420"]
    shell = shlex.split(mock["command"])
    assert shell[:2] == ["sh", "-c"]
    serve = shell[2].rpartition("exec ")[2].replace("8420", port)
    env = environment(tmp_path, source_path) | mock["environment"]
    check = [word.replace("8420", port) for word in mock["healthcheck"]["test"][1:]]
    with subprocess.Popen(shlex.split(serve), env=env, stdout=subprocess.PIPE, text=True, cwd=tmp_path) as process:
        assert process.stdout is not None
        try:
            said = process.stdout.readline()
            assert re.search(rf"http://\S+:{port}", said), said
            subprocess.run([sys.executable, *check[1:]], check=True, env=os.environ | {"no_proxy": "*"}, timeout=30)
            token = process.stdout.readline()
            assert token.startswith("control plane token: ")
            refused = requests.get(f"http://127.0.0.1:{port}/api/tasks/visual/scale/x", timeout=10)
            assert refused.status_code == 401
        finally:
            process.terminate()
