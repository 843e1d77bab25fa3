"""JSON values cut so that an entry of the journal stays small, whatever was sent."""

from __future__ import annotations

from typing import Any

MAX_TEXT = 500
MAX_VALUES = 32
MAX_SHORT = 200
"""Characters up to which a text may stand MAX_VALUES times in an entry."""

MAX_INTEGER = 1 << 63
MAX_ENTRY = 16_000
"""Characters of all texts of one entry together."""


def shortened(value: Any, depth: int = 3) -> Any:
    """`value` with long texts cut, long lists and deep nests stopped, so that an entry stays small.

    The texts of one entry have at most MAX_ENTRY characters together, however many there are.
    """
    return _shortened(value, depth, [MAX_ENTRY])


def _shortened(value: Any, depth: int, left: list[int]) -> Any:
    if isinstance(value, str):
        kept = min(MAX_TEXT, max(0, left[0]))
        left[0] -= min(len(value), kept)
        return value if len(value) <= kept else f"{value[:kept]}... ({len(value)} characters)"
    if isinstance(value, dict):
        if depth == 0:
            return "{...}"
        shown_keys = list(value.items())[:MAX_VALUES]
        return {_shortened(str(key), 1, left): _shortened(child, depth - 1, left) for key, child in shown_keys}
    if isinstance(value, list):
        if depth == 0:
            return "[...]"
        shown = [_shortened(child, depth - 1, left) for child in value[:MAX_VALUES]]
        return shown if len(value) <= MAX_VALUES else [*shown, f"... ({len(value)} entries)"]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > MAX_INTEGER:
        return "an integer of more than 64 bits"
    return value
