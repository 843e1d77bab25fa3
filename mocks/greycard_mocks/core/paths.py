"""Which addresses are the mock's own, and which of them the engine answers: the one rule for every door."""

from __future__ import annotations

OWN = "/_mock"
"""What stands below is the mock's own and no vendor's."""

RESULTS = f"{OWN}/results"
"""Below stand the result pictures, whose links the vendors' answers hold."""


def is_own(path: str) -> bool:
    """Whether a path is the mock's own and no vendor's; whole segments count."""
    return path == OWN or path.startswith(f"{OWN}/")


def is_for_engine(path: str) -> bool:
    """Whether the engine answers a path: all that is a vendor's, and the download of results."""
    return not is_own(path) or path.startswith(f"{RESULTS}/")
