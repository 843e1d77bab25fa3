"""Every task that was created can be read until it is deleted, whatever else happens and whoever else calls."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from greycard_mocks import Mock, VendorMock
from greycard_mocks.core.scenario import Scenario
from greycard_schemas.examples.requests import addressed, base_request
from greycard_schemas.loader import load_contracts
from greycard_schemas.templates import places_of
from greycard_suite.judge.read_answer import at

VENDORS = load_contracts()
THREADS = 6
TASKS_OF_A_THREAD = 25


@dataclass(frozen=True)
class Account:
    """One account at one vendor, used as its documents say."""

    vendor: VendorMock
    name: str
    receiver: str

    def create(self) -> str:
        """The id of a new task."""
        operation = VENDORS[self.name].of_kind("create")[0]
        link = self.vendor.images.link(80, 64)
        values = addressed(base_request(operation), link, self.receiver)
        pictures = operation.contract["pictures"]
        if "file" in pictures:
            values[pictures["link"]] = link
        answer = self._call(operation.name, values)
        assert answer.status_code == 200, answer.text
        (place,) = places_of(operation.contract["responses"]["accepted"]["body"], ("task.id",))
        return str(at(answer.json(), place))

    def read(self, task: str) -> bool:
        """Whether a task is there; its answer names it where the answer of the vendor does."""
        create = VENDORS[self.name].of_kind("create")[0]
        operation = VENDORS[self.name].operations[create.contract["read"]]
        values = {**base_request(operation), operation.contract["task"]["parameter"]: task}
        if "match" in operation.contract["task"]:
            values[operation.contract["task"]["match"]] = base_request(create)[operation.contract["task"]["match"]]
        answer = self._call(operation.name, values)
        unknown = VENDORS[self.name].data["errors"][operation.contract["task"]["unknown"]]["code"]
        return answer.status_code == 200 and unknown not in _texts(answer.json())

    def delete(self, task: str) -> None:
        """Delete a task, which succeeds."""
        (operation,) = VENDORS[self.name].of_kind("delete")
        answer = self._call(operation.name, {operation.contract["task"]["parameter"]: task})
        assert answer.json()["code"] == 0, answer.text

    def _call(self, name: str, values: dict[str, Any]) -> Any:
        operation, path = VENDORS[self.name].operations[name], VENDORS[self.name].operations[name].path
        body = dict(values)
        for field in list(body):
            if "{" + field + "}" in path:
                path = path.replace("{" + field + "}", str(body.pop(field)))
        how = "json" if "application/json" in operation.encodings else "data"
        options: dict[str, Any] = {how: body} if operation.encodings else {}
        headers = operation.request_headers
        return self.vendor.session().request(
            operation.method, self.vendor.url + path, headers=headers, timeout=30, **options
        )


def _texts(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        for child in value.values():
            yield from _texts(child)
    elif isinstance(value, list):
        for child in value:
            yield from _texts(child)
    else:
        yield value


def account_at(mock: Mock, name: str) -> Account:
    """A fresh account without a limit of requests, whose deliveries are taken."""
    vendor = mock.vendor(name)
    if VENDORS[name].data.get("rate"):
        vendor.set_rate_limit(None)
    return Account(vendor, name, vendor.receiver(lambda _: (200, b'{"code": 0, "data": {"success": true}}')))


@pytest.mark.parametrize("name", sorted(VENDORS))
def test_no_interleaving_of_threads_loses_a_task(name: str) -> None:
    """Tasks that several threads create, read, delete and let grow old are all there, but for those deleted."""
    with Mock([name], in_process=True) as mock:
        account = account_at(mock, name)
        deletes = bool(VENDORS[name].of_kind("delete"))
        kept: list[str] = []
        deleted: list[str] = []
        gate = threading.Barrier(THREADS)

        def work(number: int) -> None:
            gate.wait(10)
            for turn in range(TASKS_OF_A_THREAD):
                task = account.create()
                assert account.read(task)
                if deletes and turn % 5 == number % 5:
                    account.delete(task)
                    deleted.append(task)
                else:
                    kept.append(task)
                if turn % 10 == number:
                    account.vendor.clock.advance(0.7)

        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(work, range(THREADS)))
        assert len(set(kept) | set(deleted)) == THREADS * TASKS_OF_A_THREAD
        account.vendor.clock.advance(3600)
        assert [task for task in kept if not account.read(task)] == []
        assert {*kept} == {*account.vendor.world.tasks}
        assert {*deleted} == {*account.vendor.world.deleted}


class Kept(RuleBasedStateMachine):
    """One account of the vendor that knows deleting; a model of what must be there."""

    @initialize()
    def begin(self) -> None:
        """A fresh account."""
        self.mock = Mock(["magictiger"], in_process=True)
        self.account = account_at(self.mock, "magictiger")
        self.kept: list[str] = []
        self.deleted: list[str] = []

    @rule(count=st.integers(1, 4))
    def create(self, count: int) -> None:
        """New tasks."""
        self.kept += [self.account.create() for _ in range(count)]

    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        """One task goes, and no other."""
        if self.kept:
            task = data.draw(st.sampled_from(self.kept))
            self.kept.remove(task)
            self.account.delete(task)
            self.deleted.append(task)

    @rule(seconds=st.sampled_from([0.1, 3.0, 10_000.0]))
    def wait(self, seconds: float) -> None:
        """Tasks grow old."""
        self.account.vendor.clock.advance(seconds)

    @rule(outcome=st.sampled_from(["succeeded", "failed"]))
    def wish(self, outcome: str) -> None:
        """The next task ends so."""
        self.account.vendor.world.add_scenario(Scenario(outcome=outcome))

    @rule(option=st.sampled_from(["3", "4"]))
    def read_otherwise(self, option: str) -> None:
        """The account is served by another reading of the document."""
        self.account.vendor.set_variants(callback_attempts=option)

    @rule()
    def fail(self) -> None:
        """A create that a fault answers leaves no task, and takes none away."""
        self.account.vendor.fault("error_status")
        operation = VENDORS["magictiger"].of_kind("create")[0]
        assert self.account._call(operation.name, base_request(operation)).status_code == 503

    @rule()
    def carry_over(self) -> None:
        """The account is exported and taken in again."""
        place = f"{self.account.vendor.url}/_mock/worlds/{self.account.vendor.world.id}"
        session = self.account.vendor.session()
        answer = session.put(f"{place}/import", json=session.get(f"{place}/export").json())
        assert answer.status_code == 200, answer.text

    @invariant()
    def all_are_there(self) -> None:
        """Each can be read but the deleted."""
        assert [task for task in self.kept if not self.account.read(task)] == []
        assert list(self.account.vendor.world.deleted) == self.deleted

    def teardown(self) -> None:
        """Give everything back."""
        self.mock.close()


TestNothingIsLost = Kept.TestCase
TestNothingIsLost.settings = settings(max_examples=max(10, settings().max_examples // 5), stateful_step_count=15)
