"""`greycard score --command` and `greycard impact`, from a score to what it says on the day of a change."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from greycard_suite.cli import cli

pytestmark = pytest.mark.slow

SCRIPT = """
import json, sys, urllib.error, urllib.request
url = "http://127.0.0.1:{port}/api/upscaler/v1/status"
headers = {{"x-api-key": "test-a", "Content-Type": "application/json"}}
request = urllib.request.Request(url, b'{{"request_id": "1"}}', headers)
try:
    urllib.request.urlopen(request)
except urllib.error.HTTPError as error:
    sys.exit(error.code != 404)
sys.exit(1)
"""


@pytest.mark.wire
def test_a_command_is_scored(tmp_path: Path, free_port: int) -> None:
    """Its exit status is the test; a changed status is noticed, one that it does not look at is not relied on."""
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(port=free_port), encoding="utf-8")
    target, page = tmp_path / "score.json", tmp_path / "score.html"
    done = CliRunner().invoke(
        cli,
        [
            "score", "--command", f"{sys.executable} {script}", "--port", str(free_port),
            "--json", str(target), "--html", str(page),
        ],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "Your tests notice" in done.output
    assert "<h1>Your tests notice" in page.read_text(encoding="utf-8")
    drifts = json.loads(target.read_text(encoding="utf-8"))["drifts"]
    assert drifts["enhancor/status.path-moved"]["sort"] == "not relied on", "another 404 is a 404"
    assert drifts["enhancor/queue.success-dropped"]["sort"] == "unseen"
    assert drifts["enhancor/auth.enforced-off"]["sort"] in ("unseen", "not relied on")


@pytest.fixture
def free_port() -> int:
    """A port on which nobody listens."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_impact_runs_the_tests_concerned(scored: Callable[..., Any], source_path: str, tmp_path: Path) -> None:
    """With the nearest drift on, and it ends with 1 because the application relies on what changed."""
    (tmp_path / "test_shop.py").write_text(
        "import requests\n\n\ndef test_shop(picwish):\n"
        "    answer = requests.get(picwish.url + '/api/tasks/visual/scale/1', headers=picwish.headers)\n"
        "    assert answer.json()['status'] == 404\n",
        encoding="utf-8",
    )
    found = scored(tmp_path, "picwish/errors.not_found*")
    (tmp_path / "reliance.json").write_bytes(found.raw)
    claim = "picwish#errors/not_found/code"
    assert found.content["claims"][claim]["guarded_by"] == ["test_shop.py::test_shop"]
    verdicts = {"claims": [{"id": claim, "verdict": "violated", "statement": "a sentence"}]}
    (tmp_path / "verdicts.json").write_text(json.dumps(verdicts), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "greycard_suite.cli", "impact", "reliance.json", "verdicts.json"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
        env={
            "PYTHONPATH": source_path, "PATH": "/usr/bin:/bin",
            "PYTEST_ADDOPTS": "-p greycard_mocks.plugin -p greycard_suite.score.options",
        },
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "1 statement changed; 1 matters to you:" in done.stdout
    assert "your tests notice it: 1 failed" in done.stdout
