"""What a test costs that uses a fixture and makes one request: greycard beside other ways to fake a server.

Run with the four source folders on the path: ``python tests/bench/bench_fixture.py [--tests 200] [--rounds 5]``.
Each figure is CPU time of the whole process per test, without what the session costs once; a test that does nothing
shows how much of it is pytest's own. Aims: at most 1.5 ms over a socket, 0.6 ms in process, pytest's own included.
`pip install responses pytest-httpserver` for the others; what is not installed is named as missing.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import click

GREYCARD = """
import pytest
@pytest.mark.parametrize("number", range({tests}))
def test_one(picwish, number):
    with picwish.session() as session:
        answer = session.get(picwish.url + "/api/tasks/visual/scale/none")
    assert answer.status_code == 404
"""
PLAIN = """
import pytest
@pytest.mark.parametrize("number", range({tests}))
def test_one(number):
    pass
"""
RESPONSES = """
import pytest, requests, responses
@pytest.mark.parametrize("number", range({tests}))
@responses.activate
def test_one(number):
    responses.get("http://example.com/x", json={{"a": 1}}, status=404)
    with requests.Session() as session:
        assert session.get("http://example.com/x").status_code == 404
"""
HTTPSERVER = """
import pytest, requests
@pytest.mark.parametrize("number", range({tests}))
def test_one(httpserver, number):
    httpserver.expect_request("/x").respond_with_json({{"a": 1}}, status=404)
    with requests.Session() as session:
        session.trust_env = False
        assert session.get(httpserver.url_for("/x")).status_code == 404
"""
PLUGINS = ("-p", "greycard_mocks.plugin")
WAYS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "a test that does nothing": ("", PLAIN, ()),
    "greycard, in process": ("", GREYCARD, (*PLUGINS, "-o", "greycard_in_process=true")),
    "greycard, over a socket": ("", GREYCARD, PLUGINS),
    "responses": ("responses", RESPONSES, ()),
    "pytest-httpserver": ("pytest_httpserver", HTTPSERVER, ("-p", "pytest_httpserver.pytest_plugin")),
}
"""By name: the package that it needs, the tests, and pytest's options."""


def main() -> None:
    """Measure in turns and print a line for each way."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tests", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    there = {name: way for name, way in WAYS.items() if not way[0] or find_spec(way[0])}
    found: dict[str, list[float]] = {name: [] for name in there}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(options.rounds):
            for name in random.sample(list(there), len(there)):
                _, code, arguments = there[name]
                many = cpu_seconds(Path(folder), code, options.tests + 1, arguments)
                found[name].append((many - cpu_seconds(Path(folder), code, 1, arguments)) / options.tests)
    for name, seconds in found.items():
        low, middle, high = (1000 * one for one in (min(seconds), statistics.median(seconds), max(seconds)))
        click.echo(f"{name:26} {middle:6.2f} ms ({low:.2f} to {high:.2f})")
    for name in WAYS.keys() - there.keys():
        click.echo(f"{name:26} not installed")


def cpu_seconds(folder: Path, code: str, tests: int, arguments: tuple[str, ...]) -> float:
    """What a session with so many tests costs."""
    (folder / "test_bench.py").write_text(code.format(tests=tests), encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments, "test_bench.py"],
        cwd=folder, check=True, stdout=subprocess.DEVNULL,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
