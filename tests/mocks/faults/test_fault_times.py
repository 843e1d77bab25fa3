"""How long a fault strikes: within its time to live, and never after it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
import requests

from greycard_mocks import Mock, Received, VendorMock
from greycard_mocks.core.faults import DEFAULT_TTL_SECONDS, KINDS


def order(vendor: VendorMock) -> str:
    """Create a Magic Tiger task; returns its id."""
    answer = vendor.session().post(f"{vendor.url}/createtask", json={"picurl": vendor.images.link(), "type": 1})
    return str(answer.json()["data"]["taskid"])


@pytest.mark.parametrize("kind", KINDS)
def test_every_fault_strikes_until_its_time_to_live_is_over_and_then_no_more(
    mock: Mock, kind: str, inbox: Callable[[VendorMock], list[Received]]
) -> None:
    """A fault without a count strikes within its time to live and never after it, whatever it does."""

    def strikes(seconds: float) -> int:
        """How often a fault with 30 s to live strikes two tasks that are created so long after it."""
        vendor = mock.vendor("magictiger")
        inbox(vendor)
        fault = vendor.fault(kind, ttl=30, count=None)
        vendor.clock.advance(seconds)
        body = {"picurl": vendor.images.link(), "type": 1}
        for _ in range(2):
            with contextlib.suppress(requests.RequestException):
                vendor.session().post(f"{vendor.url}/createtask", json=body)
        vendor.clock.advance(5)
        return fault.used

    assert strikes(20) > 0
    assert strikes(31) == 0


@pytest.mark.parametrize("kind", ["lose", "duplicate", "reorder", "bad_signature"])
def test_a_fault_of_deliveries_that_is_over_strikes_no_task_from_before(
    mock: Mock, kind: str, inbox: Callable[[VendorMock], list[Received]]
) -> None:
    """What counts is the moment of the delivery: a task of the fault's time that ends after it is delivered as ever."""
    vendor = mock.vendor("magictiger")
    got = inbox(vendor)
    fault = vendor.fault(kind, ttl=30, count=None)
    vendor.scenario("succeeded", finish=40, count=None)
    tasks = [order(vendor), order(vendor)]
    vendor.clock.advance(60)
    assert fault.used == 0
    assert [one.json()["data"]["taskid"] for one in got] == tasks


@pytest.mark.parametrize("kind", ["outage", "lose"])
def test_a_fault_that_names_no_time_to_live_ends_by_itself(mock: Mock, kind: str) -> None:
    """A forgotten fault is over after the hour that is documented, and nobody is told of it any more."""
    vendor = mock.vendor("magictiger")
    vendor.fault(kind, count=None)
    place = f"{vendor.url}/_mock/worlds/{vendor.world.id}/faults"
    (shown,) = vendor.session().get(place).json()["faults"]
    assert shown["until"] - vendor.clock.now() == DEFAULT_TTL_SECONDS
    vendor.clock.advance(DEFAULT_TTL_SECONDS + 1)
    assert vendor.session().get(place).json()["faults"] == []
