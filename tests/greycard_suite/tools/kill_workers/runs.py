"""One run: load, kills on the way, and a look at what is left."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

import requests

from greycard_suite.tools.kill_workers.load import OWN_TROUBLE, Load
from greycard_suite.tools.kill_workers.mock import Redis, children, health, served, until
from greycard_suite.tools.kill_workers.receiver import Found, Receiver

SHOWN = 200
PATIENCE_SECONDS = 10.0
"""How long the store may be in trouble after the load."""


def run(seconds: float, seed: int, *, workers: int = 3, clients: int = 6, every: float = 1.0) -> Found:
    """Put load on the mock for so long, kill on the way, and look at what is left of it."""
    randomness, found = random.Random(seed), Found()  # noqa: S311 - no secret
    receiver = Receiver(found, random.Random(seed + 1))  # noqa: S311 - no secret
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    hook = f"http://127.0.0.1:{receiver.server_port}/hook"
    with tempfile.TemporaryDirectory(prefix="gc-kill-") as folder:
        redis = Redis(Path(folder))
        redis.start()
        try:
            with served(redis.url, hook, workers, []) as (url, parent):
                load = Load(url, found, seed)
                load.start(clients)
                _kill(seconds, every, redis, parent, found, randomness)
                load.stop()
                _look(url, found)
            if parent.returncode != 0:
                found.wrong.append(f"the parent ended with {parent.returncode}")
            if not _is_free(url):
                found.wrong.append("the port is still taken")
        finally:
            redis.kill()
            receiver.shutdown()
            receiver.server_close()
    return found


def _kill(
    seconds: float, every: float, redis: Redis, parent: subprocess.Popen[bytes], found: Found, randomness: random.Random
) -> None:
    begun = time.monotonic()
    store_at = [seconds / 3, seconds * 2 / 3]
    while (passed := time.monotonic() - begun) < seconds:
        if store_at and passed > store_at[0]:
            store_at.pop(0)
            found.kills["store"] += 1
            redis.kill()
            time.sleep(min(1.0, seconds / 10))
            redis.start()
        running = children(parent.pid)
        if running:
            found.kills["worker"] += 1
            with suppress(ProcessLookupError):
                os.kill(randomness.choice(running), signal.SIGKILL)
        time.sleep(every)


def _look(url: str, found: Found) -> None:
    """Whether each task is known, and each delivery acknowledged."""
    until(lambda: health(url) == 200)
    with requests.Session() as session:
        for name in tuple(found.created):
            key, _, task = name.partition(" ")
            answer, end = _asked(session, url, key, task), time.monotonic() + PATIENCE_SECONDS
            while OWN_TROUBLE in answer.headers.get("X-Greycard-Reason", "") and time.monotonic() < end:
                found.answers[f"afterwards: {answer.headers['X-Greycard-Reason'][:SHOWN]}"] += 1
                time.sleep(0.1)
                answer = _asked(session, url, key, task)
            if answer.json()["code"] != 0:
                reason = answer.headers.get("X-Greycard-Reason", "")
                found.wrong.append(f"task {name} was answered and is unknown: {answer.text} {reason}")
    wanted = {name.partition(" ")[2] for name in found.created}
    if not until(lambda: wanted <= (+found.acknowledged).keys(), 60):
        lost = sorted(wanted - (+found.acknowledged).keys())
        found.wrong.append(f"{len(lost)} deliveries never came, such as {lost[:3]}")


def _asked(session: requests.Session, url: str, key: str, task: str) -> requests.Response:
    return session.post(f"{url}/gettask", json={"taskid": task, "type": 1}, headers={"token": key}, timeout=20)


def _is_free(url: str) -> bool:
    """Whether nobody listens any more."""
    return health(url) == 0


def lines_of(found: Found) -> list[str]:
    """What happened, in lines to read."""
    repeated = sum(count > 1 for count in found.acknowledged.values())
    return [
        f"killed: {found.kills['worker']} workers, the store {found.kills['store']} times",
        f"tasks answered with success: {len(found.created)}",
        f"callbacks: {sum(found.told.values())}, acknowledged: {sum(found.acknowledged.values())}",
        f"tasks told of again though acknowledged: {repeated}",
        *(f"{count} x {what}" for what, count in sorted(found.answers.items())),
        f"slowest answer: {found.slowest:.2f} s",
        *(f"WRONG: {one}" for one in found.wrong[:20]),
        f"wrong: {len(found.wrong)}",
    ]
