"""Calls, waits and downloads at a vendor that misbehaves: they end in time and memory, with an error that says why."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
import requests

import greycard_client
from greycard_client import BoundedAdapter, Enhancor, GreycardError, PicWish, TimedOut, UnexpectedResponse
from greycard_client.bounded import Deadline
from greycard_suite.tools.hostile_outcomes import NEVER_ENDING, OUTCOMES
from greycard_suite.tools.hostile_vendor import HostileVendor
from greycard_suite.tools.misbehaviours import MISBEHAVIOURS, spellings_in

pytestmark = pytest.mark.wire

KEY = "canary-5f1d8c7e9b/with+odd=letters"
DEADLINE = 0.5
ACTS: dict[str, Callable[[str, float, Path], object]] = {
    "call": lambda url, seconds, _: PicWish(KEY, url, deadline=seconds, retries=1).get("t1"),
    "wait": lambda url, seconds, _: Enhancor(KEY, url, deadline=seconds, retries=0).wait("r1", timeout=seconds),
    "save": lambda url, seconds, path: Enhancor(KEY, url, deadline=seconds, retries=0).save(f"{url}/r.png", path),
}


def expected(act: str, name: str) -> tuple[type, ...]:
    """What an act gives or raises at a misbehaviour."""
    return tuple(getattr(greycard_client, one) for one in getattr(OUTCOMES[name], act).split(" or "))


@pytest.mark.parametrize("name", MISBEHAVIOURS)
@pytest.mark.parametrize("act", ACTS)
def test_a_client_survives_a_hostile_vendor(
    act: str,
    name: str,
    tmp_path: Path,
    bounded: Callable[[float], AbstractContextManager[None]],
    capfd: pytest.CaptureFixture[str],
) -> None:
    """It ends within deadline and memory, by an error of the tree that is printable, and leaves no file."""
    seconds = DEADLINE if name in NEVER_ENDING else 3.0
    with HostileVendor(name) as vendor:
        found: object
        with bounded(seconds):
            try:
                found = ACTS[act](vendor.url, seconds, tmp_path / "r.png")
            except GreycardError as error:
                found = error
    assert isinstance(found, expected(act, name)), repr(found)
    printed = "".join(capfd.readouterr())
    if isinstance(found, GreycardError):
        assert str(found).isprintable()
        printed += f"{found} {found!r} {vars(found)}"
    assert spellings_in(printed.encode(errors="surrogatepass"), KEY) == []
    assert "\x1b" not in printed
    assert list(tmp_path.iterdir()) == []
    assert not any(asked.key for asked in vendor.asked_elsewhere)


def test_only_a_download_follows_a_redirect() -> None:
    """A call stays where its key belongs."""
    with HostileVendor("redirect_elsewhere") as vendor:
        with pytest.raises(UnexpectedResponse, match="redirect"):
            PicWish(KEY, vendor.url).get("t1")
        assert vendor.asked_elsewhere == []


@pytest.mark.parametrize("name", ["redirect_with_endless_body", "redirect_with_gzip_bomb", "dripping_body"])
def test_a_session_of_ones_own_is_bounded_behind_the_head(
    name: str, bounded: Callable[[float], AbstractContextManager[None]]
) -> None:
    """Whatever adapter a session has, no redirect is read and no body outlasts the deadline."""
    with HostileVendor(name) as vendor, requests.Session() as session, bounded(DEADLINE):
        client = PicWish(KEY, vendor.url, session=session, deadline=DEADLINE)
        with pytest.raises((UnexpectedResponse, TimedOut)):
            client.get("t1")


def test_a_session_of_ones_own_with_the_adapter_is_bounded_in_the_head(
    bounded: Callable[[float], AbstractContextManager[None]],
) -> None:
    """Mounting `BoundedAdapter` is all it takes."""
    with HostileVendor("dripping_head") as vendor, requests.Session() as session, bounded(DEADLINE):
        session.mount("http://", BoundedAdapter())
        with pytest.raises(TimedOut, match=r"deadline of 0\.5 s"):
            PicWish(KEY, vendor.url, session=session, deadline=DEADLINE).get("t1")


def test_hooks_of_a_session_are_called(bounded: Callable[[float], AbstractContextManager[None]]) -> None:
    """What the owner of a session hears of answers is not taken away, nor is the Location of a redirect."""
    heard: list[str] = []
    with HostileVendor("redirect_for_ever") as vendor, requests.Session() as session:
        session.hooks["response"].append(lambda response, **_: heard.append(response.headers["Location"]))
        with pytest.raises(UnexpectedResponse):
            PicWish(KEY, vendor.url, session=session).get("t1")
    assert heard == ["/api/tasks/visual/scale/t1"]


@pytest.fixture
def stuck_lookup(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """A resolver that answers only after the test."""
    done = threading.Event()

    def wait(*_: Any, **__: Any) -> Any:
        done.wait(30)
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", wait)
    yield done
    done.set()
    for thread in threading.enumerate():
        if thread.name == "greycard-connect":
            thread.join(5)


def test_a_name_look_up_that_hangs_is_left_behind(
    stuck_lookup: threading.Event, bounded: Callable[[float], AbstractContextManager[None]]
) -> None:
    """The resolver cannot be interrupted, so a thread of its own waits for it and the caller does not."""
    with bounded(DEADLINE), pytest.raises(TimedOut, match="deadline") as caught:
        PicWish(KEY, "http://vendor.example", deadline=DEADLINE).get("t1")
    assert not caught.value.maybe_accepted


def test_a_server_that_takes_nothing_ends_an_upload(
    bounded: Callable[[float], AbstractContextManager[None]],
) -> None:
    """An upload into a connection that nobody reads meets the deadline too, and may have been accepted."""
    with socket.create_server(("127.0.0.1", 0)) as listener, bounded(DEADLINE):
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(TimedOut) as caught:
            PicWish(KEY, url, deadline=DEADLINE).create(bytes(15 << 20))
    assert caught.value.maybe_accepted


@pytest.mark.parametrize("seconds", [0, -1, float("nan")])
def test_a_deadline_is_a_time_to_come(seconds: float) -> None:
    """What is no number of seconds above zero is refused where it is given."""
    with pytest.raises(ValueError, match="deadline is"):
        PicWish(KEY, deadline=seconds)


def test_a_deadline_cuts_waits() -> None:
    """Each wait gets its time-out, but no more than what is left; then none."""

    class Stopped:
        at = 100.0

        def now(self) -> float:
            return self.at

        def sleep(self, seconds: float) -> None:
            self.at += seconds

    clock = Stopped()
    deadline = Deadline(10, clock)
    assert (deadline.cut(4), deadline.cut(None), deadline.passed) == (4, 10, False)
    clock.sleep(8)
    assert (deadline.cut(4), deadline.cut(1)) == (2, 1)
    clock.sleep(2)
    assert deadline.passed
    with pytest.raises(TimeoutError, match="10 s"):
        deadline.cut(None)


def test_a_pause_that_outlasts_the_deadline_is_not_begun(vendor: Any) -> None:
    """A vendor cannot hold a caller longer by asking for patience than by dripping."""
    vendor.reply(b"", 429, {"Retry-After": "59"})
    with pytest.raises(GreycardError):
        PicWish(KEY, deadline=30.0, **vendor.options).get("t1")
    assert vendor.clock.slept == []
