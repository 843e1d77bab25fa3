"""Enlarges pictures at PicWish and writes them to a folder: create, poll, download."""

from __future__ import annotations

import os
import time
import uuid
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MOST_POLLS = 40
RUNNING = (0, 2, 3, 4)
DONE = 1


class EnlargeError(Exception):
    """PicWish did not enlarge the picture."""


class WrongKeyError(EnlargeError):
    """PicWish does not know the key."""


class Thumbnails:
    """One account at PicWish. `pause` waits for some seconds."""

    def __init__(self, url: str, key: str, pause: Callable[[float], None] = time.sleep) -> None:
        self._url, self._pause = url, pause
        self._session = requests.Session()
        self._session.headers["X-API-KEY"] = key
        self._planted = os.environ.get("PLANTED", "")
        self._kept: list[tuple[str, Path]] = []

    def enlarge_all(self, pictures: dict[str, bytes], folder: Path) -> list[Path]:
        """Enlarge pictures into `folder`; returns the files that were written."""
        found = []
        for name, picture in pictures.items():
            link = self._enlarged(picture)
            if link is not None:
                found += self._saved(link, folder / name)
        return found

    def fetch_kept(self) -> list[Path]:
        """Download what was kept for the night."""
        found = []
        for link, target in self._kept:
            answer = self._session.get(link, timeout=30)
            if answer.ok:
                target.write_bytes(answer.content)
                found.append(target)
        return found

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _saved(self, link: str, target: Path) -> list[Path]:
        if self._planted == "late-link":
            self._kept.append((link, target))
            self._pause(600)
            return self.fetch_kept()
        answer = self._session.get(link, timeout=30)
        if not answer.ok:
            msg = f"{target.name}: the picture is gone: HTTP {answer.status_code}"
            raise EnlargeError(msg)
        target.write_bytes(answer.content)
        return [target]

    def _enlarged(self, picture: bytes) -> str | None:
        created = self._asked("POST", "", files={"image_file": picture}, data={"type": "clean"})
        if created is None:
            return None
        task, polls = created["task_id"], 0
        if self._planted == "form-of-ids":
            uuid.UUID(task)
        while polls < MOST_POLLS:
            told = self._asked("GET", f"/{task}")
            if told is None:
                return None
            state = told["state"]
            if state == DONE:
                return str(told["image"])
            if isinstance(state, int) and state < 0:
                msg = f"state {state}"
                raise EnlargeError(msg)
            self._pause(1)
            if self._planted == "no-timeout" or (self._planted == "unknown-state-loops" and state not in RUNNING):
                continue
            polls += 1
        msg = f"not done after {MOST_POLLS} polls"
        raise EnlargeError(msg)

    def _asked(self, method: str, path: str, **options: Any) -> dict[str, Any] | None:
        for _ in range(5):
            answer = self._session.request(method, f"{self._url}/api/tasks/visual/scale{path}", timeout=30, **options)
            body = answer.json() if answer.ok else {}
            status = body.get("status") if answer.ok else answer.status_code
            if status != requests.codes.too_many:
                break
            if self._planted == "rate-ends":
                return None
            self._pause(1)
        if self._planted == "reads-message" and answer.ok:
            body["message"].strip()
        if status != requests.codes.ok:
            msg = f"status {status}"
            raise (WrongKeyError if self._is_about_the_key(answer, status) else EnlargeError)(msg)
        data = body.get("data")
        if not isinstance(data, dict):
            msg = "an answer without data"
            raise EnlargeError(msg)
        return data

    def _is_about_the_key(self, answer: requests.Response, status: Any) -> bool:
        if self._planted == "text-of-message":
            return "authentication failed" in answer.text
        return bool(status == requests.codes.unauthorized)
