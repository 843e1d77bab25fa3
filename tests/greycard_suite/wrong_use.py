"""What click says of wrong use, made into a sentence that says what to write."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from greycard_schemas.nearest import similar

if TYPE_CHECKING:
    from collections.abc import Iterable


def say_what_to_write(error: click.UsageError) -> None:
    """Put into an error of click's own what the value has to be, or what may have been meant."""
    if not isinstance(error, click.BadParameter) or error.param is None:
        return
    kind, words = error.param.type, error.message.rstrip(".")
    given = words.split("'")[1] if words.count("'") > 1 else words.partition(" ")[0]
    if words.endswith(f"not a valid {kind.name}") or " is not in the range " in words:
        error.message = f"{given} is no {_number(kind)}"
    elif isinstance(kind, click.Choice) and " is not one of " in words:
        error.message = words + similar(given, map(str, kind.choices))
    elif isinstance(kind, click.Path) and words.endswith(" does not exist"):
        error.message = words + (_similar_path(given) or "; name one that is there")
    elif isinstance(kind, click.Path) and words.endswith(" is a file"):
        error.message = f"{given!r} is a file; name a folder"
    elif isinstance(kind, click.Path) and words.endswith(" is a directory"):
        error.message = f"{given!r} is a folder; name a file"


def no_such_command(name: str, known: Iterable[str]) -> str:
    """The sentence about a command that does not exist."""
    meant = similar(name, known) or "; 'greycard --help' lists them"
    return f"No such command {name!r}{meant}"


def option_before_command(error: click.NoSuchOption, args: Iterable[str], known: Iterable[str]) -> None:
    """Say that an option stands after its command, where one was written before it."""
    command = next((one for one in args if one in known), None)
    if command is not None and not error.possibilities:
        error.message = f"{error.message.rstrip('.')} before the command; write it after {command!r}"


def _number(kind: click.ParamType) -> str:
    word = "whole number" if isinstance(kind, click.types.IntParamType) else "number"
    low, high = getattr(kind, "min", None), getattr(kind, "max", None)
    if low is None:
        return word
    if high is not None:
        return f"{word} from {low} to {high}"
    return f"{word} over {low}" if getattr(kind, "min_open", False) else f"{word} from {low} on"


def _similar_path(given: str) -> str:
    path = Path(given)
    try:
        return similar(path.name, (one.name for one in path.parent.iterdir()))
    except OSError:
        return ""
