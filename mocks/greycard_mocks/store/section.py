"""The lock of a shared world: taking it brings what other processes did, letting it go keeps what was done.

Between the two nobody else changes the world, in any process, so that all that was done is one step: either all of it
is kept or, when the process ends in the middle, nothing. That is two round trips, whatever happens between them.
"""

from __future__ import annotations

import random
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

from greycard_mocks.clock import SystemClock, monotonic
from greycard_mocks.core.journal.entries import MAX_ENTRIES
from greycard_mocks.core.keeping.kept import MAX_DELETED, MAX_TASKS, StoreError
from greycard_mocks.store.codec import pack, unpack
from greycard_mocks.store.keys import OF_A_WORLD
from greycard_mocks.store.parts import frozen, thaw
from greycard_mocks.store.scripts import BEGIN, COMMIT, RELEASE, RENEW

if TYPE_CHECKING:
    from types import TracebackType

    from greycard_mocks.core.contract import Runtime
    from greycard_mocks.core.world import World
    from greycard_mocks.store.base import Base
    from greycard_mocks.store.lease import Lease
    from greycard_mocks.store.shared_dues import SharedDues
    from greycard_mocks.store.tables import SharedTasks

LEASE_MS = 2_000
"""How long the lock stands without being renewed: then its process has ended, or was away, and others go on."""

MOST_SECONDS = 60.0
"""How long it is renewed; nothing takes so long but what hangs."""

MANY = 20_000
"""Pieces of work that the store needs more than a moment for."""

PATIENCE_SECONDS = 4.0
"""How long the lock is waited for."""

NOTE_USE_SECONDS = 60.0
"""How exactly it is known which worlds were not used for longest."""

SHORTEST_WAIT_SECONDS = 0.0002
LONGEST_WAIT_SECONDS = 0.004


class Changes(Protocol):
    """What was done to a world since its lock was taken, and what is known of what it keeps."""

    tasks: SharedTasks
    dues: SharedDues
    removals: int
    is_moved_elsewhere: bool
    is_forgotten: bool

    @property
    def advancing(self) -> Lease:
        """Held by whoever moves the clock."""
        ...

    @property
    def flags(self) -> str:
        """What has to be forgotten first, as the script knows it."""
        ...

    def open(self, count: int, first: float, under_way: int) -> None:
        """The lock is held: so many deliveries are due, the earliest at `first`, and so many are being made."""
        ...

    def close(self, *, is_kept: bool) -> None:
        """The lock is let go."""
        ...

    def forget_seen(self) -> None:
        """Go by nothing that was read before."""
        ...

    def begin_anew(self) -> None:
        """There is nothing yet."""
        ...

    def work(self) -> dict[str, list[Any]]:
        """What has to be written, by the names that the script knows."""
        ...

    def parts(self) -> dict[str, bytes]:
        """Small pieces, beside those of the world."""
        ...


class Section:
    """The lock of one world. A thread that holds it may take it again."""

    def __init__(self, store: Base, world: World, kept: Changes) -> None:
        self._store, self._world, self._kept = store, world, kept
        self._local = threading.RLock()
        self._depth = 0
        self._token = ""
        self._wait = SystemClock()
        names = {name: store.keys.world(world.id, name) for name in OF_A_WORLD}
        self._lock_key = names["lock"]
        self._begin_keys = [
            *(names[one] for one in ("lock", "state", "advancing", "tasks", "due", "claimed")), store.keys.all,
        ]  # fmt: skip
        self._commit_keys = [
            names[one] for one in ("lock", "state", "tasks", "order", "deleted", "due", "claimed", "journal")
        ]
        self.version = ""
        """What this process has seen of the world last; empty before the first time."""

        self.known: dict[str, bytes] = {}
        self.wanted = ""
        """The id of a task that will be asked for next, so that it comes along."""

        self._since = self._renewed = 0.0
        self._noted = 0.0

    def note_runtime(self, runtime: Runtime) -> None:
        """Others have given the world this runtime, for whoever looks before taking the lock."""
        if self._local.acquire(blocking=False):
            try:
                if self._depth == 0:
                    self._world.runtime = runtime
                    self.version = "-"  # what the lock brings counts
                    self.known.pop("choice", None)
            finally:
                self._local.release()

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:  # noqa: FBT001, FBT002 - as threading has it
        """As `threading.RLock.acquire`. Raises StoreError."""
        if not self._local.acquire(blocking, timeout):
            return False
        self._depth += 1
        if self._depth == 1:
            try:
                self._begin()
                self._store.life.hold(self)
            except BaseException:
                self._depth = 0
                self._local.release()
                raise
        return True

    def release(self) -> None:
        """Let the lock go; the last time all is kept that was done. Raises StoreError when it cannot be."""
        try:
            if self._depth == 1:
                self._commit()
        finally:
            if self._depth == 1:
                self._store.life.let_go(self)
            self._depth -= 1
            self._local.release()

    def renew(self) -> None:
        """Hold the lock for another while. Raises StoreError."""
        if monotonic() - self._since < MOST_SECONDS:
            self._store.link.run(RENEW, [self._lock_key], (self._token, LEASE_MS))

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self.release()

    # the two round trips

    def _begin(self) -> None:
        store, kept = self._store, self._kept
        self._token = store.token()
        wanted, self.wanted = self.wanted, ""
        if wanted and kept.tasks.has_seen(wanted):
            wanted = ""
        until, pause = monotonic() + PATIENCE_SECONDS, SHORTEST_WAIT_SECONDS
        while True:
            asked = monotonic()
            found = store.link.run(
                BEGIN, self._begin_keys,
                (self._token, LEASE_MS, self.version, wanted.encode("utf-8", "surrogatepass")),
            )  # fmt: skip
            store.clock.told(int(found[1]) + int(found[2]) / 1e6, asked, monotonic())
            if found[0]:
                break
            if monotonic() > until:
                msg = f"another process holds the world {self._world.id} for longer than {PATIENCE_SECONDS:g} s"
                raise StoreError(msg)
            self._wait.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - so that two do not meet again and again
            pause = min(LONGEST_WAIT_SECONDS, pause * 1.5)
        self._since = monotonic()
        try:
            self._see(found[3:], wanted)
        except BaseException:
            with suppress(StoreError):  # otherwise it ends by itself
                store.link.run(RELEASE, [self._lock_key], (self._token,))
            raise

    def _see(self, found: list[Any], wanted: str) -> None:
        epoch, version, parts, advancing, task, count, first, under_way = found
        kept = self._kept
        kept.open(count, float(first[1]) if first else float("inf"), under_way)
        kept.is_moved_elsewhere = bool(advancing) and not kept.advancing.is_mine(advancing.decode())
        if version and version.decode() != self.version:
            self._use(dict(zip((one.decode() for one in parts[::2]), parts[1::2], strict=True)))
        self._store.changed(epoch.decode())
        if not version and (self.version or not self._store.is_current(self._world)):
            self._begin_anew()
        self.version = version.decode()
        if task:
            kept.tasks.see(wanted, task)

    def _begin_anew(self) -> None:
        """Nobody has the world any more: it was forgotten, or too old."""
        self.known = {}
        self._kept.begin_anew()
        self._store.begin_anew(self._world)

    def _use(self, parts: dict[str, bytes]) -> None:
        if self.known and self.known.get("born") != parts.get("born"):
            self._begin_anew()  # it was forgotten, and others have begun it anew
        kept, known = self._kept, self.known
        changed = {name: content for name, content in parts.items() if known.get(name) != content}
        if changed.keys() & {"removals", "evicted"}:
            kept.forget_seen()
        if "removals" in changed:
            kept.removals = int(changed["removals"])
        if "timelines" in changed:
            kept.tasks.timelines.use(changed["timelines"])
        if "dues" in changed:
            kept.dues.use_part(changed["dues"])
        thaw(self._world, changed, self._store.runtime_of)
        self.known = parts

    def _commit(self) -> None:
        store, kept, world = self._store, self._kept, self._world
        is_kept = False
        try:
            if kept.is_forgotten:
                self._send("f", {})
                self.version, self.known = "", {}
            else:
                work = kept.work()
                parts = {**frozen(world), **kept.parts()}
                changed = {name: content for name, content in parts.items() if self.known.get(name) != content}
                if work or changed or kept.flags:
                    is_new = not self.version
                    self._write(work, changed, is_new=is_new)
                    self.known = {**self.known, **changed}
                    self._note_use(is_new=is_new)
                else:
                    store.link.run(RELEASE, [self._lock_key], (self._token,))
            is_kept = True
        except StoreError:
            self.version, self.known = "-", {}  # what is here may be wrong: all is read again
            kept.forget_seen()
            raise
        finally:
            kept.close(is_kept=is_kept)

    def _note_use(self, *, is_new: bool) -> None:
        now = monotonic()
        if is_new or now - self._noted > NOTE_USE_SECONDS:
            self._noted = now
            with suppress(StoreError):  # all is kept; it is noted the next time
                self._store.note_used(self._world)

    def _write(self, work: dict[str, list[Any]], changed: dict[str, bytes], *, is_new: bool) -> None:
        store = self._store
        now = store.clock.now()
        version = self._token
        pairs: list[Any] = ["version", version]
        for name, content in changed.items():
            pairs += (name, content)
        if is_new:
            pairs += ("who", pack((self._world.runtime.name, self._world.credential)), "born", version)
            self.known["born"] = version.encode()
        renew = now - self._renewed > store.keep_seconds / 20
        if renew:
            self._renewed = now
        if self._kept.dues.has_work:
            store.note_waiting(self._world.id)
        self._send(f"{self._kept.flags}{'r' if renew else ''}", {**work, "parts": pairs})
        self.version = version

    def _send(self, flags: str, work: dict[str, list[Any]]) -> None:
        store = self._store
        arguments: list[Any] = [
            self._token, flags, int(store.keep_seconds * 1000), MAX_TASKS, MAX_DELETED, MAX_ENTRIES,
        ]  # fmt: skip
        for name in LISTS:
            found = work.get(name, ())
            arguments.append(len(found))
            arguments += found
        done = store.link.run(COMMIT, self._commit_keys, arguments, is_slow=len(arguments) > MANY)
        if done == EVICTED:
            self._kept.forget_seen()
        if not done:
            msg = f"another process has the world {self._world.id}, which this one has held for too long"
            raise StoreError(msg)


EVICTED = 2
"""What the script answers where old tasks gave way."""

LISTS = ("parts", "removed", "tasks", "order", "deleted", "taken", "due", "done", "claimed", "journal")
"""What the script takes, in its order."""


def who_is(content: bytes) -> tuple[str, str]:
    """Vendor and credential of a world, as they are kept."""
    vendor, credential = unpack(content)
    return str(vendor), str(credential)
