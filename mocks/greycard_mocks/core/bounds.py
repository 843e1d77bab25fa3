"""What counts as a number in a user's input. Pure; the caller says in words what it wanted."""

from __future__ import annotations

from typing import Any


def is_number(value: Any, low: float, high: float) -> bool:
    """Whether `value` is a number, true and false excepted, from `low` to `high`."""
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def is_whole(value: Any, low: int, high: int) -> bool:
    """Whether `value` is a whole number, true and false excepted, from `low` to `high`."""
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
