"""Give memory that large pictures have left behind back to the system, where the C library can be asked to.

Freed memory stays with the process in glibc: with one heap per thread, hundreds of megabytes after a burst.
"""

from __future__ import annotations

import sys
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def give_back() -> None:
    """Return what is free to the system; does nothing where there is no glibc."""
    _trim()(0)


@cache
def _trim() -> Callable[[int], object]:
    if sys.platform == "linux":
        import ctypes

        try:
            return ctypes.CDLL(None).malloc_trim
        except (OSError, AttributeError):  # another C library, musl for one
            pass
    return lambda _: None
