"""What `receiver` takes: applications of either kind of interface, functions plain or async, and nothing else."""

from __future__ import annotations

import asyncio
import functools
import threading
from typing import TYPE_CHECKING, Any

import flask
import pytest
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.responses import JSONResponse
from starlette.routing import Route

from greycard_mocks import Mock, Received

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.requests import Request

    from greycard_mocks import VendorMock


@pytest.fixture
def enhancor() -> Iterator[VendorMock]:
    """One vendor that sends webhooks, in this process."""
    with Mock(["enhancor"], in_process=True) as mock:
        yield mock.vendor("enhancor")


def queue(vendor: VendorMock, application: Any, path: str = "/hook?job=7") -> None:
    """One task whose webhook goes to `application`, and the time that it takes."""
    body = {"img_url": vendor.images.link(), "webhookUrl": vendor.receiver(application) + path, "mode": "fast"}
    assert vendor.session().post(f"{vendor.url}/api/upscaler/v1/queue", json=body).status_code == 200
    vendor.clock.advance(60)


def flask_application(heard: list[Any]) -> Any:
    """Flask."""
    app = flask.Flask("receiver")

    @app.post("/hook")
    def hook() -> str:
        heard.append((flask.request.get_json()["status"], flask.request.args["job"]))
        return ""

    return app


def starlette_application(heard: list[Any]) -> Any:
    """Starlette, whose objects FastAPI's are; what it does in the background belongs to the request."""

    async def hook(request: Request) -> JSONResponse:
        told = (await request.json())["status"], request.query_params["job"]
        return JSONResponse({}, background=BackgroundTask(heard.append, told))

    return Starlette(routes=[Route("/hook", hook, methods=["POST"])])


def bare_asgi(heard: list[Any]) -> Any:
    """ASGI by hand, with a body in parts and a plain function around it."""

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        assert (scope["type"], scope["method"], scope["path"]) == ("http", "POST", "/hook")
        assert dict(scope["headers"])[b"content-type"] == b"application/json"
        body, more = b"", True
        while more:
            part = await receive()
            body, more = body + part["body"], part["more_body"]
        heard.append(("success" if b'"success"' in body else body, scope["query_string"].decode()[-1]))
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    def application(scope: Any, receive: Any, send: Any) -> Any:
        return answer(scope, receive, send)

    return application


def function(heard: list[Any]) -> Any:
    """A function of one delivery."""
    return lambda received: heard.append((received.json()["status"], received.url[-1]))


def async_function(heard: list[Any]) -> Any:
    """An async function of one delivery, with an argument filled in."""

    async def take(into: list[Any], received: Received) -> int:
        await asyncio.sleep(0)
        into.append((received.json()["status"], received.url[-1]))
        return 201

    return functools.partial(take, heard)


KINDS = [flask_application, starlette_application, bare_asgi, function, async_function]


@pytest.mark.parametrize("make", KINDS, ids=lambda make: make.__name__)
def test_each_kind_of_application_gets_the_delivery(enhancor: VendorMock, make: Callable[[list[Any]], Any]) -> None:
    """Body, path and query arrive, and its answer acknowledges."""
    heard: list[Any] = []
    queue(enhancor, make(heard))
    assert heard == [("success", "7")]
    enhancor.assert_delivered(times=1)


def test_an_async_test_can_receive_too(enhancor: VendorMock) -> None:
    """The loop of the test is not the loop of the receiver, which is one for all deliveries."""
    loops = []

    async def take(_: Received) -> None:
        loops.append(asyncio.get_running_loop())

    async def run() -> None:
        queue(enhancor, take)
        queue(enhancor, take)
        assert asyncio.get_running_loop() not in loops

    asyncio.run(run())
    assert len(loops) == 2
    assert len(set(loops)) == 1


async def silent(scope: Any, receive: Any, send: Any) -> None:
    """Ends without an answer."""


async def broken(scope: Any, receive: Any, send: Any) -> None:
    """Raises before it answers."""
    raise LookupError(scope["path"])


@pytest.mark.parametrize("application", [silent, broken], ids=lambda one: one.__name__)
def test_an_application_that_does_not_answer_is_tried_again(enhancor: VendorMock, application: Any) -> None:
    """Nothing waits for ever; each attempt has failed and says so."""
    queue(enhancor, application)
    enhancor.assert_delivered(times=4, outcome="failed")


def test_the_loop_ends_with_the_mock() -> None:
    """No thread is left, and what still runs in the loop is cancelled."""
    with Mock(["enhancor"], in_process=True) as mock:
        left = []

        async def forgetful(_: Received) -> None:
            left.append(asyncio.ensure_future(asyncio.sleep(3600)))

        queue(mock.vendor("enhancor"), forgetful)
        assert any(one.name == "greycard-receivers" for one in threading.enumerate())
    assert left[0].cancelled()
    assert not any(one.name == "greycard-receivers" for one in threading.enumerate())


def three(one: Any, two: Any, more: Any) -> None:
    """Neither WSGI nor ASGI."""


async def two(one: Any, more: Any) -> None:
    """Two arguments, but async."""


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("http://127.0.0.1:8000/hook", "given to the vendor as it is"),
        (None, "not NoneType"),
        ({"status": 200}, "not dict"),
        (Starlette, "Starlette is a class"),
        (three, "three needs 3 arguments"),
        (two, "two needs 2 arguments and is async"),
        (lambda: None, "needs 0 arguments"),
    ],
)
def test_anything_else_is_refused_at_once(enhancor: VendorMock, wrong: Any, told: str) -> None:
    """The sentence says what a receiver is, before anything is sent."""
    with pytest.raises(TypeError, match="a receiver is a WSGI application") as caught:
        enhancor.receiver(wrong)
    assert told in str(caught.value)
