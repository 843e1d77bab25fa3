"""What `import greycard_client` costs beyond `import requests`, and what its first class does.

Run: ``python tests/bench/bench_import.py``. Aim: at most 30 ms beyond requests.
"""

from __future__ import annotations

import subprocess
import sys
import time

import click

REQUESTS = "import requests"
STATEMENTS = {
    "import greycard_client": f"{REQUESTS}, greycard_client",
    "from greycard_client import PicWish": f"{REQUESTS}\nfrom greycard_client import PicWish",
    "all four clients": f"{REQUESTS}\nfrom greycard_client import PicWish, Wondershare, MagicTiger, Enhancor",
}


def seconds(program: str, rounds: int) -> float:
    """The shortest of so many runs in a process of its own."""
    best = float("inf")
    for _ in range(rounds):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", program], check=True)
        best = min(best, time.perf_counter() - began)
    return best


@click.command()
@click.option("--rounds", default=15, show_default=True)
def main(rounds: int) -> None:
    """Measure and print."""
    least = seconds(REQUESTS, rounds)
    for name, program in STATEMENTS.items():
        more = (seconds(program, rounds) - least) * 1000
        click.echo(f"{name}: {more:.0f} ms beyond requests ({least * 1000:.0f} ms); aim: at most 30")


if __name__ == "__main__":
    main()
