"""A preset in each place that takes one: `Mock`, a world, the control plane, pytest's setting, option and marker."""

from __future__ import annotations

import pytest

from greycard_mocks import Mock, VendorMock
from greycard_mocks.app import create_app
from greycard_schemas.errors import ContractError

SCALE = "/api/tasks/visual/scale"


def states(vendor: VendorMock) -> list[int]:
    """The states that a poller sees of a task that was created without `type`."""
    session = vendor.session()
    created = session.post(vendor.url + SCALE, data={"image_url": vendor.images.link()}).json()
    seen: list[int] = []
    vendor.set_rate_limit(None)
    while not seen or seen[-1] != 1:
        seen.append(session.get(f"{vendor.url}{SCALE}/{created['data']['task_id']}").json()["data"]["state"])
        vendor.clock.advance(0.1)
    return list(dict.fromkeys(seen))


def test_the_tutorial_is_four_then_done() -> None:
    """A loop that goes on only while the state is 4 comes to its end, for each task, also after a reset."""
    with Mock(["picwish", "magictiger"], in_process=True, preset="tutorial") as mock:
        vendor = mock.vendor("picwish")
        assert states(vendor) == states(vendor) == [4, 1]
        vendor.reset()
        assert states(vendor) == [4, 1]
        assert mock.vendor("magictiger").world.usual is None


def test_a_scenario_that_waits_goes_before_the_preset() -> None:
    """What a test asks for is done once, then the preset's life comes back."""
    with Mock(["picwish"], in_process=True, preset="tutorial") as mock:
        vendor = mock.vendor("picwish")
        vendor.scenario(skip=["queued", "waiting"], durations={"preparing": 2})
        assert states(vendor) == [2, 4, 1]
        assert states(vendor) == [4, 1]


def test_variants_go_before_a_preset() -> None:
    """What is named one by one is the last word."""
    with Mock(["picwish"], in_process=True, preset="observed", variants=["picwish.edition=document"]) as mock:
        chosen = mock.vendor("picwish").world.runtime.vendor.variants
        assert (chosen["edition"], chosen["extra_fields"]) == ("document", "on")


def test_an_unknown_preset_is_an_error_at_once_when_used() -> None:
    """With what there is."""
    with pytest.raises(ContractError, match="choose from documents, observed, tutorial"), Mock(preset="real") as mock:
        mock.vendor("picwish")


def test_one_world_takes_a_preset_over_the_control_plane() -> None:
    """The world answers with its variants; an unknown name is 422 and changes nothing."""
    with Mock(in_process=True) as mock:
        http = create_app(mock.engine).test_client()
        there = "/_mock/worlds/enhancor:test-1/variants"
        wrong = http.patch(there, json={"preset": "real"}, base_url="http://127.0.0.1")
        assert wrong.status_code == 422
        assert "choose from documents, observed" in wrong.get_json()["detail"]
        done = http.patch(there, json={"preset": "observed"}, base_url="http://127.0.0.1").get_json()
        assert done["variants"]["status_result"] == "when_completed"
        other = http.get(there.replace("test-1", "test-2"), base_url="http://127.0.0.1").get_json()
        assert other["variants"]["status_result"] == "absent"


def test_a_preset_that_a_world_cannot_have_is_refused_and_changes_nothing() -> None:
    """Its scenario skips the states that a freedom has left of the vendor's."""
    with Mock(["enhancor"], in_process=True) as mock:
        vendor = mock.vendor("enhancor")
        vendor.set_freedoms(seed=0)
        before = vendor.world.runtime
        with pytest.raises(ContractError, match=r"'tutorial' does not go with .* at least one running state"):
            vendor.use_preset("tutorial")
        assert vendor.world.runtime is before
        client = create_app(mock.engine).test_client()
        answer = client.patch(f"/_mock/worlds/{vendor.world.id}/variants", json={"preset": "tutorial"})
        assert answer.status_code == 422
