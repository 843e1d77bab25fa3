"""Receivers made of what a user has: a WSGI or an ASGI application, or a function; anything else is refused at once.

Knows neither worlds nor what a delivery says. ASGI applications and coroutine functions run in one event loop of
their own, so that what they keep from one delivery to the next (locks, connections) stays in the loop it was made in.
"""

from __future__ import annotations

import inspect
import json
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Coroutine, Mapping

    from greycard_mocks.delivery.receivers import Receiver

TAKES = (
    "a receiver is a WSGI application (Flask, Django), an ASGI application (FastAPI, Starlette, Litestar), "
    "or a function of one `Received`, plain or async"
)
ASGI_NAMES = ["scope", "receive", "send"]


@dataclass(frozen=True, slots=True)
class Received:
    """One delivery as a receiver in this process gets it. Names in `headers` are lower-case."""

    url: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class EventLoop:
    """One event loop in a thread of its own, which starts when something is first run in it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: tuple[asyncio.AbstractEventLoop, threading.Thread] | None = None

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The running loop."""
        import asyncio

        with self._lock:
            if self._running is None:
                loop = asyncio.new_event_loop()
                thread = threading.Thread(target=loop.run_forever, name="greycard-receivers", daemon=True)
                thread.start()
                self._running = loop, thread
            return self._running[0]

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """What `coroutine` returns, or raises."""
        import asyncio

        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result()

    def close(self) -> None:
        """End what still runs in the loop, and the loop."""
        with self._lock:
            running, self._running = self._running, None
        if running is None:
            return
        import asyncio

        loop, thread = running
        asyncio.run_coroutine_threadsafe(_cancel_others(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _cancel_others() -> None:
    import asyncio

    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def receiving(application: Any, loop: EventLoop) -> Receiver:
    """A receiver for the transport; raises TypeError, which says what to give instead, for anything else."""
    answer = _answering(application, loop)

    def receive(url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        from greycard_mocks.egress.guard import EgressError

        try:
            return answer(url, headers, body)
        except Exception as error:
            # as a receiver that breaks off: journalled with this text, and tried again
            msg = f"the receiver in this process raised {type(error).__name__}: {error}"
            raise EgressError("unreachable", msg) from error

    return receive


def _answering(application: Any, loop: EventLoop) -> Receiver:
    """What answers one delivery, and may raise whatever the application raises."""
    kind = _kind(application)
    if kind == "function":

        def called(url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
            said = application(Received(url, {name.lower(): value for name, value in headers.items()}, body))
            return _answer(loop.run(said) if inspect.iscoroutine(said) else said)

        return called

    def posted(url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        from greycard_mocks.web.wsgi_adapter import post_to

        if kind == "wsgi":
            return post_to(application, url, headers, body)
        from a2wsgi import ASGIMiddleware

        return post_to(ASGIMiddleware(_answers(application), loop=loop.loop), url, headers, body)

    return posted


def _answers(application: Any) -> Callable[..., Coroutine[Any, Any, None]]:
    """`application`, which fails where it ends without an answer; otherwise its caller would wait for ever."""

    async def asked(scope: Any, receive: Any, send: Any) -> None:
        started = False

        async def sent(message: Any) -> None:
            nonlocal started
            started = True
            await send(message)

        await application(scope, receive, sent)
        if not started:
            msg = "the ASGI application ended without an answer"
            raise RuntimeError(msg)

    return asked


def _answer(said: Any) -> tuple[int, bytes]:
    """An HTTP status, (status, body), or None for 200, as (status, body)."""
    if isinstance(said, tuple):
        status, content = said
        return int(status), content.encode() if isinstance(content, str) else bytes(content)
    return (200 if said is None else int(said)), b""


def _kind(application: Any) -> str:
    """wsgi, asgi or function, by how it is called; raises TypeError for what is none of them."""
    if isinstance(application, str):
        msg = f"{TAKES}; an address such as {application[:100]!r} is given to the vendor as it is, without a receiver"
        raise TypeError(msg)
    if not callable(application):
        msg = f"{TAKES}, not {type(application).__name__}"
        raise TypeError(msg)
    if inspect.isclass(application):
        msg = f"{TAKES}; {application.__name__} is a class: give an object of it"
        raise TypeError(msg)
    if hasattr(application, "wsgi_app"):
        return "wsgi"
    needed, room = _arguments(application)
    count = len(needed)
    waits = inspect.iscoroutinefunction(application) or inspect.iscoroutinefunction(type(application).__call__)
    if count == 3 and (waits or needed == ASGI_NAMES):  # plain where it returns what another application returns
        return "asgi"
    if count == 2 and not waits:
        return "wsgi"
    if count == 1 or (count == 0 and room):
        return "function"
    name = getattr(application, "__qualname__", type(application).__name__)
    msg = f"{TAKES}; {name} needs {count} arguments{' and is async' if waits else ''}"
    raise TypeError(msg)


def _arguments(application: Callable[..., Any]) -> tuple[list[str], bool]:
    """(the arguments by position that it needs, whether it has room for one that it does not need)."""
    try:
        parameters = inspect.signature(application).parameters.values()
    except (TypeError, ValueError):
        return ["received"], True  # something built in, such as list.append
    by_position = [one for one in parameters if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)]
    needed = [one.name for one in by_position if one.default is one.empty]
    return needed, len(by_position) > len(needed) or any(one.kind is one.VAR_POSITIONAL for one in parameters)
