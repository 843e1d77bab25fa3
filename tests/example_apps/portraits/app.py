"""Upscales portraits at Enhancor, several at once, with asyncio."""

from __future__ import annotations

import asyncio
import os
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


class PortraitError(Exception):
    """Enhancor did not upscale the portrait."""


class Portraits:
    """One account at Enhancor. `pause` waits for some seconds."""

    def __init__(
        self, url: str, key: str, webhook: str, pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._url, self._key, self._webhook, self._pause = url, key, webhook, pause

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
        while polls < MOST_POLLS:
            told = await self._asked(client, "status", {"request_id": request})
            state = told.get("status")
            if os.environ.get("PLANTED") == "unknown-state-crashes":
                State(state)
            if state == State.COMPLETED.value:
                return request, float(told.get("cost") or 0)
            if state == State.FAILED.value:
                msg = f"{link} failed"
                raise PortraitError(msg)
            await self._pause(2)
            polls += os.environ.get("PLANTED") != "no-timeout"
        msg = f"{link} is not done after {MOST_POLLS} polls"
        raise PortraitError(msg)

    @staticmethod
    async def _asked(client: httpx.AsyncClient, name: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await client.post(f"{PATH}/{name}", json=body)
        found = answer.json() if answer.is_success else None
        if not isinstance(found, dict):
            msg = f"HTTP {answer.status_code}"
            raise PortraitError(msg)
        return found
