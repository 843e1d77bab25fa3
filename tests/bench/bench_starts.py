"""A thousand servers started, asked once and stopped, in one process: what stays behind, and what a start costs.

Run: ``python tests/bench/bench_starts.py``. The tests do the same a hundred times.
"""

from __future__ import annotations

import gc
import threading
import time
from pathlib import Path

import click
import requests

from greycard_mocks.engine.engine import Engine
from greycard_mocks.serve import run
from greycard_schemas.loader import load_contracts

FILES = Path("/proc/self/fd")


def open_files() -> int:
    """How many file descriptors the process has; 0 where the system does not tell."""
    return len(list(FILES.iterdir())) if FILES.is_dir() else 0


def cycle() -> None:
    """One mock of all vendors: start, one request, stop."""
    with run(Engine(load_contracts())) as running, requests.Session() as session:
        session.trust_env = False
        session.get(f"{running.url}/_mock/health", timeout=5).raise_for_status()


@click.command()
@click.option("--starts", default=1000, show_default=True)
def main(starts: int) -> None:
    """Measure and print."""
    cycle()
    gc.collect()
    threads, files, began = threading.active_count(), open_files(), time.perf_counter()
    for _ in range(starts):
        cycle()
    took = time.perf_counter() - began
    gc.collect()
    click.echo(
        f"{starts} starts: {threading.active_count() - threads} threads and {open_files() - files} files left "
        f"behind (aim: none); {took / starts * 1000:.0f} ms each"
    )


if __name__ == "__main__":
    main()
