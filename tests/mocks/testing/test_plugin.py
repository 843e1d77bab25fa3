"""The pytest plugin as a user's project has it: fixtures, settings, marker, parallel runs."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

pytestmark = pytest.mark.slow

EVERYTHING = """
import asyncio, os, urllib.request
import pytest, httpx

SEEN = []

@pytest.mark.parametrize("vendor", ["picwish", "wondershare", "magictiger", "enhancor"])
def test_each_vendor_answers(request, vendor):
    mock = request.getfixturevalue(vendor)
    assert mock.url.startswith("http://127.0.0.1:")
    assert mock.requests == mock.deliveries == mock.unmatched == []
    assert mock.client.base_url == mock.url
    mock.scenario(outcome="failed")
    with urllib.request.urlopen(mock.images.link()) as answer:
        assert answer.read(3) == b"\\xff\\xd8\\xff"

@pytest.mark.parametrize("turn", range(3))
def test_each_test_has_its_own_world(picwish, turn):
    assert picwish.credentials["api_key"] not in SEEN
    SEEN.append(picwish.credentials["api_key"])
    assert picwish.world.tasks == {}
    assert picwish.client.scale(picwish.images.link(60, 40), type="clean").succeeded

def test_there_is_one_server(picwish, enhancor, greycard_server):
    assert picwish.url == enhancor.url == greycard_server.url

def test_the_factory_makes_more(picwish, greycard_mock):
    other = greycard_mock("picwish", edition="current")
    assert other.credentials != picwish.credentials
    assert other.world.runtime is not picwish.world.runtime

def test_an_asynchronous_client_works(picwish):
    async def ask():
        async with httpx.AsyncClient(base_url=picwish.url, headers=picwish.headers, trust_env=False) as http:
            return await asyncio.gather(*[http.get("/api/tasks/visual/scale/x") for _ in range(4)])
    assert sorted(answer.status_code for answer in asyncio.run(ask())) == [404, 404, 429, 429]

@pytest.mark.greycard_env(SCALER_URL="picwish.url", SCALER_KEY="picwish.api_key")
def test_the_marker_sets_variables(picwish):
    assert os.environ["SCALER_URL"] == picwish.url
    assert os.environ["SCALER_KEY"] == picwish.credentials["api_key"]

def test_the_fixture_sets_variables(picwish, greycard_env):
    greycard_env(OTHER_URL="picwish.url")
    assert os.environ["OTHER_URL"] == os.environ["FROM_INI"] == picwish.url
    with pytest.raises(pytest.UsageError, match="picwish.url or picwish.api_key"):
        greycard_env(WRONG="picwish.token")

def test_variables_are_gone_after_the_test():
    assert not {"SCALER_URL", "SCALER_KEY", "OTHER_URL", "FROM_INI"} & set(os.environ)
"""

INI = "[pytest]\ngreycard_env =\n  FROM_INI=picwish.url\nfilterwarnings = error\naddopts = --strict-markers\n"


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project that has greycard, installed or not."""
    folders = [
        str(Path(spec.origin).parents[1])
        for name in ("greycard_schemas", "greycard_mocks", "greycard_client")
        if (spec := find_spec(name)) is not None and spec.origin
    ]
    monkeypatch.setenv("PYTHONPATH", ":".join([*folders, *sys.path[:0]]))
    for name in (
        "PYTEST_ADDOPTS",
        "PYTEST_XDIST_WORKER",
        "PYTEST_XDIST_WORKER_COUNT",
        "PYTEST_XDIST_TESTRUNUID",
    ):
        monkeypatch.delenv(name, raising=False)
    # the plugins of others that happen to be installed are none of this project's, and slow to load
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    return pytester


def run(project: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """A run of the project's tests in a process of its own."""
    return project.runpytest_subprocess(
        "-p", "greycard_mocks.plugin", "-p", "no:cacheprovider", *arguments, timeout=120
    )


@pytest.mark.parametrize("arguments", [(), ("-p", "xdist", "-n", "2")], ids=["alone", "parallel"])
def test_the_fixtures_do_what_they_promise(project: pytest.Pytester, arguments: tuple[str, ...]) -> None:
    """All vendors, own worlds, any client, environment variables; in one process and in several."""
    project.makeini(INI)
    project.makepyfile(EVERYTHING)
    run(project, *arguments).assert_outcomes(passed=13)


def test_settings_and_options_choose_variants_and_the_clock(project: pytest.Pytester) -> None:
    """The setting and the option add up; in the process no port is opened."""
    project.makeini(
        "[pytest]\ngreycard_variants = picwish.edition=current\ngreycard_clock = real\ngreycard_speed = 50\n"
        "greycard_in_process = true\n"
    )
    project.makepyfile(
        """
        def test_it(picwish, greycard_server):
            chosen = picwish.world.runtime.vendor.variants
            assert (chosen["edition"], chosen["megabyte"]) == ("current", "decimal")
            assert not picwish.world.clock.virtual
            assert picwish.world.clock.speed == 50
            assert picwish.url == "http://greycard.test"
            assert picwish.client.scale(picwish.images.link(60, 40)).succeeded
            assert greycard_server._running is None
        """
    )
    run(project, "--greycard-variant", "picwish.megabyte=decimal").assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("greycard_variants = picwish.edition", "write VENDOR.VARIANT=OPTION"),
        ("greycard_variants = picwish.edition=future", "choose from"),
        ("greycard_clock = sundial", "'virtual' or 'real'"),
        ("greycard_env = URL", "NAME=VENDOR.VALUE"),
    ],
)
def test_a_wrong_setting_is_told(project: pytest.Pytester, setting: str, told: str) -> None:
    """The message says what to write."""
    project.makeini(f"[pytest]\n{setting}\n")
    project.makepyfile("def test_it(greycard_env, picwish):\n    picwish.url")
    result = run(project)
    assert result.ret != 0
    assert told in result.stdout.str() + result.stderr.str()


def test_a_failed_expectation_ends_at_the_test(project: pytest.Pytester) -> None:
    """The report shows the user's own line and the message, none of greycard's code."""
    project.makepyfile("def test_it(picwish):\n    picwish.assert_requested('scale.create')")
    result = run(project)
    result.assert_outcomes(failed=1)
    output = result.stdout.str()
    assert "expected scale.create at least once, got it 0 times" in output
    assert "vendor_mock.py" not in output


def test_a_run_that_uses_no_fixture_loads_nothing(project: pytest.Pytester) -> None:
    """Neither Flask nor Pillow nor any contract is loaded for a project's other tests."""
    project.makepyfile(
        """
        import sys

        def test_it():
            heavy = {"flask", "PIL", "cheroot", "jsonschema_rs", "greycard_schemas", "greycard_client"}
            assert not heavy & set(sys.modules)
        """
    )
    run(project).assert_outcomes(passed=1)


def test_a_test_without_our_fixtures_sets_none_up(project: pytest.Pytester) -> None:
    """The marker brings its fixture to the one test that has it; every other test of a project pays for none of ours."""
    project.makepyfile(
        """
        import os
        import pytest

        marked = pytest.param(1, marks=pytest.mark.greycard_env(ONE_URL="picwish.url"))

        @pytest.mark.parametrize("number", [0, marked, 2])
        def test_it(number, request):
            ours = [name for name in request.fixturenames if "greycard" in name]
            assert bool(ours) == (number == 1)
            assert ("ONE_URL" in os.environ) == (number == 1)
        """
    )
    run(project).assert_outcomes(passed=3)
