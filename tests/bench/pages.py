"""Tables of Markdown, and the marked sections of a page in which the benchmarks put them."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

BUSY = 1.0


class SectionError(Exception):
    """A page has no place for the tables; the message says what to write into it."""


def circumstances() -> str:
    """The date and the machine, for the head of a section; to be asked before anything is measured.

    A load of others (running processes, on average over a minute) makes all figures worse and less sure.
    """
    others = os.getloadavg()[0]
    if others > BUSY:
        click.echo(f"this machine is busy (load {others:.1f}): the figures will say little", err=True)
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"load of others {others:.1f}"
    )


def short(value: float) -> str:
    """A figure with as many places as one reads, such as 0.034, 1.25, 12.5 and 850."""
    return f"{value:.{3 if value < 0.1 else 2 if value < 10 else 1 if value < 100 else 0}f}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |\n" for line in lines)


def rewrite(page: Path, name: str, section: str) -> None:
    """Put the section between the page's markers of that name. Raises `SectionError` where they are not there once."""
    begin, end = f"<!-- bench: {name} -->\n", "<!-- /bench -->\n"
    text = page.read_text(encoding="utf-8") if page.is_file() else ""
    before, found, rest = text.partition(begin)
    old, ended, after = rest.partition(end)
    if not found or not ended or "<!-- bench: " in old or begin in after:
        raise SectionError(f"{page} needs a line {begin.strip()} and after it a line {end.strip()}")
    page.write_text(f"{before}{begin}{section}{end}{after}", encoding="utf-8")
