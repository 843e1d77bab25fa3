"""Large pictures: time and memory of `greycard serve` for one of 9216x9216, for six at once, and after 115 photographs.

Run: ``python tests/bench/bench_pictures.py [--side 9216] [--photographs 115] [--part one|six|photographs]``. Aims with
the default of 512 MiB for pictures: a peak of at most 640 MiB, another request answered within 1 s meanwhile, and at
most 256 MiB in memory after a burst. Each part has a server of its own, asked over real HTTP; Linux only (reads /proc).
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import requests
from PIL import Image

HEADERS = {"token": "test-bench"}
SERVE = "from greycard_suite.cli import main; main()"


def memory(process: int, name: str) -> float:
    """`VmRSS` (now) or `VmHWM` (peak) of a process in MiB."""
    found = re.search(rf"{name}:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text("ascii"))
    return int(found[1]) / 1024 if found else 0.0


@contextmanager
def served() -> Iterator[tuple[int, str]]:
    """A server in a process of its own: its number and address."""
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-c", SERVE, "serve", "--port", "0", "--speed", "100"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ) as process:
        assert process.stdout is not None
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found is not None
        threading.Thread(target=process.stdout.read, daemon=True).start()
        try:
            yield process.pid, found[0]
        finally:
            process.terminate()


@contextmanager
def slowest_health(url: str) -> Iterator[list[float]]:
    """How many seconds a health request took at worst, as the only item, while the block runs."""
    worst, ended = [0.0], threading.Event()

    def ask() -> None:
        while not ended.wait(0.2):
            began = time.perf_counter()
            requests.get(f"{url}/_mock/health", timeout=300)
            worst[0] = max(worst[0], time.perf_counter() - began)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield worst
    finally:
        ended.set()
        thread.join()


def told(url: str, name: str) -> dict[str, Any]:
    """What Magic Tiger tells of a finished task for one of the mock's own test pictures."""
    body = {"picurl": f"{url}/_mock/images/{name}", "type": 1}
    task = requests.post(f"{url}/createtask", json=body, headers=HEADERS, timeout=600).json()["data"]["taskid"]
    while True:
        answer = requests.post(f"{url}/gettask", json={"taskid": task, "type": 1}, headers=HEADERS, timeout=600)
        data: dict[str, Any] = answer.json()["data"]
        if data["status"] >= 2:
            return data
        time.sleep(0.1)


def downloaded(link: str) -> int:
    """The length in bytes of a picture that is fetched."""
    with requests.get(link, stream=True, timeout=600) as answer:
        answer.raise_for_status()
        return sum(map(len, answer.iter_content(1 << 16)))


def several(count: int, side: int, form: str) -> None:
    """So many tasks at once, read and downloaded."""

    def whole(number: int) -> None:
        data = told(url, f"{side}x{side}.{form}?seed={number}")
        assert downloaded(data["outputurl"]) == data["outpathsize"]

    with served() as (process, url), ThreadPoolExecutor(count) as pool:
        began = time.perf_counter()
        with slowest_health(url) as worst:
            list(pool.map(whole, range(count)))
        seconds = time.perf_counter() - began
        time.sleep(0.5)
        click.echo(
            f"{count} of {side}x{side} {form}: {seconds:.1f} s, peak {memory(process, 'VmHWM'):.0f} MiB, "
            f"{memory(process, 'VmRSS'):.0f} MiB afterwards; health within {worst[0]:.2f} s"
        )


def photographs(count: int) -> None:
    """So many photographs of 12 million pixels, uploaded to PicWish and fetched, eight at a time; then a reset."""
    grain = Image.effect_noise((1000, 750), 60).resize((4000, 3000), Image.Resampling.BICUBIC)
    file = io.BytesIO()
    Image.merge("RGB", (grain, grain.transpose(Image.Transpose.ROTATE_180), grain)).save(file, "JPEG", quality=90)
    photograph = file.getvalue()

    def whole(number: int) -> None:
        key = {"X-API-KEY": f"test-{number}"}
        # another comment behind the first marker makes it another file
        content = photograph[:2] + b"\xff\xfe\x00\x0a" + f"{number:08}".encode() + photograph[2:]
        address = f"{url}/api/tasks/visual/scale"
        sent = requests.post(
            address, data={"type": "clean"}, files={"image_file": ("a.jpg", content)}, headers=key, timeout=600
        )
        task = sent.json()["data"]["task_id"]
        while True:
            data = requests.get(f"{address}/{task}", headers=key, timeout=600).json()["data"]
            if data["state"] == 1:
                break
            time.sleep(0.1)
        downloaded(data["image"])

    with served() as (process, url), ThreadPoolExecutor(8) as pool:
        began, start = time.perf_counter(), memory(process, "VmRSS")
        list(pool.map(whole, range(count)))
        seconds = time.perf_counter() - began
        time.sleep(0.5)
        peak, after = memory(process, "VmHWM"), memory(process, "VmRSS")
        requests.post(f"{url}/_mock/reset", json={}, timeout=60).raise_for_status()
        click.echo(
            f"{count} photographs: {seconds:.1f} s, {start:.0f} MiB before, peak {peak:.0f} MiB, {after:.0f} MiB "
            f"afterwards, {memory(process, 'VmRSS'):.0f} MiB after a reset"
        )


@click.command()
@click.option("--side", default=9216, show_default=True)
@click.option("--format", "form", default="jpg", show_default=True)
@click.option("--photographs", "count", default=115, show_default=True)
@click.option("--part", type=click.Choice(["one", "six", "photographs"]))
def main(side: int, form: str, count: int, part: str | None) -> None:
    """Measure and print."""
    if part in (None, "one"):
        several(1, side, form)
    if part in (None, "six"):
        several(6, side, form)
    if part in (None, "photographs"):
        photographs(count)


if __name__ == "__main__":
    main()
