"""A vendor made of prepared answers, behind the session, with a clock that does not wait."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict


class VirtualClock:
    """Time that passes only by sleeping; ``slept`` holds every pause."""

    def __init__(self) -> None:
        self.time = 1_700_000_000.0
        self.slept: list[float] = []

    def now(self) -> float:
        """The virtual time."""
        return self.time

    def sleep(self, seconds: float) -> None:
        """Let time pass at once."""
        assert seconds >= 0
        self.slept.append(seconds)
        self.time += seconds


class FakeVendor(BaseAdapter):
    """Answers with what `reply` and `fail` prepared, in order; the last one is repeated for ever."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = VirtualClock()
        self.sent: list[requests.PreparedRequest] = []
        self.sent_with: list[dict[str, Any]] = []
        self.closed = False
        self._script: list[Callable[[requests.PreparedRequest], requests.Response]] = []

    def reply(self, body: object = b"", status: int = 200, headers: Mapping[str, str] | None = None) -> FakeVendor:
        """Prepare an answer; anything but bytes is sent as JSON, an open stream is read as it is."""

        def answer(request: requests.PreparedRequest) -> requests.Response:
            response = requests.Response()
            response.status_code = status
            response.headers = CaseInsensitiveDict(headers or {})
            response.url = request.url or ""
            response.request = request
            if hasattr(body, "read"):
                response.raw = body
            else:
                response.raw = io.BytesIO(body if isinstance(body, bytes) else json.dumps(body).encode())
            return response

        self._script.append(answer)
        return self

    def fail(self, error: Exception) -> FakeVendor:
        """Prepare a failure of the network."""

        def raise_it(request: requests.PreparedRequest) -> requests.Response:
            if isinstance(error, requests.RequestException):
                error.request = request  # as requests does it: the key is in its headers
            raise error

        self._script.append(raise_it)
        return self

    def send(self, request: requests.PreparedRequest, *_args: Any, **kwargs: Any) -> requests.Response:
        """What the session calls."""
        self.sent.append(request)
        self.sent_with.append(kwargs)
        assert self._script, "the test prepared no answer"
        return (self._script.pop(0) if len(self._script) > 1 else self._script[0])(request)

    def close(self) -> None:
        """What the session calls when it is closed."""
        self.closed = True

    @property
    def options(self) -> dict[str, Any]:
        """The options with which a client talks to this vendor."""
        session = requests.Session()
        session.mount("http://", self)
        session.mount("https://", self)
        return {"session": session, "clock": self.clock, "rng": random.Random(7)}  # noqa: S311 - jitter

    def json(self, index: int = -1) -> Any:
        """The JSON of a request that was sent."""
        return json.loads(self.sent[index].body or b"")


@pytest.fixture(scope="session")
def fake() -> type[FakeVendor]:
    """The class itself, so that property tests can make a new one for every example."""
    return FakeVendor


@pytest.fixture
def vendor() -> FakeVendor:
    """A vendor for one test."""
    return FakeVendor()
