"""Time never runs backwards, however a world's clock is steered and whoever looks at it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from greycard_mocks.clock import SystemClock, VirtualClock, WorldClock

STEERERS = 3
WATCHERS = 3
LOOKS = 3000


class Base:
    """A base clock of which a test says how far it goes, and what happens while it is being read."""

    def __init__(self) -> None:
        self.moment = 1000.0
        self.meanwhile: Callable[[], None] | None = None

    def now(self) -> float:
        """The moment after whatever happened meanwhile."""
        happens, self.meanwhile = self.meanwhile, None
        if happens is not None:
            happens()
            self.moment += 1.0
        return self.moment

    def sleep(self, seconds: float) -> None:
        """Pass so many seconds."""
        self.moment += seconds


STEERING: dict[str, Callable[[WorldClock], None]] = {
    "freeze": WorldClock.freeze,
    "resume": WorldClock.resume,
    "slow": lambda clock: clock.set_speed(0.01),
    "fast": lambda clock: clock.set_speed(1000.0),
    "back": lambda clock: clock.move_to(clock.now() - 100.0),
    "far back": lambda clock: clock.move_to(0.0),
    "on": lambda clock: clock.move_to(clock.now() + 5.0),
    "sleep": lambda clock: clock.sleep(0.5),
}


class Steered(RuleBasedStateMachine):
    """One clock, any steering in any order, also while somebody is looking at it."""

    @initialize(speed=st.sampled_from([0.5, 1.0, 1000.0]))
    def begin(self, speed: float) -> None:
        """A clock that has just been made."""
        self.base = Base()
        self.clock = WorldClock(self.base, speed=speed)
        self.last = self.clock.now()

    @rule(seconds=st.floats(0, 10))
    def pass_time(self, seconds: float) -> None:
        """The base clock goes on."""
        self.base.moment += seconds

    @rule(how=st.sampled_from(sorted(STEERING)))
    def steer(self, how: str) -> None:
        """Somebody steers the clock."""
        STEERING[how](self.clock)

    @rule(seconds=st.floats(0, 10))
    def move_on(self, seconds: float) -> None:
        """Somebody moves the clock on to a moment: it is reached."""
        moment = self.clock.now() + seconds
        self.clock.move_to(moment)
        assert self.clock.now() >= moment

    @rule(how=st.sampled_from(sorted(STEERING)))
    def look_while_it_is_steered(self, how: str) -> None:
        """Somebody looks, and another thread steers the clock between the two things that the look needs."""
        self.base.meanwhile = lambda: STEERING[how](self.clock)
        self.look()
        self.base.meanwhile = None

    @invariant()
    def look(self) -> None:
        """What is seen now is not before what was seen last."""
        seen = self.clock.now()
        assert seen >= self.last
        self.last = seen


TestTimeNeverRunsBackwards = Steered.TestCase


@pytest.mark.parametrize("base", [SystemClock, VirtualClock])
def test_no_thread_sees_time_run_backwards(base: Callable[[], Any]) -> None:
    """Several threads steer a clock in every way while several look: each of them sees time stand or go forward."""
    clock = WorldClock(base(), speed=1000.0)
    over = threading.Event()
    seen: list[list[float]] = [[] for _ in range(WATCHERS)]
    failed: list[BaseException] = []

    def steer(number: int) -> None:
        ways = sorted(STEERING)
        turn = number
        while not over.is_set():
            if ways[turn % len(ways)] != "sleep":  # which takes real time on a real clock
                STEERING[ways[turn % len(ways)]](clock)
            turn += 1 + number

    def watch(number: int) -> None:
        for _ in range(LOOKS):
            seen[number].append(clock.now())

    def guarded(work: Callable[[int], None], number: int) -> None:
        try:
            work(number)
        except BaseException as error:  # noqa: BLE001 - told below
            failed.append(error)

    watchers = [threading.Thread(target=guarded, args=(watch, number)) for number in range(WATCHERS)]
    steerers = [threading.Thread(target=guarded, args=(steer, number)) for number in range(STEERERS)]
    for thread in (*steerers, *watchers):
        thread.start()
    for thread in watchers:
        thread.join(60)
    over.set()
    for thread in steerers:
        thread.join(60)
    assert failed == []
    assert [len(looks) for looks in seen] == [LOOKS] * WATCHERS
    assert all(earlier <= later for looks in seen for earlier, later in pairwise(looks))


def test_successive_requests_see_time_go_forward(make_lab: Callable[..., Any]) -> None:
    """Each request of a thread is journalled at a moment not before that of its last one, while others steer."""
    lab = make_lab("magictiger")
    world = lab.world("magictiger")
    over = threading.Event()
    moments: dict[int, list[float]] = {}

    def steer() -> None:
        while not over.is_set():
            lab.engine.time.freeze(world)
            lab.engine.time.advance(world, 0.5)
            world.clock.set_speed(50.0)  # whose base moves: the laboratory's own
            lab.engine.time.resume(world)
            world.clock.set_speed(0.5)
            lab.pass_time(0.25)

    def ask(number: int) -> None:
        for turn in range(25):
            lab.call("POST", "/gettask", headers={"token": "test-key"}, json={"taskid": f"{number}-{turn}", "type": 1})

    steerer = threading.Thread(target=steer)
    askers = [threading.Thread(target=ask, args=(number,)) for number in range(3)]
    for thread in (steerer, *askers):
        thread.start()
    for thread in askers:
        thread.join(60)
    over.set()
    steerer.join(60)
    for entry in world.journal.of_kind("request"):
        number, _, turn = entry["values"]["taskid"].partition("-")
        moments.setdefault(int(number), []).append(entry.at)
        assert len(moments[int(number)]) == int(turn) + 1
    assert [len(one) for one in moments.values()] == [25] * 3
    assert all(earlier <= later for one in moments.values() for earlier, later in pairwise(one))
