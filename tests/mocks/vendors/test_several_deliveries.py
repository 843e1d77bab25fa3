"""More than one feature of a vendor delivers: each delivery tells of the tasks of its own create."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from greycard_mocks.core.faults import FaultError
from greycard_schemas.auth import known_secrets, signed
from greycard_schemas.authoring.feature import new_feature
from greycard_schemas.examples.requests import addressed, base_request
from greycard_schemas.loader import load_contracts, load_vendor

RECEIVER = "http://receiver.test"
DELIVERING = [vendor.name for vendor in load_contracts().values() if vendor.of_kind("delivery")]


@pytest.fixture(params=DELIVERING)
def doubled(request: pytest.FixtureRequest, make_lab: Callable[..., Any], tmp_path: Path) -> Any:
    """A vendor, and the laboratory of it, whose feature that delivers is there twice."""
    vendor = load_vendor(request.param)
    feature = new_feature(vendor, vendor.of_kind("delivery")[0].contract["create"], "another")
    (tmp_path / vendor.name).mkdir()
    for name, resource in feature.files.items():
        (tmp_path / vendor.name / f"{name}.json").write_text(json.dumps(resource), "utf-8")
    lab = make_lab(vendor.name, folders=(tmp_path,))
    return load_contracts([vendor.name], folders=[tmp_path])[vendor.name], lab


def create(lab: Any, operation: Any, auth: Any) -> str:
    """A task of one create, whose deliveries go to the receiver; its id."""
    values = addressed(base_request(operation), lab.image("300x200.jpg"), RECEIVER)
    secrets = known_secrets(auth, "test-key")
    clock = lab.world(operation.vendor).clock
    answer = lab.call(
        operation.method, operation.path, json=values, auth=lambda request: signed(auth, secrets, request, clock.now())
    )
    assert "X-Greycard-Reason" not in answer.headers, answer.headers
    return str(next(reversed(lab.world(operation.vendor).tasks)))


def test_each_feature_delivers(doubled: Any) -> None:
    """A second file of a delivery silences neither the first nor itself."""
    vendor, lab = doubled
    receiver = lab.receive(vendor.name)
    lab.world(vendor.name).callback_url = RECEIVER
    creates = vendor.of_kind("create")
    assert len(creates) == 2
    tasks = [create(lab, one, vendor.data["auth"]) for one in creates]
    lab.advance(vendor.name, 60)
    assert [sum(task.encode() in body for _, _, _, body in receiver.got) for task in tasks] == [1, 1]


def test_a_fault_strikes_the_delivery_that_it_names(doubled: Any) -> None:
    """One is lost, the other comes; a name that no delivery has is refused with those that there are."""
    vendor, lab = doubled
    receiver, world = lab.receive(vendor.name), lab.world(vendor.name)
    world.callback_url = RECEIVER
    first, second = vendor.of_kind("delivery")
    world.add_fault("lose", operation=first.name)
    tasks = {
        one.name: create(lab, vendor.operations[one.contract["create"]], vendor.data["auth"]) for one in (first, second)
    }
    lab.advance(vendor.name, 60)
    assert [tasks[second.name].encode() in body for _, _, _, body in receiver.got] == [True]
    with pytest.raises(FaultError, match=f"{first.name}, {second.name}"):
        world.add_fault("lose", operation="nothing")


def test_a_delivery_is_sent_again_for_its_own_task(doubled: Any) -> None:
    """The second feature's task is told of by the second delivery."""
    vendor, lab = doubled
    receiver, world = lab.receive(vendor.name), lab.world(vendor.name)
    world.callback_url = RECEIVER
    task = create(lab, vendor.of_kind("create")[1], vendor.data["auth"])
    lab.advance(vendor.name, 60)
    lab.engine.deliveries.again(world, task)
    assert [task.encode() in body for _, _, _, body in receiver.got] == [True, True]


def test_the_page_of_a_world_names_both(doubled: Any) -> None:
    """Whose attempts it shows."""
    vendor, lab = doubled
    world = lab.world(vendor.name)
    page = lab.call("GET", f"/_mock/page/{world.id}").text
    assert ", ".join(one.name for one in vendor.of_kind("delivery")) in page
