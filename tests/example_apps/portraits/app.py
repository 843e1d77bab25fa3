"""Upscales portraits at Enhancor, several at once, with asyncio."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

MOST_POLLS = 60
PATH = "/api/upscaler/v1"


class State(Enum):
    """The states of a request."""

    PENDING = "PENDING"
    IN_QUEUE = "IN_QUEUE"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


@dataclass(frozen=True)
class Queued:
    """The answer to a request."""

    success: bool
    requestId: str  # noqa: N815 - as the vendor spells it


class PortraitError(Exception):
    """Enhancor did not upscale the portrait."""


class Portraits:
    """One account at Enhancor. `pause` waits for some seconds.

    Portraits come by webhook: `delivered` has their links in order, each once.
    """

    def __init__(
        self, url: str, key: str, webhook: str, pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._url, self._key, self._webhook, self._pause = url, key, webhook, pause
        self._planted = os.environ.get("PLANTED", "")
        self._links: dict[str, str] = {}
        self.delivered: list[str] = []

    def take(self, told: dict[str, Any]) -> None:
        """A webhook has come; it may come again, or before the request is answered."""
        request, link = str(told.get("request_id")), told.get("result")
        if isinstance(link, str) and link:
            if request not in self._links or self._planted == "one-webhook":
                self.delivered.append(link)
            self._links[request] = link

    async def upscale(self, links: Sequence[str]) -> dict[str, float]:
        """Upscale portraits; returns what each costs, by its request."""
        async with httpx.AsyncClient(base_url=self._url, headers={"x-api-key": self._key}, timeout=30) as client:
            found = await asyncio.gather(*(self._upscaled(client, link) for link in links))
        return dict(found)

    async def _upscaled(self, client: httpx.AsyncClient, link: str) -> tuple[str, float]:
        queued = await self._asked(
            client, "queue", {"img_url": link, "webhookUrl": self._webhook, "mode": "fast"}
        )  # fmt: skip
        request, polls = queued.get("requestId"), 0
        if not isinstance(request, str):
            msg = "a request without an id"
            raise PortraitError(msg)
        if self._planted == "no-further-fields":
            Queued(**queued)
        while polls < MOST_POLLS:
            told = await self._asked(client, "status", {"request_id": request})
            state = told.get("status")
            if self._planted == "unknown-state-crashes":
                State(state)
            if state == State.COMPLETED.value:
                await self._arrived(request)
                return request, float(told.get("cost") or 0)
            if state == State.FAILED.value:
                msg = f"{link} failed"
                raise PortraitError(msg)
            await self._pause(2)
            polls += self._planted != "no-timeout"
        msg = f"{link} is not done after {MOST_POLLS} polls"
        raise PortraitError(msg)

    async def _arrived(self, request: str) -> None:
        """Wait for the webhook of a request that has ended."""
        for seconds in (0.1,) if self._planted == "webhook-by-the-end" else (0.1, *[2.0] * MOST_POLLS):
            await self._pause(seconds)
            if request in self._links:
                return
        msg = f"no webhook about {request}"
        raise PortraitError(msg)

    @staticmethod
    async def _asked(client: httpx.AsyncClient, name: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await client.post(f"{PATH}/{name}", json=body)
        found = answer.json() if answer.is_success else None
        if not isinstance(found, dict):
            msg = f"HTTP {answer.status_code}"
            raise PortraitError(msg)
        return found
