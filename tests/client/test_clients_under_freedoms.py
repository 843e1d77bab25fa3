"""A client relies on nothing that no document states: with every freedom, and every vendor drawn, a task succeeds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from greycard_client import MagicTiger, TaskFailed, UnexpectedResponse
from greycard_mocks import Mock, VendorMock
from greycard_mocks.plugin import make_client

SEEDS = range(25)


@pytest.fixture(scope="module")
def mock() -> Iterator[Mock]:
    """One without a port, with the clients of the fixtures."""
    with Mock(in_process=True, client=make_client) as made:
        yield made


TASKS: dict[str, Callable[[VendorMock, str], Any]] = {
    "picwish": lambda vendor, link: vendor.client.scale(link),
    "wondershare": lambda vendor, link: vendor.client.wait(vendor.client.upscale_8x([link])),
    "magictiger": lambda vendor, link: vendor.client.wait(vendor.client.create(link, 1)),
    "enhancor": lambda vendor, link: vendor.client.wait(
        vendor.client.queue(link, vendor.receiver(lambda _: None), "fast")
    ),
}


@pytest.mark.parametrize("name", TASKS)
def test_every_freedom_is_lived_with(mock: Mock, name: str) -> None:
    """Each freedom by itself, then whole vendors: the task is carried to the success that the document knows."""
    alone: list[dict[str, Any]] = [{"ids": (one,)} for one in mock.engine.readings.freedoms_of(name)]
    for wanted in [*alone, *({"ids": (), "seed": seed} for seed in SEEDS)]:
        vendor = mock.vendor(name)
        vendor.set_freedoms(*wanted["ids"], seed=wanted.get("seed"))
        try:
            done = TASKS[name](vendor, vendor.images.link(800, 600))
        except Exception as error:  # noqa: BLE001 - to say under which freedoms
            pytest.fail(f"{wanted}: {type(error).__name__}: {error}")
        plan = next(iter(vendor.world.tasks.values()))
        assert done.succeeded, wanted
        assert vendor.world.runtime.phase(plan.outcome) == "succeeded"
        assert plan.finished <= vendor.clock.now() + 1e-6, wanted
        vendor.close()


@pytest.mark.parametrize("freedom", ["free.life.numbers-failed", "free.life.error-codes"])
def test_a_failure_with_a_number_that_nobody_knows_is_a_failure(mock: Mock, freedom: str) -> None:
    """Magic Tiger's document gives no status numbers; what tells of a failure is its error."""
    vendor = mock.vendor("magictiger")
    vendor.set_freedoms(freedom)
    vendor.scenario(outcome="failed")
    with pytest.raises(TaskFailed):
        TASKS["magictiger"](vendor, vendor.images.link(800, 600))
    vendor.close()


def test_a_success_without_a_result_is_said_to_be_ambiguous(vendor: Any) -> None:
    """A number that should mean success and no result: the error says that no document gives the numbers."""
    answer = {"code": 0, "msg": "", "data": {"taskid": "t-1", "status": 2}}
    vendor.reply(answer)
    client = MagicTiger("key-123456", "https://tiger.test", **vendor.options)
    with pytest.raises(UnexpectedResponse, match=r"no document gives the numbers.*statuses="):
        client.wait(client.create("https://e/a.png", 1))
    known = MagicTiger("key-123456", "https://tiger.test", statuses={2: "succeeded"}, **vendor.options)
    assert known.wait(known.create("https://e/a.png", 1)).succeeded


def test_statuses_that_somebody_gave_are_all_that_there_are(vendor: Any) -> None:
    """Whoever knows the numbers is told of any other."""
    vendor.reply({"code": 0, "msg": "", "data": {"taskid": "t-1", "status": 7, "outputurl": "https://e/a.jpg"}})
    known = MagicTiger("key-123456", "https://tiger.test", statuses={2: "succeeded"}, **vendor.options)
    with pytest.raises(UnexpectedResponse, match="7 is not a known status"):
        known.get("t-1", 1)
