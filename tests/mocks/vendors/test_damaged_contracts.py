"""Whatever is damaged in contract data, either the lint names the place, or the mock serves what is left.

Every file of every shipped vendor is damaged at every place: keys and items are deleted, keys renamed, values retyped
and changed. A part of these damages is tried, another one on each run; with HYPOTHESIS_PROFILE=deep all of them.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from greycard_mocks.clock import VirtualClock
from greycard_mocks.core.scenario import Scenario
from greycard_mocks.engine.engine import Engine
from greycard_mocks.images.testcards import card
from greycard_mocks.web.session import InProcessSession
from greycard_mocks.web.wsgi_adapter import mount
from greycard_schemas.auth import known_secrets, signed
from greycard_schemas.errors import ContractError
from greycard_schemas.examples.requests import addressed, base_request
from greycard_schemas.lint.layers import lint
from greycard_schemas.loader import CONTRACTS, Operation, Vendor, vendor_of
from greycard_schemas.patches import join_pointer
from greycard_schemas.picture_limits import broken, least_side

ORIGIN = "http://greycard.test"
RECEIVER = "http://receiver.test"
KEY = "test-key"


@dataclass(frozen=True)
class Damage:
    """One change of one place of one file."""

    vendor: str
    file: str
    steps: tuple[str | int, ...]
    what: str

    def __str__(self) -> str:
        return f"{self.vendor}/{self.file}.json#{join_pointer(self.steps)} {self.what}"


def shipped(vendor: str) -> dict[str, Any]:
    """The parsed files of a vendor, by their names without ending."""
    return {path.stem: json.loads(path.read_text("utf-8")) for path in sorted((CONTRACTS / vendor).glob("*.json"))}


SHIPPED = {folder.name: shipped(folder.name) for folder in sorted(CONTRACTS.iterdir()) if folder.is_dir()}


def places(node: Any, steps: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The steps to everything in a JSON document; the texts of sources, which are prose, excepted."""
    if steps:
        yield steps
    if isinstance(node, dict):
        for key, child in node.items():
            yield from places(child, (*steps, key))
    elif isinstance(node, list):
        for index, child in enumerate(node):
            yield from places(child, (*steps, index))


def damages() -> list[Damage]:
    """Every damage of every shipped file."""
    return [
        Damage(vendor, file, steps, what)
        for vendor, files in SHIPPED.items()
        for file, document in files.items()
        for steps in places(document)
        for what in ("deleted", "forgotten", "renamed", "retyped", "emptied", "changed", "swapped")
        if what not in ("renamed", "forgotten") or isinstance(steps[-1], str)
    ]


DAMAGES = damages()


def retyped(value: Any) -> Any:
    """A value of another type."""
    if isinstance(value, bool):
        return "maybe"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, str):
        return 7
    return [] if isinstance(value, dict) else {}


def emptied(value: Any) -> Any:
    """The empty value of the same type."""
    return type(value)() if value is not None else ""


def changed(value: Any) -> Any:
    """Another value of the same type."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return -value - 1
    if isinstance(value, str):
        return f"{value}x"
    return None


def swapped(vendor: str, key: str | int, value: Any) -> Any:
    """Another word that stands under the same key somewhere else, or another type of JSON."""
    if not isinstance(value, str):
        return value
    if value in JSON_TYPES:
        return JSON_TYPES[(JSON_TYPES.index(value) + 1) % len(JSON_TYPES)]
    words = WORDS[vendor][key]
    return words[(words.index(value) + 1) % len(words)]


def words_of(node: Any) -> Iterator[tuple[str | int, str]]:
    """Every text of a document with the key that it stands under."""
    for key, child in node.items() if isinstance(node, dict) else enumerate(node):
        if isinstance(child, str):
            yield key, child
        elif isinstance(child, dict | list):
            yield from words_of(child)


JSON_TYPES = ["string", "integer", "number", "boolean", "array", "object"]
WORDS: dict[str, dict[str | int, list[str]]] = {name: {} for name in SHIPPED}
for name, files in SHIPPED.items():
    for key, word in words_of(files):
        if word not in WORDS[name].setdefault(key, []):
            WORDS[name][key].append(word)


def damaged(damage: Damage) -> dict[str, Any]:
    """The files of the vendor after one damage."""
    files = copy.deepcopy(SHIPPED[damage.vendor])
    node = files[damage.file]
    for step in damage.steps[:-1]:
        node = node[step]
    last = damage.steps[-1]
    if damage.what in ("deleted", "forgotten"):
        del node[last]
        if damage.what == "forgotten" and isinstance(node.get("x-source"), dict):
            node["x-source"].pop(last, None)  # as somebody does who takes a statement out
    elif damage.what == "renamed":
        renamed = {f"{key}x" if key == last else key: value for key, value in node.items()}
        node.clear()
        node.update(renamed)
    elif damage.what == "swapped":
        node[last] = swapped(damage.vendor, last, node[last])
    else:
        node[last] = {"retyped": retyped, "emptied": emptied, "changed": changed}[damage.what](node[last])
    return files


def found(damage: Damage) -> tuple[Vendor | None, list[str]]:
    """The damaged vendor, as far as it can be loaded, and what is said of it."""
    try:
        vendor = vendor_of(damage.vendor, damaged(damage))
    except ContractError as error:
        return None, [str(error)]
    return vendor, [str(one) for one in lint(vendor)]


class Walk:
    """Everything that an application does with a vendor; what the mock cannot serve raises."""

    def __init__(self, vendor: Vendor) -> None:
        self.vendor = vendor
        self.engine = Engine({vendor.name: vendor}, clock=VirtualClock(), origin=ORIGIN)
        self.world = self.engine.worlds.world(vendor.name, KEY)
        self.world.rate_limit, self.world.balance = None, 1e6
        self.got: list[bytes] = []
        self.engine.transport.receivers[RECEIVER] = self.receive
        if any("account" in one.contract["address"] for one in vendor.of_kind("delivery")):
            self.world.callback_url = RECEIVER
        self.session: requests.Session = mount(InProcessSession(), self.refuse, ORIGIN, self.engine.handle)

    def picture(self, create: Operation) -> str:
        """The link of a picture that is within every limit."""
        pictures, units = create.contract["pictures"], self.vendor.data["units"]
        side = max(1, least_side(pictures))
        size = (side, side) if any(broken(400, 300, pictures, units)) else (400, 300)
        ending = "jpg" if "jpeg" in pictures["formats"] else pictures["formats"][0]
        return f"{ORIGIN}/_mock/images/{size[0]}x{size[1]}.{ending}"

    def receive(self, _url: str, _headers: Any, body: bytes) -> tuple[int, bytes]:
        """Take a delivery; nothing is acknowledged, so that each attempt is made."""
        self.got.append(body)
        return 500, b""

    def refuse(self, *_: Any) -> Any:
        """The walk leads to the vendor alone."""
        raise AssertionError

    def send(self, operation: Operation, values: dict[str, Any], *, key: str = KEY) -> requests.Response:
        """One request; asserts that the mock answers it as a vendor would, not by breaking down."""
        auth, path, rest = self.vendor.data["auth"], operation.path, dict(values)
        for name in list(rest):
            if f"{{{name}}}" in path:
                path = path.replace(f"{{{name}}}", str(rest.pop(name)))
        form = operation.encodings and "application/json" not in operation.encodings
        body: dict[str, Any] = {"data": rest} if form else {"json": rest} if operation.encodings else {}
        pictures = operation.contract.get("pictures", {})
        if "file" in pictures and not rest.keys() & {pictures.get("link")}:
            body["files"] = {pictures["file"]: card(400, 300, "png")}
        secrets, now = known_secrets(auth, key), self.world.clock.now
        answer = self.session.request(
            operation.method, ORIGIN + path, auth=lambda request: signed(auth, secrets, request, now()), **body
        )
        assert answer.status_code < 500, (operation.name, values, answer.status_code, answer.text)
        return answer

    def whole(self) -> None:
        """Create, poll, download, be told, delete; and each wrong request once."""
        for create in self.vendor.of_kind("create"):
            self.carried_to_its_end(create)
        for operation in self.vendor.operations.values():
            if operation.kind != "delivery":
                self.refused(operation)

    def carried_to_its_end(self, create: Operation) -> None:
        """A task from its creation to its result, its delivery and its end; then one that fails."""
        read = self.vendor.operations[create.contract["read"]]
        values = addressed(base_request(create), self.picture(create), RECEIVER)
        values.update(dict.fromkeys(create.contract.get("urls", ()), RECEIVER))
        if "link" in create.contract["pictures"]:
            values[create.contract["pictures"]["link"]] = self.picture(create)
        self.got.clear()
        answer = self.send(create, values)
        assert "X-Greycard-Reason" not in answer.headers, answer.headers["X-Greycard-Reason"]
        task = self.world.kept.latest_tasks(1)[0].id
        self.polled(read, task, values, "running")
        self.engine.time.advance(self.world, 1000)
        self.polled(read, task, values, "succeeded")
        plan = self.world.tasks[task]
        if (
            create.name in self.world.runtime.deliveries
            and "succeeded" in (self.world.runtime.deliveries[create.name].contract["on"])
        ):
            assert self.got, f"nothing was delivered of {create.name}"
        from greycard_mocks.answers.results import recipes_of

        for recipe in recipes_of(plan, create.contract["result"]).values():
            with self.engine.results.open(recipe) as picture:
                assert picture.read(4)
        for outcome in self.world.runtime.outcomes():
            self.world.add_scenario(Scenario(outcome=outcome))
            self.send(create, values)
            task = self.world.kept.latest_tasks(1)[0].id
            self.engine.time.advance(self.world, 1000)
            self.polled(read, task, values, self.world.runtime.phase(outcome))
        for delete in self.vendor.of_kind("delete"):
            if delete.contract["create"] == create.name:
                self.send(delete, {delete.contract["task"]["parameter"]: task})
                assert task not in self.world.tasks

    def polled(self, read: Operation, task: str, values: dict[str, Any], phase: str) -> None:
        """Reads a task and asserts that the answer is not refused."""
        base = base_request(read)
        asked = {name: values.get(name, base[name]) for name in base} | {read.contract["task"]["parameter"]: task}
        answer = self.send(read, asked)
        assert "X-Greycard-Reason" not in answer.headers, (phase, answer.headers["X-Greycard-Reason"])

    def refused(self, operation: Operation) -> None:
        """Wrong keys, unknown tasks, requests without anything in them and pictures that are none are refused."""
        values = addressed(base_request(operation), f"{ORIGIN}/_mock/images/40000x3.jpg", RECEIVER)
        self.send(operation, values)
        self.send(operation, values, key="wrong-key")
        self.send(operation, {name: one for name, one in values.items() if f"{{{name}}}" in operation.path})
        self.session.get(f"{ORIGIN}{self.vendor.data['paths']['prefix']}nowhere")


def judge(damage: Damage) -> None:
    """Asserts that the lint names file and place of a damage, or that the mock serves what is left."""
    vendor, said = found(damage)
    if said:
        assert any(damage.file in one or damage.vendor in one for one in said), (str(damage), said)
        return
    assert vendor is not None
    try:
        Walk(vendor).whole()
    except Exception as error:
        msg = f"{damage}: the lint is silent, and the mock: {error!r}"
        raise AssertionError(msg) from error


@pytest.mark.parametrize("vendor", SHIPPED)
def test_what_is_whole_is_served(vendor: str) -> None:
    """The walk that judges damaged data goes through with those that are shipped."""
    Walk(vendor_of(vendor, copy.deepcopy(SHIPPED[vendor]))).whole()


@pytest.mark.skipif(os.environ.get("HYPOTHESIS_PROFILE") == "deep", reason="HYPOTHESIS_PROFILE=deep tries all")
@settings(max_examples=60)
@given(st.sampled_from(DAMAGES))
def test_a_damage_is_named_or_survived(damage: Damage) -> None:
    """No damage reaches the mock unseen and breaks it."""
    judge(damage)


@pytest.mark.slow
@pytest.mark.skipif(os.environ.get("HYPOTHESIS_PROFILE") != "deep", reason="many minutes; HYPOTHESIS_PROFILE=deep")
@pytest.mark.parametrize("vendor", SHIPPED)
def test_every_damage_is_named_or_survived(vendor: str) -> None:
    """As above, for each damage that there is."""
    for damage in DAMAGES:
        if damage.vendor == vendor:
            judge(damage)
