"""Ends the traceback of a refused call at the line of the test: how greycard came to refuse it helps nobody."""

from __future__ import annotations

import linecache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

OURS = ("greycard_mocks", "greycard_schemas")


def end_at_the_caller(error: BaseException) -> None:
    """Leave out our own frames at the end, where the error was raised on purpose; any other stays whole."""
    last = caller = None
    found = error.__traceback__
    while found is not None:
        last = found
        if not _is_ours(found):
            caller = found
        found = found.tb_next
    if last is None or caller is None or last is caller or not _is_on_purpose(last):
        return
    caller.tb_next = None


def _is_ours(found: TracebackType) -> bool:
    return str(found.tb_frame.f_globals.get("__name__", "")).partition(".")[0] in OURS


def _is_on_purpose(found: TracebackType) -> bool:
    line = linecache.getline(found.tb_frame.f_code.co_filename, found.tb_lineno)
    return line.strip().startswith("raise ")
