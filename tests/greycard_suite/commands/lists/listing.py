"""How long lists are chosen from and shown: a line each for programs, wrapped and paged for a person at a terminal."""

from __future__ import annotations

import shutil
import sys
import textwrap
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

NARROWEST = 40
"""Characters that a line has at least, however narrow the terminal."""


text_option = click.option("--text", metavar="TEXT", help="Only those that contain this text, in upper or lower case.")
"""The option that chooses by words."""


def holds(text: str | None, *parts: str) -> bool:
    """Whether a text, where one is wanted, stands in one of these."""
    return text is None or any(text.lower() in part.lower() for part in parts)


def matches(pattern: str | None, names: Iterable[str]) -> bool:
    """Whether one of these names is like a pattern (``*`` for anything), or holds it."""
    if pattern is None:
        return True
    return any(fnmatchcase(name, pattern) or pattern in name for name in names)


def show(rows: Sequence[tuple[str, Sequence[str], str]], ending: Sequence[str] = ()) -> None:
    """Print rows of an id, short columns with their widths applied, and a sentence; then lines as they are."""
    if not rows:
        click.echo("Nothing of that kind is listed.", err=True)
        return
    if not sys.stdout.isatty():
        lines = ["  ".join([name, *columns, sentence]).rstrip() for name, columns, sentence in rows]
        click.echo("\n".join([*lines, *ending]))  # one by one they would be flushed one by one
        return
    size = shutil.get_terminal_size()
    width = max(NARROWEST, size.columns)
    lines = []
    for name, columns, sentence in rows:
        whole = "  ".join([name, *columns, sentence]).rstrip()
        if len(whole) <= width:
            lines.append(whole)
            continue
        lines.append("  ".join([name.rstrip(), *(column.strip() for column in columns)]).rstrip())
        lines += textwrap.wrap(sentence, width, initial_indent="    ", subsequent_indent="    ")
    lines += ending
    text = "\n".join(lines)
    if len(lines) < size.lines:
        click.echo(text)
    else:
        click.echo_via_pager(text + "\n")
