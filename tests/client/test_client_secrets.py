"""No key, secret or token leaves the client but in the header that it belongs to."""

from __future__ import annotations

import base64
import copy
import json
import logging
import pickle
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from greycard_client import (
    BadSignature,
    Enhancor,
    GreycardError,
    MagicTiger,
    PicWish,
    Wondershare,
    callback_md5,
    parse_callback,
    verify_callback,
)

PIECE = "zq7k"  # no hexadecimal number: the address of an object in a repr must not look like it
CANARY = f"canary/{PIECE}-Ω-secret"
PAIR = base64.b64encode(f"app-{CANARY}:{CANARY}".encode()).decode()
SPELLINGS = [CANARY, PAIR, PIECE, json.dumps(CANARY)[1:-1]]
CLIENTS: dict[str, Callable[..., Any]] = {
    "picwish": lambda **options: PicWish(CANARY, **options),
    "wondershare": lambda **options: Wondershare(f"app-{CANARY}", CANARY, **options),
    "magictiger": lambda **options: MagicTiger(CANARY, "https://api.example", **options),
    "enhancor": lambda **options: Enhancor(CANARY, **options),
}
CALLS: dict[str, list[Callable[[Any], object]]] = {
    "picwish": [lambda api: api.create(b"x"), lambda api: api.wait("t1")],
    "wondershare": [lambda api: api.create("rw", []), lambda api: api.get("rw", "t1")],
    "magictiger": [
        lambda api: api.create("u", 1),
        lambda api: api.wait("t1", 1),
        lambda api: api.delete("t1"),
    ],
    "enhancor": [lambda api: api.queue("u", "w", "fast"), lambda api: api.wait("r1")],
}
ECHO = f"key {CANARY} and {CANARY}"
BODIES: list[tuple[object, int]] = [
    ({"status": 401, "code": 9, "message": ECHO, "msg": ECHO, "error": {"message": ECHO}}, 401),
    ({"status": 400, "code": 9, "message": ECHO, "msg": ECHO, "error": ECHO, "success": False}, 200),
    (ECHO.encode(), 500),
    ((ECHO * 50).encode(), 200),
    ({"echo": ECHO}, 200),
    ({"status": 200, "code": 0, "data": {"task_id": "t", "state": ECHO, "status": ECHO, "taskid": "t"}}, 200),
    (
        {
            "status": "FAILED",
            "code": 0,
            "error": ECHO,
            "data": {"taskid": "t", "status": 3, "errormsg": ECHO, "reason": ECHO},
        },
        200,
    ),
    (ECHO.encode(), 302),
]
FAILURES = [
    requests.ConnectionError(ECHO),
    requests.ReadTimeout(ECHO),
    requests.ConnectTimeout(ECHO),
    requests.exceptions.SSLError(ECHO),
    requests.exceptions.InvalidHeader(ECHO),
    requests.exceptions.ChunkedEncodingError(ECHO),
]


def clean(text: str) -> None:
    """Assert that no spelling of the secret, and no piece of it, is in the text."""
    for spelling in SPELLINGS:
        assert spelling not in text


def everything(error: BaseException) -> Iterator[str]:
    """Every text that an error can turn into."""
    yield str(error)
    yield repr(error)
    yield "".join(traceback.format_exception(error))
    yield repr(vars(error))
    yield pickle.dumps(error, 0).decode("latin-1")
    yield repr(pickle.loads(pickle.dumps(error)))  # noqa: S301
    if error.__context__ is not None:
        yield from everything(error.__context__)


@pytest.mark.parametrize("name", CLIENTS)
def test_no_error_and_no_log_holds_a_secret(name: str, fake: Any, caplog: pytest.LogCaptureFixture) -> None:
    """A vendor that echoes the key and a network that names it bring it into no error."""
    caplog.set_level(logging.DEBUG)
    caught = 0
    for call in CALLS[name]:
        known = [(f"Basic {PAIR}".encode(), 401)] if name == "wondershare" else []
        vendors = [fake().reply(body, status, {"Location": "/x"}) for body, status in [*BODIES, *known]]
        vendors += [fake().fail(error) for error in FAILURES]
        for vendor in vendors:
            try:
                call(CLIENTS[name](**vendor.options))
            except GreycardError as error:
                caught += 1
                for text in everything(error):
                    clean(text)
            assert any(PIECE in repr(request.headers) or PAIR in repr(request.headers) for request in vendor.sent)
            assert all(PIECE not in (request.url or "") for request in vendor.sent)
    assert caught > 20
    assert "try 2 after" in caplog.text
    clean(caplog.text)


@pytest.mark.parametrize("name", CLIENTS)
def test_a_client_shows_and_pickles_no_secret(name: str, vendor: Any) -> None:
    """A repr tells the base URL only; pickling and copying are refused, so is pickling the key's holder."""
    client = CLIENTS[name](**vendor.options)
    for thing in (client, client._transport, client._transport._key, client._transport.scrub):
        clean(repr(thing))
    assert client.base_url in repr(client)
    for refuse in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="not pickled") as caught:
            refuse(client)
        clean(str(caught.value))
        with pytest.raises(TypeError, match="not pickled"):
            refuse(client._transport._key)


def test_no_callback_error_holds_the_token() -> None:
    """Neither a bad signature nor a bad body shows the token that the headers carry."""
    body = json.dumps({"code": 0, "data": {"taskid": "t", "status": CANARY}}).encode()
    good = {"token": CANARY, "md5": callback_md5(body, CANARY)}
    clean(repr(verify_callback(good, body, CANARY)))
    with pytest.raises(BadSignature) as bad:
        verify_callback({**good, "md5": "0"}, body, CANARY)
    with pytest.raises(GreycardError) as odd:
        parse_callback(good, body, CANARY)
    for error in (bad.value, odd.value):
        for text in everything(error):
            clean(text)


@pytest.mark.parametrize("name", ["picwish", "magictiger", "enhancor"])
def test_a_key_that_cannot_be_sent_is_not_shown(name: str) -> None:
    """The error for a line end in a key does not repeat the key."""
    makers: dict[str, Callable[[], object]] = {
        "picwish": lambda: PicWish(f"{CANARY}\n"),
        "magictiger": lambda: MagicTiger(f"{CANARY}\n", "https://api.example"),
        "enhancor": lambda: Enhancor(f"{CANARY}\n"),
    }
    with pytest.raises(ValueError, match="line end") as caught:
        makers[name]()
    clean(str(caught.value))
