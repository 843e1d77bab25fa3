"""Enlarges several pictures in one task of Wondershare's upscaler."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

RUNNING = ("1", "2")
DONE = "3"
MOST_POLLS = 60


class BatchError(Exception):
    """The batch, or a picture of it, came to nothing."""


@dataclass(frozen=True)
class Batches:
    """One account at Wondershare."""

    url: str
    app_key: str
    app_secret: str
    pause: Callable[[float], None] = time.sleep

    def enlarge(self, links: Sequence[str], folder: Path) -> list[Path]:
        """Enlarge the pictures behind these links into `folder`, as 0.png and so on."""
        with httpx.Client(base_url=self.url, auth=(self.app_key, self.app_secret), timeout=30) as client:
            body = {"images": list(links), "file_ext": "png", "priority": 0}
            task = self._data(client.post("/v3/pic/fsrtwo/batch", json=body), "task_id")["task_id"]
            items = self._finished(client, str(task))
            return self._saved(client, items, folder)

    def _finished(self, client: httpx.Client, task: str) -> list[dict[str, Any]]:
        shows_progress = os.environ.get("PLANTED") == "order-of-states"
        seen: list[str] = []
        for _ in range(MOST_POLLS):
            told = self._data(client.get(f"/v3/pic/fsrtwo/result/{task}"), "status")
            status = str(told.get("status"))
            if os.environ.get("PLANTED") == "reads-wait-time":
                int(told["wait_time"])
            if status not in seen:
                seen.append(status)
            if status == DONE:
                if shows_progress and seen != [*RUNNING, DONE]:
                    msg = f"states {seen}"
                    raise BatchError(msg)
                return list(told.get("list") or [])
            if status not in RUNNING:
                msg = f"status {status}"
                raise BatchError(msg)
            self.pause(0.5 if shows_progress else 2)
        msg = f"not done after {MOST_POLLS} polls"
        raise BatchError(msg)

    def _saved(self, client: httpx.Client, items: list[dict[str, Any]], folder: Path) -> list[Path]:
        found = []
        for number, item in enumerate(items):
            link = item.get("image_result")
            if not isinstance(link, str) or not link:
                if os.environ.get("PLANTED") == "ignores-failed-item":
                    continue
                msg = f"picture {number} failed"
                raise BatchError(msg)
            answer = client.get(link, auth=None)
            if answer.is_error:
                msg = f"picture {number} is gone: HTTP {answer.status_code}"
                raise BatchError(msg)
            name = link.rpartition("/")[2] if os.environ.get("PLANTED") == "name-in-link" else f"{number}.png"
            found.append(folder / name)
            found[-1].write_bytes(answer.content)
        return found

    @staticmethod
    def _data(answer: httpx.Response, needed: str) -> dict[str, Any]:
        """The data of an answer, by which and not by its code it is a success."""
        if answer.is_error:
            msg = f"HTTP {answer.status_code}"
            raise BatchError(msg)
        body = answer.json()
        if not isinstance(body.get("data"), dict) or needed not in body["data"]:
            msg = f"code {body.get('code')}"
            raise BatchError(msg)
        data: dict[str, Any] = body["data"]
        return data
