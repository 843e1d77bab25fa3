"""Wondershare as its two pages tell it: the 8X upscaler (document 000) and the photo eraser (document 003)."""

from doubles.wondershare.server import Wondershare

DOUBLE = Wondershare

__all__ = ["DOUBLE"]
