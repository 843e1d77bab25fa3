"""Large pictures: what the largest legal ones of each vendor cost, and `greycard serve` under them.

Run: ``python tests/bench/bench_pictures.py [--side 9216] [--photographs 115] [--part largest|one|six|photographs]``.
Aims: a picture takes 3 s of CPU and 300 MiB at most (part "largest", each in a process of its own, of which the peak is
told with all that Python takes). With the default of 512 MiB for pictures the server has a peak of at most 640 MiB,
answers another request within 1 s meanwhile, and keeps at most 256 MiB after a burst; each of those parts has a server
of its own, asked over real HTTP. Linux only (reads /proc).
"""

from __future__ import annotations

import io
import math
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import requests
from PIL import Image

from greycard_mocks.answers.results import result_format, scaled
from greycard_mocks.images.sizes import MAX_INPUT_PIXELS, MAX_OUTPUT_PIXELS
from greycard_schemas.loader import load_contracts
from greycard_schemas.picture_limits import limits_of

MAX_SECONDS, MAX_MIB = 3, 300
MAX_WEBP_SIDE = 4096
"""A larger WebP takes its decoder too much memory, and its result is a test card."""

MAKE = """
import sys, time
from greycard_mocks.images import transform
from greycard_mocks.images.inspect import inspect
process, width, height, form, source, mask = sys.argv[1:]
size = {"width": int(width), "height": int(height), "format": form}
with open(source, "rb") as file, open(mask, "rb") as marks:
    began = time.process_time()
    match process:
        case "erase": blocks = transform.erase(file, marks, **size)
        case "tint": blocks = transform.tint(file, number=1, **size)
        case "face": blocks = transform.crop_face(file, **size)
        case _: blocks = transform.enlarge(file, **size)
    length = sum(map(len, blocks))
    seconds = time.process_time() - began
peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(seconds, int(peak) / 1024, length)
"""

HEADERS = {"token": "test-bench"}
SERVE = "from greycard_suite.cli import main; main()"


@dataclass(frozen=True)
class Largest:
    """One of a vendor's largest results: from a square picture of `side` pixels, by one process."""

    vendor: str
    process: str
    side: int
    wanted: int
    form: str
    input_form: str


def largest() -> Iterator[Largest]:
    """The largest results that the contract data allow and the mock makes, for each vendor, process and format."""
    for contract in load_contracts().values():
        for operation in contract.of_kind("create"):
            data = operation.contract
            result, pictures = data["result"], data["pictures"]
            limits = limits_of(pictures, contract.data.get("units", {}))
            sides = [side for side in range(1, math.isqrt(MAX_INPUT_PIXELS) + 1) if _is_legal(side, limits)]
            modes = [value for value in result.get("by_value", {}) if value != "x-source"]
            choices = [{result["parameter"]: value} for value in modes] or [{}]
            wanted: dict[int, int] = {}
            for values in choices:
                for side in sides:
                    size = scaled(side, side, result, values)[0]
                    if size**2 <= MAX_OUTPUT_PIXELS and size >= max(wanted.values(), default=0):
                        wanted[side] = size
            most = max(wanted.values())
            side = max(one for one, size in wanted.items() if size == most)
            for input_form in ("jpeg", "png", "webp"):
                if input_form not in pictures["formats"]:
                    continue
                for form in ("jpeg", "png") if "format_from" in result else (result_format(result, input_form, {}),):
                    own = min(side, MAX_WEBP_SIDE) if input_form == "webp" else side
                    for process, times in _processes(result):
                        yield Largest(contract.name, process, own, int(own * most / side * times), form, input_form)


def _processes(result: Any) -> Iterator[tuple[str, float]]:
    yield result.get("process", "enlarge"), 1
    if "faces" in result:
        yield from (("tint", 1), ("face", 0.5))


def _is_legal(side: int, limits: Any) -> bool:
    return all(limit.allows(side, side, figure) for limit, figure in limits)


def picture(side: int, form: str, content: str, folder: Path) -> Path:
    """A picture of noise (in squares where it would be too long a file), a flat one, or one half of it for a mask."""
    path = folder / f"{content}-{side}.{form}"
    if path.exists():
        return path
    few = side if side <= 1000 else side // 4
    grain = [Image.effect_noise((few, few), 90) for _ in range(3)]
    made = Image.merge("RGB", grain).resize((side, side), Image.Resampling.NEAREST)
    if content == "flat":
        made = Image.new("RGB", (side, side), (90, 120, 60))
    if content == "mask":
        made = Image.new("L", (side, side))
        made.paste(255, (0, 0, side, side // 2))
    made.save(path, form, **{"jpeg": {"quality": 80}, "png": {"compress_level": 1}}.get(form, {"method": 0}))
    return path


def all_largest() -> None:
    """Print what each of them costs; a figure over its aim is marked."""
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    click.echo(f"aims: {MAX_SECONDS} s of CPU, {MAX_MIB} MiB")
    with TemporaryDirectory() as name:
        for one in largest():
            mask = picture(one.side, "png", "mask", Path(name))
            for content in ("noise", "flat"):
                source = picture(one.side, one.input_form, content, Path(name))
                arguments = [one.process, str(one.wanted), str(one.wanted), one.form, str(source), str(mask)]
                command = [sys.executable, "-c", MAKE, *arguments]
                said = subprocess.run(command, check=True, capture_output=True, text=True, env=environ).stdout
                seconds, peak, length = map(float, said.split())
                over = " OVER" if seconds > MAX_SECONDS or peak > MAX_MIB else ""
                click.echo(
                    f"{one.vendor:12}{one.process:8}{one.side:5} -> {one.wanted:5}  {one.input_form:4} -> {one.form:4} "
                    f"{content:5}  {seconds:5.2f} s  {peak:4.0f} MiB  {length / 1e6:6.1f} MB{over}"
                )


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
@click.option("--part", type=click.Choice(["largest", "one", "six", "photographs"]))
def main(side: int, form: str, count: int, part: str | None) -> None:
    """Measure and print."""
    if part in (None, "largest"):
        all_largest()
    if part in (None, "one"):
        several(1, side, form)
    if part in (None, "six"):
        several(6, side, form)
    if part in (None, "photographs"):
        photographs(count)


if __name__ == "__main__":
    main()
