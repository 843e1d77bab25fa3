"""Which paths are the mock's own, and which of them the engine answers."""

from __future__ import annotations

import pytest

from greycard_mocks.core.paths import is_for_engine, is_own


@pytest.mark.parametrize(
    ("path", "own", "engine"),
    [
        ("/_mock", True, False),
        ("/_mock/", True, False),
        ("/_mock/health", True, False),
        ("/_mock/results/a/b/c.jpg", True, True),
        ("/_mock/resultsfoo", True, False),
        ("/_mockfoo", False, True),
        ("//_mock/health", False, True),
        ("/api/_mock/", False, True),
        ("/", False, True),
    ],
)
def test_whole_segments_count(path: str, *, own: bool, engine: bool) -> None:
    """What only begins with the same letters is a vendor's, so that no check of the control plane is passed by."""
    assert (is_own(path), is_for_engine(path)) == (own, engine)
