"""What the pump keeps in its books: how long it sleeps, what it takes out of a world, and that nothing stays behind."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from greycard_mocks.core.keeping.dues import Due
from greycard_mocks.core.plan import Course, TaskPlan
from greycard_mocks.core.world import World
from greycard_mocks.delivery import pump as pump_module
from greycard_mocks.delivery.message import address_of
from greycard_mocks.delivery.pump import LONGEST_WAIT_SECONDS, PER_RECEIVER, Pump, _Job
from greycard_mocks.delivery.schedule import Deliveries

NOW = 1_700_000_000.0


class Still:
    """A clock of real time, as far as anybody can tell, that a test holds."""

    def now(self) -> float:
        """Always the same moment."""
        return NOW

    def sleep(self, seconds: float) -> None:
        """Nobody waits for it."""


class Sender(Deliveries):
    """Deliveries whose attempts are only noted, while a gate is open; `most` is how many were busy at once."""

    def __init__(self) -> None:
        super().__init__(None, None, "http://mock.test")  # type: ignore[arg-type]
        self.gate, self.sent, self.busy, self.most = threading.Event(), [], 0, 0  # type: ignore[var-annotated]
        self.threads: set[threading.Thread] = set()
        self._lock = threading.Lock()

    def attempt(self, world: World, due: Due) -> None:  # noqa: ARG002 - as the deliveries have it
        """Note one attempt when the gate is open."""
        with self._lock:
            self.busy += 1
            self.most = max(self.most, self.busy)
            self.threads.add(threading.current_thread())
        self.gate.wait(10)
        with self._lock:
            self.busy -= 1
            self.sent.append(due.task_id)


@pytest.fixture
def world(make_lab: Callable[..., Any]) -> World:
    """A world of Magic Tiger at twice the speed of its clock, which is none of a test's virtual ones."""
    made = World(make_lab("magictiger").engine.runtimes["magictiger"], "test-key", Still(), seed=0, speed=2.0)
    made.callback_url = "http://receiver.test/hook"
    return made


def owe(deliveries: Deliveries, world: World, *moments: float, known: bool = True) -> list[str]:
    """Tasks whose first attempts are due so many seconds from now; `known`: the world remembers the task."""
    names = [f"{len(world.tasks)}-{index}" for index in range(len(moments))]
    for name, moment in zip(names, moments, strict=True):
        if known:
            world.add(TaskPlan(name, NOW, Course("createtask", ((0.0, "succeeded"),), {}), ()))
        deliveries._push(world, Due(NOW + moment, name, 1, 0))
    return names


def test_the_pump_sleeps_until_the_next_attempt_in_real_seconds(world: World) -> None:
    """At twice the speed what is due in ten seconds of the world is five real ones away; the earliest one counts."""
    sender = Sender()
    pump = Pump(sender)
    owe(sender, world, 30, 10, 20)
    assert pump._serve(world) == pytest.approx(5.0, abs=0.001)
    world.clock.freeze()
    assert pump._serve(world) == LONGEST_WAIT_SECONDS
    world.clock.resume()
    world.settling = 1
    assert pump._serve(world) == LONGEST_WAIT_SECONDS


def test_a_world_without_anything_due_is_no_longer_looked_at(world: World) -> None:
    """What waits is looked at until its last attempt is taken, and then no more."""
    sender = Sender()
    sender.gate.set()
    pump = Pump(sender)
    owe(sender, world, 10)
    pump._waiting[world.id] = world
    pump._serve(world)
    assert pump._waiting == {world.id: world}
    world.dues.clear()
    assert pump._serve(world) == LONGEST_WAIT_SECONDS
    assert pump._waiting == {}


def test_what_is_due_for_a_task_that_is_gone_is_dropped(world: World) -> None:
    """A deleted task has no address any more: its attempt is taken out of the world and sent nowhere."""
    sender = Sender()
    sender.gate.set()
    pump = Pump(sender)
    owe(sender, world, 0, known=False)
    pump._serve(world)
    assert world.dues.listed() == []
    assert (pump._ready_count, pump._sending, sender.sent) == (0, set(), [])


def test_everything_handed_over_is_sent_and_nothing_stays_in_the_books(world: World) -> None:
    """One receiver gets at most two at once from threads that end no process late; then all the books are empty."""
    sender = Sender()
    pump = Pump(sender)
    names = owe(sender, world, *[0.0] * 7)
    pump._serve(world)
    _until(lambda: sender.busy == PER_RECEIVER)
    assert pump._ready_count == len(names) - PER_RECEIVER
    sender.gate.set()
    _until(lambda: not pump._sending)
    assert sorted(sender.sent) == names
    assert sender.most == PER_RECEIVER
    assert all(thread.daemon for thread in sender.threads)
    assert (pump._ready_count, dict(pump._ready), pump._busy) == (0, {}, {})


def test_no_more_is_taken_out_of_a_world_than_may_wait(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """While as many wait for a thread as may, what is due stays in its world."""
    monkeypatch.setattr(pump_module, "MAX_READY", 3)
    sender = Sender()
    pump = Pump(sender, workers=0)
    owe(sender, world, *[0.0] * 5)
    pump._serve(world)
    assert (pump._ready_count, len(world.dues)) == (3, 2)


def test_the_thread_that_waits_ends_no_process_late(world: World) -> None:
    """A process may end while deliveries wait: the waiting thread is a daemon, and `close` ends it."""
    sender = Sender()
    pump = Pump(sender)
    owe(sender, world, 1000)
    pump.notify(world)
    thread = pump._thread
    assert thread is not None
    assert thread.daemon
    pump.close()
    assert not thread.is_alive()


def test_a_delivery_that_the_mock_could_not_make_is_journalled_with_its_address(world: World) -> None:
    """The entry names the receiver and what went wrong; of a task that is gone meanwhile it names no receiver."""
    pump = Pump(Sender())
    world.add(TaskPlan("kept", NOW, Course("createtask", ((0.0, "succeeded"),), {}), ()))
    for task in ("kept", "gone"):
        pump._note(_Job(world, Due(NOW, task, 1, 0)), RuntimeError("told to nobody"))
    kept, gone = world.journal.of_kind("delivery")
    assert (kept["url"], kept["outcome"], kept["attempt"]) == ("http://receiver.test/hook", "failed", 1)
    assert "receiver.test" not in gone["url"]
    assert kept["reason"] == "the mock could not make this delivery: RuntimeError"


def test_an_address_is_the_fixed_one_or_the_requests_or_the_accounts(make_lab: Callable[..., Any]) -> None:
    """Where a document fixes the address it goes before all others; a vendor without deliveries has none."""
    engine = make_lab().engine
    found = {}
    for name, runtime in engine.runtimes.items():
        create = runtime.vendor.of_kind("create")[0].name
        plan = TaskPlan("t", NOW, Course(create, ((0.0, "succeeded"),), {"webhookUrl": "http://asked.test/"}), ())
        its = engine.worlds.world(name, "test-key")
        its.callback_url = "http://account.test/"
        found[name] = address_of(runtime, its, plan)
        for delivery in runtime.deliveries.values():
            delivery.contract["address"] = {"always": "http://fixed.test/"}
            assert address_of(runtime, its, plan) == "http://fixed.test/"
    assert found == {
        "enhancor": "http://asked.test/",
        "magictiger": "http://account.test/",
        "picwish": None,
        "wondershare": None,
    }


def _until(holds: Callable[[], bool]) -> None:
    """Wait, a few seconds at most, until something holds."""
    pause = threading.Event()
    for _ in range(1000):
        if holds():
            return
        pause.wait(0.005)
    pytest.fail("it did not come about within five seconds")
