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
    assert not {"SCALER_URL", "SCALER_KEY", "OTHER_URL"} & set(os.environ)
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


def test_wrong_contract_data_are_told_without_a_traceback(project: pytest.Pytester) -> None:
    """A test that wants a vendor fails with every finding, as the command line does."""
    folder = project.mkdir("contracts")
    (folder / "picwish").mkdir()
    (folder / "picwish" / "other.get.json").write_text('{"$id": "greycard:picwish/other"}', encoding="utf-8")
    (folder / "stray.json").write_text("{}", encoding="utf-8")
    project.makeini(f"[pytest]\ngreycard_contracts = {folder}\n")
    project.makepyfile("def test_it(picwish):\n    assert picwish\n")
    done = run(project)
    done.assert_outcomes(errors=1)
    text = done.stdout.str()
    assert "the settings of greycard: the contract data in" in text
    assert "cannot be used: 2 findings" in text
    assert "Traceback" not in text


def test_the_setting_acts_by_itself(project: pytest.Pytester) -> None:
    """A test that asks for nothing finds the variables, and the world behind them is the fixture's."""
    project.makeini(INI)
    project.makepyfile(
        """
        import os, urllib.request

        def test_it():
            with urllib.request.urlopen(os.environ["FROM_INI"] + "/_mock/health") as answer:
                assert answer.status == 200

        def test_the_world(picwish):
            assert os.environ["FROM_INI"] == picwish.url
        """
    )
    run(project).assert_outcomes(passed=2)


def test_a_preset_is_chosen_by_setting_option_and_marker(project: pytest.Pytester) -> None:
    """The marker goes before the option, the option before the setting; a variant by name before all of them."""
    project.makeini("[pytest]\ngreycard_preset = tutorial\nfilterwarnings = error\naddopts = --strict-markers\n")
    project.makepyfile(
        """
        import pytest

        def test_the_option(picwish):
            assert picwish.world.runtime.vendor.variants["final_message"] == "absent"

        @pytest.mark.greycard_preset("tutorial")
        def test_the_marker(picwish, greycard_mock):
            assert picwish.world.usual.skip == ("queued", "preparing", "waiting")
            named = greycard_mock("picwish", edition="document")
            assert named.world.runtime.vendor.variants["edition"] == "document"

        @pytest.mark.greycard_preset("real")
        def test_a_wrong_marker(picwish):
            pass
        """
    )
    result = run(project, "--greycard-preset", "observed")
    result.assert_outcomes(passed=2, errors=1)
    assert "choose from documents, observed, tutorial" in result.stdout.str()


@pytest.mark.parametrize(
    ("marker", "told"),
    [
        ("'picwish.url'", "by name, not 'picwish.url'"),
        ("", "by name, not nothing"),
        ("A='picwish'", "A='picwish' is no NAME='VENDOR.VALUE'"),
        ("A=1", "A=1 is no NAME='VENDOR.VALUE'"),
        ("A='picwich.url'", "no vendor 'picwich'"),
        ("A='picwish.token'", "write picwish.url or picwish.api_key"),
    ],
)
def test_a_wrong_marker_is_told(project: pytest.Pytester, marker: str, told: str) -> None:
    """One sentence in place of a test that runs against nothing, and no traceback."""
    project.makepyfile(f"import pytest\n\n@pytest.mark.greycard_env({marker})\ndef test_it():\n    pass")
    result = run(project)
    result.assert_outcomes(errors=1)
    assert told in result.stdout.str()
    assert "Traceback" not in result.stdout.str()
    assert "plugin.py" not in result.stdout.str()


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("greycard_variants = picwish.edition", "write VENDOR.VARIANT=OPTION"),
        ("greycard_variants = picwish.edition=future", "choose from"),
        ("greycard_clock = sundial", "'auto', 'virtual', 'real', or 'real*20'"),
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
            heavy = {"flask", "PIL", "httptools", "jsonschema_rs", "greycard_schemas", "greycard_client"}
            assert not heavy & set(sys.modules)
        """
    )
    run(project).assert_outcomes(passed=1)


CLOCKS = """
import asyncio, time, urllib.request
import pytest, httpx

def create(vendor, http):
    form = {"type": "clean", "image_url": vendor.images.link(60, 40)}
    return http.post("/api/tasks/visual/scale", data=form).json()["data"]["task_id"]

def state(http, task):
    return http.get(f"/api/tasks/visual/scale/{task}").raise_for_status().json()["data"]["state"]

@pytest.fixture
def http(picwish):
    with httpx.Client(base_url=picwish.url, headers=picwish.headers, trust_env=False) as client:
        yield client

def test_polls_move_time_at_once(picwish, http):
    assert picwish.clock.kind == "auto"
    task = create(picwish, http)
    while state(http, task) != 1:
        time.sleep(0.001)
    assert [move["operation"] for move in picwish.clock_moves] == ["scale.get"] * 2

@pytest.mark.greycard_clock("virtual", patch_sleep=True)
def test_sleeping_moves_time(picwish, enhancor, http):
    task = create(picwish, http)
    while state(http, task) != 1:
        time.sleep(1)
    assert picwish.clock.kind == enhancor.clock.kind == "virtual"
    assert enhancor.clock.now() > 1_700_000_001
    assert picwish.clock_moves == []

@pytest.mark.greycard_clock("real*50")
def test_time_passes(picwish, greycard_mock):
    assert (picwish.clock.kind, greycard_mock("picwish", clock="virtual").clock.kind) == ("real*50", "virtual")

@pytest.mark.greycard_clock("virtual")
def test_a_frozen_world_is_told(picwish, http):
    picwish.set_rate_limit(None)
    task = create(picwish, http)
    assert {state(http, task) for _ in range(11)} == {0}

def test_sleeping_is_as_ever():
    began = time.monotonic()
    time.sleep(0.01)
    assert time.monotonic() - began >= 0.01
"""


@pytest.mark.parametrize("arguments", [(), ("-p", "xdist", "-n", "2")], ids=["alone", "parallel"])
def test_the_marker_chooses_the_clock_and_a_frozen_one_is_told(
    project: pytest.Pytester, arguments: tuple[str, ...]
) -> None:
    """`auto` unless told otherwise; polls in vain stand in pytest's own summary of warnings, with the remedy."""
    project.makeini("[pytest]\naddopts = --strict-markers\n")
    project.makepyfile(CLOCKS)
    result = run(project, *arguments)
    result.assert_outcomes(passed=5, warnings=1)
    result.stdout.fnmatch_lines(["*test_a_frozen_world_is_told*", "*FrozenClockWarning: *greycard_clock('auto')*"])


@pytest.mark.parametrize(
    ("marker", "told"),
    [
        ("'sundial'", "'auto', 'virtual', 'real', or 'real*20'"),
        ("'real*0'", "any factor"),
        ("", "write greycard_clock(CLOCK)"),
        ("'real', 20", "write greycard_clock(CLOCK)"),
        ("'real', speed=20", "write greycard_clock(CLOCK)"),
        ("patch_sleep='yes'", "patch_sleep=True"),
    ],
)
def test_a_wrong_clock_marker_is_told(project: pytest.Pytester, marker: str, told: str) -> None:
    """The message says what there is."""
    project.makepyfile(f"import pytest\n@pytest.mark.greycard_clock({marker})\ndef test_it(picwish):\n    pass")
    result = run(project)
    result.assert_outcomes(errors=1)
    assert told in result.stdout.str()


def test_a_test_without_our_fixtures_sets_none_up(project: pytest.Pytester) -> None:
    """The marker brings its fixture to the one test that has it; other tests of a project pay for none of ours."""
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
