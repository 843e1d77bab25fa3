"""Lets sleeping move the clocks of worlds in place of waiting: `time.sleep`, and `sleep` of asyncio, anyio and trio.

A sleep waits for a small part of its time, so that shorter sleeps end before longer ones and background loops cannot
run away; then it moves each clock to where the sleep ends, unless another sleeper has come so far already. Libraries
are found where they have been imported, and so are the names of ``from time import sleep``.
"""

from __future__ import annotations

import inspect
import math
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator, Iterable, Sequence
    from types import ModuleType

REAL_SHARE = 1 / 200
"""Real seconds that a sleep takes for each second that it asks for."""

MOST_REAL_SECONDS = 0.2
LIBRARIES = ("time", "asyncio", "anyio", "trio")
NOT_APPLICATIONS = frozenset({
    "_pytest", "anyio", "asyncio", "execnet", "granian", "greycard_mocks", "greycard_suite", "gunicorn", "hypercorn",
    "pytest", "selenium", "trio", "uvicorn", "werkzeug", "xdist",
})  # fmt: skip
"""Packages whose own sleeping moves nothing: servers, test runners, and the libraries themselves."""


class Sleeper(Protocol):
    """A clock that sleeping moves."""

    def now(self) -> float:
        """Seconds since 1970."""
        ...

    def reach(self, moment: float) -> None:
        """Be at `moment` or later."""
        ...

    def is_due(self, moment: float) -> bool:
        """Whether getting there means to call receivers."""
        ...


class _Patches:
    """What is patched now, for all threads of this process; the first one puts it on and the last one takes it off."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sources: list[Callable[[], Iterable[Sleeper]]] = []
        self._places: list[tuple[ModuleType, str, Any, Any]] = []

    def enter(self, source: Callable[[], Iterable[Sleeper]]) -> None:
        with self._lock:
            self._sources.append(source)
            if len(self._sources) == 1:
                self._put_on()

    def leave(self, source: Callable[[], Iterable[Sleeper]]) -> None:
        with self._lock:
            self._sources.remove(source)
            if not self._sources:
                self._take_off()

    def arrivals(self, seconds: object, caller: str) -> list[tuple[Sleeper, float]]:
        """Each clock with the moment to which this sleep moves it; none for a sleep that is not to be touched."""
        is_length = isinstance(seconds, int | float) and math.isfinite(seconds) and seconds > 0
        if not is_length or caller.partition(".")[0] in NOT_APPLICATIONS:
            return []
        with self._lock:
            sources = tuple(self._sources)
        clocks = {id(clock): clock for source in sources for clock in source()}
        return [(clock, clock.now() + float(seconds)) for clock in clocks.values()]  # type: ignore[arg-type]

    def _put_on(self) -> None:
        for library in LIBRARIES:
            original = getattr(sys.modules.get(library), "sleep", None)
            if original is None:
                continue
            ours = _blocking(original) if library == "time" else _awaiting(original, library)
            for module in _holders(library):
                for name in [name for name, value in tuple(vars(module).items()) if value is original]:
                    setattr(module, name, ours)
                    self._places.append((module, name, ours, original))

    def _take_off(self) -> None:
        while self._places:
            module, name, ours, original = self._places.pop()
            if getattr(module, name, None) is ours:  # otherwise somebody else has patched it meanwhile
                setattr(module, name, original)


_PATCHES = _Patches()


@contextmanager
def sleeping_moves(clocks: Callable[[], Iterable[Sleeper]]) -> Generator[None]:
    """While this is open, a sleep of the application moves these clocks; may be opened several times, in any thread."""
    _PATCHES.enter(clocks)
    try:
        yield
    finally:
        _PATCHES.leave(clocks)


def _holders(library: str) -> Sequence[ModuleType]:
    """The library itself, and every module of an application that may have imported its `sleep` by name."""
    found = [sys.modules[library]]
    for name, module in tuple(sys.modules.items()):
        top = name.partition(".")[0]
        if top not in NOT_APPLICATIONS and name != library and isinstance(getattr(module, "__dict__", None), dict):
            found.append(module)
    return found


def _real_seconds(seconds: float) -> float:
    return min(seconds * REAL_SHARE, MOST_REAL_SECONDS)


def _blocking(original: Callable[[float], None]) -> Callable[[float], None]:
    def sleep(seconds: float, /) -> None:
        """`time.sleep`, which moves the clocks of worlds meanwhile."""
        arrivals = _PATCHES.arrivals(seconds, _caller())
        if not arrivals:
            original(seconds)
            return
        original(_real_seconds(seconds))
        for clock, moment in arrivals:
            clock.reach(moment)

    return sleep


def _awaiting(original: Callable[..., Awaitable[Any]], library: str) -> Callable[..., Awaitable[Any]]:
    def sleep(delay: Any = 0, *arguments: Any, **options: Any) -> Awaitable[Any]:
        """The library's own `sleep`, which moves the clocks of worlds meanwhile."""
        delay = options.pop("seconds", delay)  # as trio calls it
        caller = _caller()

        async def asleep() -> Any:
            arrivals = _PATCHES.arrivals(delay, caller)
            if not arrivals:
                return await original(delay, *arguments, **options)
            said = await original(_real_seconds(delay), *arguments, **options)
            for clock, moment in arrivals:
                await in_thread(library, clock, moment)
            return said

        return asleep()

    return sleep


def event_loop() -> str:
    """The library whose event loop runs this code: asyncio (so it is with anyio, mostly) or trio."""
    import asyncio

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return "trio"
    return "asyncio"


async def really_sleep(library: str, seconds: float) -> None:
    """Sleep in real time, also while the library's `sleep` is patched."""
    sleep: Callable[[float], Awaitable[Any]] = sys.modules[library].sleep
    await sleep(seconds)


async def in_thread(library: str, clock: Sleeper, moment: float) -> None:
    """Let `clock` reach `moment`; in a thread where receivers are called, which may need this event loop to answer."""
    if not clock.is_due(moment):
        clock.reach(moment)
    elif library == "asyncio":
        import asyncio

        await asyncio.to_thread(clock.reach, moment)
    else:
        await sys.modules[library].to_thread.run_sync(clock.reach, moment)


def _caller() -> str:
    """The module of whoever called the function that asks."""
    frame = inspect.currentframe()
    for _ in range(2):
        frame = frame.f_back if frame is not None else None
    return "" if frame is None else str(frame.f_globals.get("__name__", ""))
