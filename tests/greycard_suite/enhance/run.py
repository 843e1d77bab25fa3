"""One run of `greycard enhance`: some threads work on the pictures, results are named after what they are.

May not print: it yields one outcome per picture. Nothing half-written is left behind, nothing is overwritten
unless the user says so.
"""

from __future__ import annotations

import queue
import re
import shutil
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from greycard_suite.enhance.vendors import PICWISH_RATE, Desk, batches, make_client, steps
from greycard_suite.output_file import output_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import requests

    from greycard_client import Clock
    from greycard_suite.enhance.local_links import LocalLinks
    from greycard_suite.enhance.vendors import Choices, Picture, Step

ENDINGS = ("jpg", "png", "bmp", "webp", "tiff", "gif", "bin")
SCALE_PATH = "/api/tasks/visual/scale"
_ARGUMENT = re.compile(r"\braise (timeout|deadline)=")
"""The client's advice names an argument of its own; the command has an option of the same name."""


class Stopped(Exception):  # noqa: N818 - it says what happened; nothing is wrong
    """The user wants the run to end."""


class StoppableClock:
    """A clock whose sleeper wakes when the run is stopped; with `inner` nobody waits for real."""

    def __init__(self, stop: threading.Event, inner: Clock | None = None) -> None:
        from greycard_client import SystemClock

        self._stop, self._inner, self._real = stop, inner, SystemClock()

    def now(self) -> float:
        """Seconds since 1970."""
        return (self._inner or self._real).now()

    def sleep(self, seconds: float) -> None:
        """Wait for `seconds`; raises Stopped when the run has been stopped."""
        if self._inner is not None:
            self._inner.sleep(seconds)
        if self._stop.wait(0 if self._inner is not None else max(0.0, seconds)):
            raise Stopped


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one picture ended: `saved` where, or `reason` why not (both when what came is no picture).

    `further` are the other pictures of a task with several results.
    """

    picture: Picture
    saved: Path | None = None
    reason: str = ""
    further: tuple[Path, ...] = ()


@dataclass
class Run:
    """Pictures, where their results go, and how many are worked on at once (`jobs`)."""

    choices: Choices
    pictures: Sequence[Picture]
    folder: Path
    links: LocalLinks
    jobs: int = 4
    force: bool = False
    clock: Clock | None = None
    _stop: threading.Event = field(default_factory=threading.Event)
    _fatal: str = ""

    def outcomes(self) -> Iterator[Outcome]:
        """One outcome per picture, as they come; OSError when the folder cannot be written to."""
        todo: queue.SimpleQueue[Sequence[Picture]] = queue.SimpleQueue()
        done: queue.SimpleQueue[Outcome | BaseException] = queue.SimpleQueue()
        free: list[Picture] = []
        for picture in self.pictures:
            taken = None if self.force else self._taken(picture)
            if taken is None:
                free.append(picture)
            else:
                yield Outcome(picture, reason=f"{taken} is there already; remove it, or give --force or -o")
        portions = batches(self.choices.vendor, free)
        for portion in portions:
            todo.put(portion)
        with tempfile.TemporaryDirectory(prefix=".greycard-", dir=self.folder, ignore_cleanup_errors=True) as scratch:
            try:
                self._start(min(self.jobs, len(portions)), todo, done, Path(scratch))
                for _ in free:
                    outcome = done.get()
                    if isinstance(outcome, BaseException):
                        raise outcome
                    yield outcome
            finally:
                self._stop.set()

    def _start(
        self,
        number: int,
        todo: queue.SimpleQueue[Sequence[Picture]],
        done: queue.SimpleQueue[Outcome | BaseException],
        scratch: Path,
    ) -> None:
        from greycard_suite.clock import Pace
        from greycard_suite.enhance.pacing import MARGIN_SECONDS, PacedSession

        clock = StoppableClock(self._stop, self.clock)
        pace = Pace(PICWISH_RATE, margin=MARGIN_SECONDS)
        for worker in range(number):
            session: requests.Session | None = None
            if self.choices.vendor == "picwish":
                base = make_client(self.choices, clock).base_url
                session = PacedSession(pace, clock, base + SCALE_PATH)
            client = make_client(self.choices, clock, session=session)
            desk = Desk(self.choices, client, clock, self.links)
            # daemons: a thread that waits for an answer must not keep the user waiting after Ctrl-C
            name, work = f"greycard-enhance-{worker}", (desk, todo, done, scratch)
            threading.Thread(target=self._work, args=work, name=name, daemon=True).start()

    def _work(
        self,
        desk: Desk,
        todo: queue.SimpleQueue[Sequence[Picture]],
        done: queue.SimpleQueue[Outcome | BaseException],
        scratch: Path,
    ) -> None:
        try:
            with desk.client:
                while not self._stop.is_set():
                    for outcome in self._portion(desk, todo.get_nowait(), scratch):
                        done.put(outcome)
        except (queue.Empty, Stopped):
            pass
        except BaseException as error:  # noqa: BLE001 - raised again where the user sees it
            done.put(error)

    def _portion(self, desk: Desk, pictures: Sequence[Picture], scratch: Path) -> Iterator[Outcome]:
        from greycard_client import AuthError, ConnectFailed, GreycardError, InsufficientBalance

        if self._fatal:
            for picture in pictures:
                yield Outcome(picture, reason=f"not sent, because the same would happen again: {self._fatal}")
            return
        left = list(pictures)
        try:
            for step in steps(desk, pictures):
                left.remove(step.picture)
                yield self._saved(step, scratch)
        except (GreycardError, ValueError, OSError) as error:
            reason = _words(error)
            if isinstance(error, AuthError | ConnectFailed | InsufficientBalance):
                self._fatal = reason
            for picture in left:
                yield Outcome(picture, reason=reason)

    def _saved(self, step: Step, scratch: Path) -> Outcome:
        from greycard_client import GreycardError

        if step.save is None:
            return Outcome(step.picture, reason=step.reason)
        name = f"{step.picture.stem}-{self.choices.vendor}"
        kept: list[Path] = []
        problems: list[str] = []
        try:
            for number, save in enumerate((step.save, *step.further), 1):
                path, problem = self._kept(save, name if number == 1 else f"{name}-{number}", scratch)
                kept.append(path)
                problems += [problem] if problem else []
        except (GreycardError, ValueError, OSError) as error:
            problems.append(_words(error))
        return Outcome(step.picture, kept[0] if kept else None, "; ".join(problems), tuple(kept[1:]))

    def _kept(self, save: Callable[[Path], object], name: str, scratch: Path) -> tuple[Path, str]:
        """Save one result under its name and the ending of what came; the path, and what is wrong with it."""
        from greycard_mocks.images.inspect import NotAPicture, extension, inspect

        draft = scratch / f"{threading.get_ident()}"
        save(draft)
        with draft.open("rb") as file:
            try:
                ending, problem = extension(inspect(file).format), ""
            except NotAPicture as error:
                ending, problem = "bin", f"the result is not a picture, but kept: {error}"
        target = self.folder / f"{name}.{ending}"
        if not self.force:
            target.open("xb").close()  # nobody else takes the name between looking and writing
        with draft.open("rb") as file, output_file(target) as placed:
            shutil.copyfileobj(file, placed)
        draft.unlink()
        return target, problem

    def _taken(self, picture: Picture) -> Path | None:
        name = f"{picture.stem}-{self.choices.vendor}"
        paths = (self.folder / f"{stem}.{ending}" for stem in (name, f"{name}-2") for ending in ENDINGS)
        return next((path for path in paths if path.exists()), None)


def _words(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return _ARGUMENT.sub(r"raise --\1", str(error))
