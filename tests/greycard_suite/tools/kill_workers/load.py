"""Clients of Magic Tiger that create tasks, ask for them and download results, and note what they see."""

from __future__ import annotations

import json
import random
import re
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import requests

from greycard_suite.tools.kill_workers.receiver import Found

OWN_TROUBLE = "the mock's own trouble"


class Load:
    """Clients: each creates a task of an account of its own now and then, and asks for those of all."""

    def __init__(self, url: str, found: Found, seed: int) -> None:
        self._url, self._found, self._seed = url, found, seed
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []

    def start(self, clients: int) -> None:
        """Have so many clients ask."""
        for number in range(clients):
            self._threads.append(threading.Thread(target=self._run, args=(number,)))
            self._threads[-1].start()

    def stop(self) -> None:
        """Ask no more."""
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def _run(self, number: int) -> None:
        randomness = random.Random(f"{self._seed}.{number}")  # noqa: S311 - no secret
        key = f"test-{number % 3}"  # several clients share an account
        with requests.Session() as session:
            mine: list[str] = []
            while not self._stopped.wait(randomness.random() * 0.05):
                if not mine or randomness.random() < 0.5:
                    picture = f"{self._url}/_mock/images/80x64.jpg"
                    body = self._ask(session, "createtask", key, {"picurl": picture, "type": 1})
                    if body is not None:
                        mine.append(body["data"]["taskid"])
                        with self._lock:
                            self._found.created[f"{key} {mine[-1]}"] = time.monotonic()
                else:
                    task = randomness.choice(mine)
                    body = self._ask(session, "gettask", key, {"taskid": task, "type": 1})
                    link = re.search(r'https?://[^"\\]+/_mock/results/[^"\\]+', json.dumps(body or {}))
                    if link is not None and randomness.random() < 0.2:
                        self._download(session, link[0])

    def _ask(self, session: requests.Session, path: str, key: str, body: Mapping[str, Any]) -> Any:
        """The answer's body where it is success."""
        answer = self._sent(lambda: session.post(f"{self._url}/{path}", json=body, headers={"token": key}, timeout=20))
        if answer is None:
            return None
        found = answer.json()
        reason = answer.headers.get("X-Greycard-Reason", "")
        if found["code"] == 0:
            self._note(f"{path}: success")
            return found
        if OWN_TROUBLE in reason and answer.status_code >= 500:
            self._note(f"{path}: server error, {OWN_TROUBLE}")
        else:
            self._wrong(f"{path}: {answer.status_code} {answer.text[:200]} {reason}")
        return None

    def _download(self, session: requests.Session, link: str) -> None:
        answer = self._sent(lambda: session.get(link, timeout=20))
        if answer is None:
            return
        if answer.status_code == 200 and answer.content[:2] == b"\xff\xd8":
            self._note("download: success")
        elif OWN_TROUBLE in answer.headers.get("X-Greycard-Reason", ""):
            self._note(f"download: {answer.status_code}, {OWN_TROUBLE}")
        else:
            self._wrong(f"download: {answer.status_code} {answer.content[:100]!r} {dict(answer.headers)}")

    def _sent(self, send: Callable[[], requests.Response]) -> requests.Response | None:
        begun = time.monotonic()
        try:
            answer = send()
        except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
            self._note("a closed connection")
            return None
        except requests.Timeout:
            self._wrong("no answer within 20 s")
            return None
        with self._lock:
            self._found.slowest = max(self._found.slowest, time.monotonic() - begun)
        return answer

    def _note(self, what: str) -> None:
        with self._lock:
            self._found.answers[what] += 1

    def _wrong(self, what: str) -> None:
        with self._lock:
            self._found.wrong.append(what)
