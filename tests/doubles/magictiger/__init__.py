"""A double of Magic Tiger, written from document 001 alone."""

from __future__ import annotations

from doubles.magictiger.server import MagicTiger

DOUBLE = MagicTiger

__all__ = ["DOUBLE"]
