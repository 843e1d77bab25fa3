"""A drift, freedom or variant acts alike whichever way it is switched on, also before any world is known."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import pytest

from greycard_mocks import Mock
from greycard_mocks.clock import VirtualClock
from greycard_mocks.control.actions import change_variants, change_vendor
from greycard_mocks.core.answer import Request
from greycard_mocks.dashboard.forms import act
from greycard_mocks.engine.engine import Engine
from greycard_schemas.auth import known_secrets, scheme_of
from greycard_schemas.drifts.catalogue import drifts_of, patches_for
from greycard_schemas.errors import ContractError
from greycard_schemas.examples.requests import addressed, base_request
from greycard_schemas.freedoms.catalogue import freedom_patches, freedoms_of
from greycard_schemas.loader import Vendor, load_contracts

KEY = "test-doors"
VENDORS = ("picwish", "wondershare", "magictiger", "enhancor")
ORIGIN = "http://greycard.test"
RECEIVER = "http://receiver.greycard.test"
PICTURE = f"{ORIGIN}/_mock/images/300x200.jpg"

ID = re.compile(rb'"(?:task_?id|requestId|id)"\s*:\s*"?([\w-]{6,})', re.IGNORECASE)

Wanted = dict[str, Any]
"""variants, drifts and freedoms, as `Variants.change` takes them."""


@cache
def known(name: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The vendor's drifts, and its freedoms."""
    return drifts_of(plain(name)), freedoms_of(plain(name))


@cache
def plain(name: str) -> Vendor:
    """The vendor as its document has it."""
    return load_contracts([name])[name]


def departures(name: str) -> Iterator[Wanted]:
    """Each drift, each freedom, and each option of each variant, by itself."""
    drifts, freedoms = known(name)
    yield from ({"drifts": [one]} for one in drifts)
    yield from ({"freedoms": [one]} for one in freedoms)
    for variant, spec in plain(name).data.get("variants", {}).items():
        yield from ({"variants": {variant: option}} for option in spec["options"] if option != spec["default"])


def served(name: str, wanted: Wanted) -> Engine:
    """The engine that `greycard serve` makes for these options."""
    variants, drifts, freedoms = (wanted.get(kind, ()) for kind in ("variants", "drifts", "freedoms"))
    patches = [
        *freedom_patches(plain(name), freedoms, known(name)[1]),
        *patches_for(plain(name), drifts, known(name)[0]),
    ]
    vendors = load_contracts([name], variants={name: dict(variants or {})}, patches={name: patches})
    return Engine(vendors, clock=VirtualClock(), drifts={name: tuple(drifts)}, freedoms={name: tuple(freedoms)})


def keys(name: str, drifted: Mapping[str, Any]) -> list[dict[str, str]]:
    """Headers: the world's key as documented and as drifted, wrong ones, and none."""
    found: list[dict[str, str]] = [{}]
    for auth in (plain(name).data["auth"], drifted):
        scheme = scheme_of(auth)
        for secrets in (known_secrets(auth, KEY), scheme.wrong(known_secrets(auth, KEY))):
            headers = {key.lower(): value for key, value in scheme.fixed(auth, secrets).items()}
            if headers not in found:
                found.append(headers)
    return found


def trace(engine: Engine, name: str, runtime: Any) -> list[str]:
    """What requests of every kind are answered with: right and wrong keys, old and new paths, a task to its end."""
    found: list[tuple[Any, ...]] = []
    engine.readings.are_tried = False  # what would help is not compared
    auths = keys(name, runtime.auth)
    engine.worlds.world(name, KEY)
    engine.transport.receivers[RECEIVER] = lambda *_: (200, b"{}")
    tasks: list[str] = []

    def pass_time(seconds: float) -> None:
        for world in engine.worlds:
            engine.time.advance(world, seconds)

    def send(method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Any:
        given = {"content-type": "application/json", **headers}
        request = Request(method, path, "", given, io.BytesIO(body), len(body), ORIGIN)
        answer = engine.handle(request)
        answer.load()
        # a stranger's world has another name, and so its tasks have other ids and signatures
        seen = re.sub(rb"/results/\w+/|Signature=\w+", b"", answer.body)
        found.append((method, path, sorted(headers.items()), answer.status, seen, answer.content_type, answer.headers))
        return answer

    paths = {(one.kind, one.method, one.path, one.name) for vendor in (plain(name), runtime.vendor)
             for one in vendor.operations.values() if one.kind != "delivery"}  # fmt: skip
    for headers in auths:
        send("GET", "/nowhere", headers)
        send("POST", f"{runtime.data['paths']['prefix']}/nowhere", headers)
        for kind, method, path, operation in sorted(paths):
            values = base_request(plain(name).operations[operation])
            body = json.dumps(addressed(values, PICTURE, RECEIVER)).encode() if kind == "create" else b"{}"
            answer = send(method, path.replace("{task_id}", "nope"), headers, body)
            ids = ID.findall(answer.body) if kind == "create" else []
            pass_time(2.0)
            if ids:
                task = ids[0].decode()
                tasks.append(task)
                told = json.dumps({"taskid": task, "id": task, "requestId": task, "request_id": task}).encode()
                for _ in range(3):
                    for one, verb, other, _ in sorted(paths):
                        if one == "read":
                            send(verb, other.replace("{task_id}", task), headers, told)
                    pass_time(7.0)
    return [_with_names(str(one), tasks) for one in found]


def _with_names(text: str, tasks: list[str]) -> str:
    for number, task in enumerate(tasks):
        text = text.replace(task, f"task {number}")
    return text


DOORS: dict[str, Callable[[Mock, Any, Wanted], Any]] = {
    "fixture": lambda _mock, vendor, wanted: _by_fixture(vendor, wanted),
    "mock": lambda mock, vendor, wanted: mock.change(
        vendor.name, **wanted.get("variants", {}), drifts=wanted.get("drifts"), freedoms=wanted.get("freedoms")
    ),
    "control plane": lambda mock, vendor, wanted: change_variants(mock.engine, vendor.world, _as_body(wanted)),
    "control plane, vendor": lambda mock, vendor, wanted: change_vendor(mock.engine, vendor.name, _as_body(wanted)),
    "page": lambda mock, vendor, wanted: act(mock.engine, vendor.world, "reading", _as_fields(wanted)),
}


def _by_fixture(vendor: Any, wanted: Wanted) -> None:
    if "drifts" in wanted:
        vendor.set_drifts(*wanted["drifts"])
    if "freedoms" in wanted:
        vendor.set_freedoms(*wanted["freedoms"])
    if "variants" in wanted:
        vendor.set_variants(**wanted["variants"])


def _as_body(wanted: Wanted) -> dict[str, Any]:
    return {**wanted.get("variants", {}), **{key: value for key, value in wanted.items() if key != "variants"}}


def _as_fields(wanted: Wanted) -> dict[str, list[str]]:
    fields = {key: [" ".join(wanted.get(key, ()))] for key in ("drifts", "freedoms")}
    return {**fields, **{f"variant.{key}": [value] for key, value in wanted.get("variants", {}).items()}}


def differences(name: str, wanted: Wanted, mock: Mock, *, whole: bool) -> Iterator[str]:
    """The doors through which something does not do what it does to a mock that is started with it.

    The answers of the first door are compared; without `whole` the others only have to lead to the same runtime.
    """
    engine = served(name, wanted)
    try:
        expected = trace(engine, name, engine.runtimes[name])
    finally:
        engine.close()
    made = None
    for door, switch in DOORS.items():
        vendor = mock.vendor(name, KEY)
        switch(mock, vendor, wanted)
        if whole or made is None:
            made, seen = vendor.world.runtime, trace(mock.engine, name, vendor.world.runtime)
            if seen != expected:
                yield f"{door}: {wanted}: {[two for two in zip(expected, seen, strict=False) if two[0] != two[1]][:1]}"
        if vendor.world.runtime is not made:
            yield f"{door}: {wanted}: another runtime"
        vendor.close()
        mock.engine.variants.rebase()


@pytest.mark.parametrize("name", VENDORS)
def test_every_door_switches_on_the_same(name: str) -> None:
    """Fixture, Python, both ways of the control plane and page do what `serve` does, to whoever asks."""
    found: list[str] = []
    with Mock([name], in_process=True, clock="virtual") as mock:
        for number, wanted in enumerate(departures(name)):
            found += differences(name, wanted, mock, whole=number % 12 == 0)
    assert not found, "\n".join(found)


def test_what_strangers_see_is_no_matter_of_one_world_among_several(mock: Mock) -> None:
    """It is refused and says which call does it; that call changes the vendor as a whole."""
    one, other = mock.vendor("picwish"), mock.vendor("picwish")
    session = mock.session()
    path = f"{mock.url}/api/tasks/visual/scale"
    for drift in ("auth.enforced-off", "errors.unauthorized.http-changed"):
        with pytest.raises(ContractError, match=r"Mock\.change\('picwish'.*PATCH /_mock/vendors/picwish"):
            one.set_drifts(drift)
    usual = session.post(path, headers={"X-API-KEY": "wrong"}).status_code
    mock.change("picwish", drifts=["errors.unauthorized.http-changed"])
    assert (one.world.drifts, other.world.drifts) == (("picwish/errors.unauthorized.http-changed",),) * 2
    assert session.post(path, headers={"X-API-KEY": "wrong"}).status_code != usual
    mock.change("picwish", drifts=[])
    assert session.post(path, headers={"X-API-KEY": "wrong"}).status_code == usual


def test_worlds_with_other_doors_stand_beside_each_other(mock: Mock) -> None:
    """Each key finds the paths and the header of its own world, whoever else is there."""
    plain_one, moved, renamed = (mock.vendor("enhancor") for _ in range(3))
    moved.set_drifts("queue.path-moved")
    renamed.set_drifts("auth.header-renamed")
    session, path = mock.session(), f"{mock.url}/api/upscaler/v1/queue"

    def status(key: str, header: str = "x-api-key", more: str = "") -> int:
        return session.post(path + more, headers={header: key}, json={}).status_code

    keys_of = {name: one.credentials["api_key"] for name, one in zip("pmr", (plain_one, moved, renamed), strict=True)}
    right, refused, missing = status(keys_of["p"]), status("wrong"), status(keys_of["p"], more="-moved")
    assert len({right, refused, missing}) == 3
    assert (status(keys_of["m"]), status(keys_of["m"], more="-moved")) == (missing, right)
    assert (status(keys_of["r"]), status(keys_of["r"], "X-Greycard-Key")) == (refused, right)
    for one in (moved, renamed):
        one.close()
    assert (status(keys_of["m"]), status(keys_of["m"], more="-moved")) == (right, missing)
    assert not mock.engine.worlds.departed.are_there


def test_a_world_that_speaks_for_its_vendor_is_where_strangers_come(picwish_alone: Any) -> None:
    """Where no key is checked a test sees the requests with wrong keys as its own, on its own clock."""
    picwish_alone.set_drifts("auth.enforced-off")
    session = picwish_alone.mock.session()
    task = {"type": "clean", "image_url": PICTURE}
    assert session.post(f"{picwish_alone.url}/api/tasks/visual/scale", data=task).status_code == 200
    assert len(picwish_alone.requests) == 1
    picwish_alone.close()
    assert session.post(f"{picwish_alone.url}/api/tasks/visual/scale", data=task).status_code == 401


@pytest.fixture
def picwish_alone(mock: Mock) -> Any:
    """The only world of a vendor."""
    return mock.vendor("picwish")


def test_what_was_set_stays_when_a_reading_changes(mock: Mock) -> None:
    """Life of links, rate and balance follow the reading until somebody sets them."""
    vendor = mock.vendor("picwish")
    vendor.set_link_life(7)
    vendor.set_drifts("rate.limit-up")
    assert (vendor.world.link_life, vendor.world.rate_limit) == (7, 3)
    vendor.set_rate_limit(9)
    vendor.set_drifts()
    assert (vendor.world.link_life, vendor.world.rate_limit) == (7, 9)
