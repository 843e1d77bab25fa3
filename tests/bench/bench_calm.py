"""How late health and an ordinary poll are answered beside slow, silent and costly clients.

Run: python tests/bench/bench_calm.py [--url URL | --greycard DIR] [--only WORDS ...] [--write tests/bench/README.md].
Aim: at most 50 ms at the 99th percentile, of requests every 10 ms, beside each burden; exit 1 where it is missed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlsplit

import click

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench import pages
from bench.calm.burdens import BURDENS, CREATE, Burden, BurdenError, Mock
from bench.calm.probe import Seen, Watch
from bench.peers.servers import greycard
from bench.processes import (
    DYING_WITH_US,
    StartError,
    end_on_signals,
    free_port,
    greycard_command,
    many_descriptors,
    source_path,
    started,
)

AIM = 50.0  # milliseconds
TESTS = Path(__file__).parents[1]
QUIET = {"X-API-KEY": "test-quiet"}


@contextmanager
def served(url: str | None, checkout: Path) -> Generator[Mock]:
    """The mock at this address, or one of its own from the checkout."""
    if url is not None:
        parts = urlsplit(url)
        yield Mock(parts.hostname or "127.0.0.1", parts.port or 80)
        return
    port = free_port()
    environ = {"PYTHONPATH": source_path(checkout), "GREYCARD_SERVE_QUIET": "1"}
    with started("greycard serve", greycard_command("serve", "--port", str(port)), port, environ):
        yield Mock("127.0.0.1", port)


def seen_beside(burden: Burden, mock: Mock, seconds: float) -> dict[str, Seen]:
    """What a process that asks quietly sees while the burden lasts."""
    for world in ("picwish:test-quiet", "picwish:test-burden"):
        mock.settings(world, rate_limit=None)
    task = mock.create(QUIET, "400x300")
    requests = {
        "health": mock.bytes_of("GET", "/_mock/health", {}).decode(),
        "poll": mock.bytes_of("GET", f"{CREATE}/{task}", QUIET).decode(),
    }
    what = Watch(mock.host, mock.port, burden.seconds or seconds, requests)
    command = [*DYING_WITH_US, sys.executable, "-m", "bench.calm.probe"]
    environ = {**os.environ, "PYTHONPATH": str(TESTS)}
    with burden.weigh(mock):
        told = subprocess.run(
            command, input=json.dumps(asdict(what)), capture_output=True, text=True, check=True, env=environ
        )
    return {name: Seen(**one) for name, one in json.loads(told.stdout).items()}


def cell(seen: Seen) -> str:
    """One figure of the table."""
    lost = f", {seen.lost} of {seen.asked} not answered" if seen.lost else ""
    wrong = f" ({seen.wrong[:80]})" if seen.wrong else ""
    return f"{' / '.join(map(pages.short, (seen.p50, seen.p99, seen.slowest)))}{lost}{wrong}"


@click.command()
@click.option("--url", help="A mock that runs already, its control plane open; otherwise one is started per burden.")
@click.option("--greycard", "checkout", type=Path, default=TESTS.parent, help="The checkout that is served.")
@click.option("--seconds", default=8.0, show_default=True, help="How long to look, where a burden says nothing else.")
@click.option("--only", multiple=True, help="Only the burdens with these words in their name.")
@click.option("--write", type=Path, help="A page whose marked section becomes what is printed.")
def main(url: str | None, checkout: Path, seconds: float, only: tuple[str, ...], write: Path | None) -> None:
    """Measure beside each burden, print a table, and end with 1 when the aim is missed."""
    end_on_signals()
    many_descriptors()
    rows, missed, circumstances = list[list[str]](), False, pages.circumstances()
    try:
        version = url or f"greycard {greycard('', checkout.resolve()).version}"
    except LookupError as error:
        raise click.ClickException(str(error)) from None
    for burden in BURDENS:
        if only and not any(words in burden.name for words in only):
            continue
        try:
            with served(url, checkout.resolve()) as mock:
                seen = seen_beside(burden, mock, seconds)
        except (StartError, BurdenError, OSError) as error:
            raise click.ClickException(f"{burden.name}: {error}") from None
        late = any(one.p99 > AIM or one.lost for one in seen.values())
        missed = missed or late
        rows.append(
            [burden.name, *(cell(seen[name]) for name in ("health", "poll")), "**missed**" if late else "reached"]
        )
        click.echo(" | ".join(rows[-1]), err=True)
    section = (
        f"{circumstances}, {version}; p50 / p99 / slowest in ms, aim for p99: at most {AIM:g}.\n\n"
        f"{pages.table(['beside', 'health', 'poll', 'aim'], rows)}"
    )
    click.echo(section)
    if write is not None:
        try:
            pages.rewrite(write, "calm", section)
        except pages.SectionError as error:
            raise click.ClickException(str(error)) from None
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
