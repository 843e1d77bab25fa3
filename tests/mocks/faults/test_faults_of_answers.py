"""Faults of answers: each changes body, type, status or speed as its name says, and then heals."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from greycard_mocks import Mock, VendorMock
from greycard_mocks.core.faults import make_fault


def read(vendor: VendorMock) -> requests.Response:
    """One request to PicWish whose answer does not matter."""
    return vendor.session().get(f"{vendor.url}/api/tasks/visual/scale/none")


def test_malformed_body_is_no_json(picwish_here: VendorMock) -> None:
    """The status is right, the body cannot be parsed."""
    picwish_here.fault("malformed_body")
    answer = read(picwish_here)
    assert answer.headers["Content-Type"] == "application/json"
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.text)


def test_wrong_content_type_keeps_the_body(picwish_here: VendorMock) -> None:
    """Only the media type is wrong."""
    picwish_here.fault("wrong_content_type")
    answer = read(picwish_here)
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.json()["status"] == 404


def test_latency_passes_in_the_time_of_the_world(picwish_here: VendorMock) -> None:
    """Ten seconds of latency cost the world ten seconds and the test none."""
    before = picwish_here.clock.now()
    picwish_here.fault("latency", seconds=10)
    read(picwish_here)
    assert picwish_here.clock.now() - before == pytest.approx(10)


def test_dribble_gives_the_whole_body_slowly(picwish_here: VendorMock) -> None:
    """The body arrives whole, over the duration that was asked for."""
    before = picwish_here.clock.now()
    picwish_here.fault("dribble", seconds=4, chunks=4)
    assert read(picwish_here).json()["status"] == 404
    assert picwish_here.clock.now() - before == pytest.approx(4)


@pytest.mark.parametrize("distribution", ["fixed", "uniform", "lognormal"])
def test_a_delay_repeats_with_its_seed(distribution: str) -> None:
    """Equal seeds give equal delays, and none is negative or over a minute."""
    options: dict[str, Any] = {"seconds": 2.0, "spread": 1.0, "distribution": distribution, "seed": 5}
    one, other = (make_fault("latency", options, now=0) for _ in range(2))
    delays = [one.delay() for _ in range(50)]
    assert delays == [other.delay() for _ in range(50)]
    assert all(0 <= delay <= 60 for delay in delays)
    assert (len(set(delays)) == 1) == (distribution == "fixed")


def test_error_status_answers_as_often_as_it_is_asked_to(picwish_here: VendorMock) -> None:
    """Two answers 502, then the vendor's own again."""
    picwish_here.fault("error_status", status=502, count=2)
    assert [read(picwish_here).status_code for _ in range(2)] == [502, 502]
    picwish_here.clock.advance(1)
    assert read(picwish_here).status_code == 404


def test_error_status_with_a_probability_repeats_with_its_seed(mock: Mock) -> None:
    """The same seed strikes the same requests."""

    def strikes() -> list[int]:
        vendor = mock.vendor("picwish")
        vendor.set_rate_limit(None)
        vendor.fault("error_status", probability=0.5, count=None, seed=3)
        return [read(vendor).status_code for _ in range(20)]

    first = strikes()
    assert set(first) == {404, 503}
    assert strikes() == first


def test_an_outage_ends_with_its_time_to_live(picwish_here: VendorMock) -> None:
    """A forgotten outage heals itself, in the time of the world."""
    picwish_here.fault("outage", ttl=30)
    assert [read(picwish_here).status_code for _ in range(5)] == [503] * 5
    picwish_here.clock.advance(31)
    assert read(picwish_here).status_code == 404


def test_a_struck_request_changes_nothing(picwish_here: VendorMock) -> None:
    """A request that an error status answers is not carried out."""
    picwish_here.fault("error_status")
    form = {"type": "clean", "image_url": picwish_here.images.link()}
    picwish_here.session().post(f"{picwish_here.url}/api/tasks/visual/scale", data=form)
    assert picwish_here.world.tasks == {}


def test_the_operation_filter_holds(picwish_here: VendorMock) -> None:
    """A fault for creates leaves reads alone."""
    picwish_here.fault("error_status", operation="scale.create")
    assert read(picwish_here).status_code == 404
