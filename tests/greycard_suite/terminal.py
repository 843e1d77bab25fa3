"""Text that others wrote, made fit for a terminal: no control characters, no tricks with direction, no flood.

Knows nothing of vendors. It may not be used to write files, which get what arrived.
"""

from __future__ import annotations

import sys

import click

from greycard_suite.redact.console import legible

LONGEST = 300


def printable(text: str, limit: int = LONGEST) -> str:
    """`text` with every character that does not print escaped, cut to `limit` characters."""
    safe = "".join(
        char if char.isprintable() else char.encode("unicode_escape", "backslashreplace").decode()
        for char in text[:limit]
    )
    return safe + "..." if len(text) > limit else safe


def say(line: str, *, err: bool = False) -> None:
    """Print one line; what the stream's encoding lacks is replaced or escaped."""
    stream = sys.stderr if err else sys.stdout
    click.echo(legible(line, getattr(stream, "encoding", None) or "utf-8"), err=err)
