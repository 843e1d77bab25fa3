"""Freedoms of single worlds: by ids or drawn from a seed, beside drifts, kept by an export, refused as a whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from greycard_mocks import Mock
from greycard_mocks.engine.engine import Engine
from greycard_mocks.engine.snapshot import export_world, import_world
from greycard_mocks.engine.world_file import WorldFileError
from greycard_schemas.drifts.catalogue import drifts_of, patches_for
from greycard_schemas.errors import ContractError
from greycard_schemas.freedoms.catalogue import draw, freedom_patches, freedoms_of
from greycard_schemas.freedoms.model import meet
from greycard_schemas.loader import load_contracts

SCALE = "/api/tasks/visual/scale"
VENDORS = ("picwish", "wondershare", "magictiger", "enhancor")


def test_a_world_takes_a_freedom_and_gives_it_back(mock: Mock) -> None:
    """The ids in force are returned whole; only this world changes; none ends them."""
    vendor, other = mock.vendor("picwish"), mock.vendor("picwish")
    session = vendor.session()
    vendor.set_rate_limit(None)

    def answer(world: Any) -> bytes:
        return bytes(session.get(f"{vendor.url}{SCALE}/nope", headers=world.headers).content)

    usual = answer(vendor)
    assert vendor.set_freedoms("free.json-reversed") == ("picwish/free.json-reversed",)
    reversed_answer = answer(vendor)
    assert (reversed_answer != usual, json.loads(reversed_answer)) == (True, json.loads(usual))
    assert answer(other) == usual
    assert vendor.set_freedoms() == ()
    vendor.clock.advance(2)
    assert answer(vendor) == usual


def test_a_limiter_of_another_kind_begins_anew(mock: Mock) -> None:
    """What one kind remembers holds nobody back under another, and the rate is kept by the new one at once."""
    vendor = mock.vendor("picwish")
    session = vendor.session()

    def passed() -> str:
        answers = (session.get(f"{vendor.url}{SCALE}/nope").status_code for _ in range(3))
        return "".join("-" if status == 429 else "+" for status in answers)

    assert passed() == "++-"
    vendor.set_freedoms("free.rate-smooth")
    assert passed() == "+--"
    vendor.set_freedoms("free.rate-bucket")
    assert passed() == "++-"
    vendor.set_freedoms()
    assert passed() == "++-"


@pytest.mark.parametrize("name", VENDORS)
def test_a_seed_draws_the_same_vendor_again(mock: Mock, name: str) -> None:
    """The same number gives the same ids, and the ids by themselves the same vendor; another number another one."""
    one, other = mock.vendor(name), mock.vendor(name)
    drawn = [one.set_freedoms(seed=seed) for seed in range(3)]
    assert [other.set_freedoms(seed=seed) for seed in range(3)] == drawn
    assert len(set(drawn)) == 3
    known = freedoms_of(load_contracts([name])[name])
    assert all(one in known for ids in drawn for one in ids)
    assert other.set_freedoms(*drawn[2]) == drawn[2]
    assert other.world.runtime is one.world.runtime


def test_ids_and_a_seed_exclude_each_other(mock: Mock) -> None:
    """What is asked for must be one of the two."""
    with pytest.raises(ValueError, match="not both"):
        mock.vendor("picwish").set_freedoms("free.json-reversed", seed=1)


def test_an_unknown_freedom_changes_nothing(mock: Mock) -> None:
    """The message names near ids, and two that say the same thing differently cannot go together."""
    vendor = mock.vendor("picwish")
    vendor.set_freedoms("free.json-reversed")
    for wrong, part in (
        (("free.json-revers",), "json-reversed"),
        (("free.json-sorted", "free.json-reversed"), "together"),
    ):
        with pytest.raises(ContractError, match=part):
            vendor.set_freedoms(*wrong)
    assert vendor.world.freedoms == ("picwish/free.json-reversed",)


def test_drifts_and_freedoms_stand_beside_each_other(mock: Mock) -> None:
    """Each is changed without the other, and a draw leaves alone what a drift in force changes."""
    vendor = mock.vendor("picwish")
    vendor.set_drifts("rate.limit-up")
    for seed in range(2):
        ids = vendor.set_freedoms(seed=seed)
        plain = load_contracts(["picwish"])["picwish"]
        drifted = [(one["file"], one["path"]) for one in patches_for(plain, ["rate.limit-up"])]
        assert not any(meet(freedoms_of(plain)[one].places, drifted) for one in ids)
        assert (vendor.world.rate_limit, vendor.world.drifts) == (3, ("picwish/rate.limit-up",))
    vendor.set_drifts()
    assert (vendor.world.rate_limit, vendor.world.freedoms) == (2, ids)
    vendor.set_variants(edition="current")
    assert set(vendor.world.freedoms) < set(ids)
    vendor.set_variants(edition="document")
    vendor.set_freedoms("free.type-field-int", "free.close")
    vendor.set_variants(type_field="string")
    assert vendor.world.freedoms == ("picwish/free.close",), "what was named later wins over what says it otherwise"


def test_an_export_keeps_drifts_and_freedoms(mock: Mock) -> None:
    """A world that is read back behaves as the one that was written; an unknown id is refused and changes nothing."""
    vendor, other = mock.vendor("picwish"), mock.vendor("picwish")
    vendor.set_drifts("rate.limit-up")
    vendor.set_freedoms("free.json-reversed", "free.rate-bucket")
    written = json.loads(json.dumps(export_world(mock.engine, vendor.world)))
    import_world(mock.engine, other.world, written)
    assert (other.world.drifts, other.world.freedoms) == (vendor.world.drifts, vendor.world.freedoms)
    assert (other.world.runtime.manners.json_order, other.world.runtime.manners.limiter) == ("reversed", "bucket")
    for key in ("drifts", "freedoms"):
        with pytest.raises(WorldFileError, match=f"no {key[:-1]} "):
            import_world(mock.engine, other.world, {**written, key: ["picwish/free.nothing"]})
    assert other.world.freedoms == vendor.world.freedoms
    old = {name: value for name, value in written.items() if name not in ("drifts", "freedoms")}
    import_world(mock.engine, other.world, old)
    assert (other.world.drifts, other.world.freedoms) == ((), ())


def test_a_mock_that_was_started_with_departures_can_end_them() -> None:
    """Worlds begin with what the mock was started with, show it, and leave it or build on it."""
    plain = load_contracts(["picwish"])["picwish"]
    freedoms, drifts = ("picwish/free.json-sorted",), ("picwish/rate.limit-up",)
    patches = [*freedom_patches(plain, freedoms), *patches_for(plain, drifts)]
    vendors = load_contracts(["picwish"], patches={"picwish": patches})
    engine = Engine(vendors, drifts={"picwish": drifts}, freedoms={"picwish": freedoms})
    world = engine.worlds.world("picwish", "test-1")
    assert (world.drifts, world.freedoms, world.rate_limit) == (drifts, freedoms, 3)
    engine.variants.change(world, freedoms=["free.json-reversed"])
    assert (world.rate_limit, world.runtime.manners.json_order) == (3, "reversed")
    engine.variants.change(world, drifts=(), freedoms=())
    assert (world.rate_limit, world.runtime.manners.json_order) == (2, "")
    engine.variants.change(world, drifts=drifts, freedoms=freedoms)
    assert world.runtime is engine.runtimes["picwish"]
    engine.close()


@pytest.mark.parametrize("name", VENDORS)
def test_a_drift_beside_a_draw_can_be_run(name: str) -> None:
    """A runtime can be made of drifts with freedoms drawn beside them."""
    engine = Engine(load_contracts([name]))
    plain = load_contracts([name])[name]
    for seed, drift in enumerate(list(drifts_of(plain))[::80]):
        ids = draw(plain, seed, patches_for(plain, [drift]))
        assert engine.readings.runtime(name, {}, [drift], ids).drifts == (drift,)
    engine.close()


@pytest.mark.wire
def test_a_draw_answers_the_same_in_process_and_over_a_socket() -> None:
    """The bodies of a whole life are the same bytes either way."""

    def bodies(*, in_process: bool, seed: int) -> list[bytes]:
        with Mock(["picwish"], in_process=in_process) as mock:
            vendor = mock.vendor("picwish", f"test-draw-{seed}")
            vendor.set_freedoms(seed=seed)
            vendor.set_rate_limit(None)
            session, seen = vendor.session(), []

            def call(method: str, path: str, **options: Any) -> Any:
                answer = session.request(method, vendor.url + path, **options)
                seen.append(answer.content.replace(vendor.url.encode(), b"ORIGIN"))
                seen[-1] = seen[-1].replace(vendor.url.encode().replace(b"/", b"\\/"), b"ORIGIN")
                return answer

            form = {"type": "clean", "image_url": vendor.images.link(60, 40)}
            call("POST", SCALE, data={})
            task = list(vendor.world.tasks) if call("POST", SCALE, data=form).ok else []
            for _ in range(4):
                call("GET", f"{SCALE}/{task[0] if task else 'none'}")
                vendor.clock.advance(5)
            return seen

    for seed in range(3):
        assert bodies(in_process=True, seed=seed) == bodies(in_process=False, seed=seed), seed


def test_the_control_plane_takes_ids_or_a_seed(mock: Mock) -> None:
    """PATCH of the variants sets freedoms, GET and the view of the world show them, what is neither is refused."""
    vendor = mock.vendor("picwish")
    session, place = vendor.session(), f"{vendor.url}/_mock/worlds/{vendor.world.id}"
    answer = session.patch(f"{place}/variants", json={"freedoms": ["free.close"], "drifts": ["rate.limit-up"]})
    assert (answer.status_code, answer.json()["freedoms"]) == (200, ["picwish/free.close"]), answer.text
    assert session.get(place).json()["freedoms"] == ["picwish/free.close"]
    assert session.get(place).json()["drifts"] == ["picwish/rate.limit-up"]
    drawn = session.patch(f"{place}/variants", json={"freedoms": 7}).json()
    assert drawn["drifts"] == ["picwish/rate.limit-up"]
    assert tuple(drawn["freedoms"]) == vendor.world.freedoms == vendor.set_freedoms(seed=7)
    for wrong in ("free.close", [1], -1, True, 1.5, None, ["free.closed"]):
        refused = session.patch(f"{place}/variants", json={"freedoms": wrong})
        assert refused.status_code == 422, wrong
    assert tuple(drawn["freedoms"]) == vendor.world.freedoms
    assert session.patch(f"{place}/variants", json={"freedoms": []}).json()["freedoms"] == []


@pytest.mark.parametrize("free", [False, True])
def test_results_are_png_whatever_came_in(make_lab: Callable[..., Any], free: bool) -> None:  # noqa: FBT001
    """The freedom of the format shows in the picture; without it a JPEG stays one."""
    lab = make_lab("enhancor")
    world = lab.world("enhancor")
    lab.engine.variants.change(world, freedoms=["free.queue.always-png"] if free else [])
    receiver = lab.receive("enhancor")
    body = {"img_url": lab.image("80x60.jpg"), "webhookUrl": "http://receiver.test/", "mode": "fast"}
    assert lab.call("POST", "/api/upscaler/v1/queue", headers={"x-api-key": "test-key"}, json=body).status_code == 200
    lab.advance("enhancor", 60)
    ((_, _, _, told),) = receiver.got
    assert lab.open(json.loads(told)["result"]).format == ("PNG" if free else "JPEG")
