"""What click says of wrong use, made into a sentence that says what to write."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from greycard_schemas.nearest import similar

if TYPE_CHECKING:
    from collections.abc import Iterable


def with_what_to_write(error: click.UsageError) -> click.UsageError:
    """An error of click's own with what the value has to be, or what may have been meant; any other as it is."""
    if not isinstance(error, click.BadParameter) or error.param is None:
        return error
    words = _words(error.param.type, error.message.rstrip("."))
    if words is None:
        return error
    return click.BadParameter(words, ctx=error.ctx, param=error.param, param_hint=error.param_hint)


def _words(kind: Any, said: str) -> str | None:
    given = said.split("'")[1] if said.count("'") > 1 else said.partition(" ")[0]
    if said.endswith(f"not a valid {kind.name}") or " is not in the range " in said:
        return f"{given} is no {_number(kind)}"
    if isinstance(kind, click.Choice) and " is not one of " in said:
        return said + similar(given, map(str, kind.choices))
    if not isinstance(kind, click.Path):
        return None
    if said.endswith(" does not exist"):
        return said + (_similar_path(given) or "; name one that is there")
    if said.endswith(" is a file"):
        return f"{given!r} is a file; name a folder"
    return f"{given!r} is a folder; name a file" if said.endswith(" is a directory") else None


def no_such_command(name: str, known: Iterable[str]) -> str:
    """The sentence about a command that does not exist."""
    meant = similar(name, known) or "; 'greycard --help' lists them"
    return f"No such command {name!r}{meant}"


def option_before_command(error: click.NoSuchOption, args: Iterable[str], known: Iterable[str]) -> click.UsageError:
    """The error, which says that an option stands after its command where one was written before it."""
    command = next((one for one in args if one in known), None)
    if command is None or error.possibilities:
        return error
    return click.UsageError(f"{error.message.rstrip('.')} before the command; write it after {command!r}", error.ctx)


def _number(kind: Any) -> str:
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
