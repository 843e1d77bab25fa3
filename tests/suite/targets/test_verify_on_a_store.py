"""`greycard verify --store`, and the fixtures with `greycard_store`: a mock on Redis or Valkey is as one in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from greycard_mocks.clock import SharedClock
from greycard_mocks.store.link import Link
from greycard_mocks.store.store import scratch_store
from greycard_schemas.loader import load_contracts
from greycard_suite.runner.run import Report, run_suite
from greycard_suite.targets.mock import MockTargets
from servers.redis_server import RedisServer, own_redis

pytest_plugins = ["pytester"]

VENDOR = "magictiger"
SOME = "task or callback"
STARTED = 1_700_000_000.0


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    """A store of this test's own."""
    with own_redis() as found:
        yield found


def test_the_verdicts_are_those_of_a_mock_in_memory(redis: RedisServer, recorded: Callable[..., Report]) -> None:
    """Each statement has the same one, for the same reason; nothing stays in the store."""
    judged = load_contracts([VENDOR])
    targets = MockTargets(judged, judged, store=scratch_store(redis.url))
    try:
        kept, _ = run_suite(targets, judged, started=STARTED, select=SOME)
    finally:
        targets.close()
    in_memory = recorded(VENDOR, select=SOME)
    assert kept.failures == in_memory.failures == {}
    assert kept.ran == in_memory.ran > 5
    assert kept.verdicts == in_memory.verdicts
    assert Link(redis.url, SharedClock()).command("KEYS", "*") == []


SETTING = """
from greycard_mocks.clock import SharedClock
from greycard_mocks.store.link import Link

def test_the_world_is_kept_there(picwish, magictiger, pytestconfig):
    done = picwish.client.scale(picwish.images.link(80, 60))
    assert done.succeeded
    assert [entry["operation"] for entry in picwish.requests][0] == "scale.create"
    magictiger.clock.advance(5)
    keys = Link(pytestconfig.getini("greycard_store"), SharedClock()).command("KEYS", "greycard-*")
    assert sum(key.endswith(b":state") for key in keys) >= 2

def test_worlds_never_meet(picwish, greycard_mock):
    greycard_mock("picwish").client.scale(picwish.images.link(80, 60))
    assert picwish.requests == []
"""

WRONG = (
    ("127.0.0.1:6379", "a store is an address such as redis://127.0.0.1:6379/0"),
    ("unix:///nosuch/socket", "does not answer"),
)


@pytest.mark.slow
@pytest.mark.wire
def test_the_fixtures_keep_their_worlds_there(pytester: pytest.Pytester, redis: RedisServer) -> None:
    """By a setting; nothing stays in the store."""
    pytester.makepyfile(SETTING)
    done = pytester.runpytest_subprocess("-p", "greycard_mocks.plugin", "-o", f"greycard_store={redis.url}")
    done.assert_outcomes(passed=2)
    assert Link(redis.url, SharedClock()).command("KEYS", "*") == []


@pytest.mark.slow
@pytest.mark.parametrize(("url", "words"), WRONG, ids=["no address", "nobody there"])
def test_a_wrong_setting_is_a_sentence(pytester: pytest.Pytester, url: str, words: str) -> None:
    """No traceback of ours."""
    pytester.makepyfile("def test_it(picwish):\n    assert picwish")
    done = pytester.runpytest_subprocess("-p", "greycard_mocks.plugin", "-o", f"greycard_store={url}")
    assert words in done.stdout.str() + done.stderr.str()
    assert "the settings of greycard" in done.stdout.str()
    done.stdout.no_fnmatch_line("*link.py*")
