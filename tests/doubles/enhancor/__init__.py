"""An independent double of the Enhancor portrait upscaler, written from its document alone."""

from doubles.enhancor.server import Enhancor

__all__ = ["DOUBLE"]

DOUBLE = Enhancor
