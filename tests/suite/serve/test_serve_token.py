"""`greycard serve --token`: the control plane asks for a token of the user's own, which is printed nowhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
import requests

TOKEN = "a-token-of-my-own-1234"


@pytest.fixture
def served(source_path: str) -> Iterator[tuple[str, str]]:
    """The address of a mock with a token from the environment, and the line about it."""
    command = [sys.executable, "-c", "from greycard_suite.cli import main; main()", "serve", "picwish", "--port", "0"]
    env = {**os.environ, "PYTHONPATH": source_path, "PYTHONUNBUFFERED": "1", "GREYCARD_TOKEN": TOKEN}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as process:
        assert process.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
        assert found is not None
        try:
            yield found[0], process.stdout.readline()
        finally:
            process.terminate()


@pytest.mark.slow
@pytest.mark.wire
def test_the_control_plane_asks_for_it_and_vendors_do_not(served: tuple[str, str]) -> None:
    """Also on loopback; a wrong one is refused, and it stands in nothing that is printed."""
    url, line = served
    assert requests.get(f"{url}/_mock/worlds", timeout=10).status_code == 401
    wrong = {"Authorization": "Bearer another"}
    assert requests.get(f"{url}/_mock/worlds", headers=wrong, timeout=10).status_code == 401
    right = {"Authorization": f"Bearer {TOKEN}"}
    assert requests.get(f"{url}/_mock/worlds", headers=right, timeout=10).status_code == 200
    assert requests.get(f"{url}/_mock/health", timeout=10).status_code == 200
    poll = requests.get(f"{url}/api/tasks/visual/scale/x", headers={"X-API-KEY": "test-1"}, timeout=10)
    assert poll.status_code == 404
    assert line.startswith("control plane token: ")
    assert TOKEN not in line
