"""What it means that a limit, a code, an address or a message of a contract changes."""

from __future__ import annotations

from typing import Any

import pytest

from greycard_schemas.inclusion.algebra import includes
from greycard_schemas.inclusion.rules import LIMITS, allowed, severity_of


@pytest.mark.parametrize(
    ("key", "less", "more"),
    [
        ("limit", 2, 3),
        ("window_seconds", 10, 1),
        ("life_seconds", 60, 3600),
        ("life_seconds", 60, None),
        ("megabytes", 8, 15),
        ("side_max", 10, 20),
        ("long_side_max", 10, None),
        ("ratio_max", 2, 2.5),
        ("side_min", 20, 10),
        ("side_min", 20, None),
        ("formats", ["png"], ["jpeg", "png"]),
        ("encodings", ["application/json"], ["application/json", "multipart/form-data"]),
        ("formats_refused", ["gif", "bmp"], ["gif"]),
        ("formats_refused", ["gif"], None),
        ("enforced", True, False),
        ("binary_needs_sync", True, None),
    ],
)
def test_more_is_included_by_less_of_nothing(key: str, less: Any, more: Any) -> None:
    """The looser limit allows all that the stricter one does, and something else, which is shown."""
    assert key in LIMITS
    assert includes(allowed(key, more), allowed(key, less)).holds is True
    found = includes(allowed(key, less), allowed(key, more))
    assert found.holds is False
    assert set(found.witness) == {key}


@pytest.mark.parametrize(
    ("claim", "before", "after", "severity"),
    [
        ("acme#errors/gone/code", 404, 410, "breaking"),
        ("acme#errors/gone/code", 404, None, "silent"),
        ("acme#errors/gone/code", None, 404, "additive"),
        ("acme/make#responses/accepted/http", 200, 201, "silent"),
        ("acme/make#responses/accepted/http", 200, 302, "breaking"),
        ("acme/make#responses/accepted/http", 404, 200, "breaking"),
        ("acme/make#result/fixed", 2, 4, "silent"),
        ("acme/hook#on/succeeded", "succeeded", None, "breaking"),
        ("acme/hook#headers/token", "x", None, "breaking"),
        ("acme/hook#attempts", 3, 4, "silent"),
        ("acme/make#request/size/default", 1, 2, "silent"),
        ("acme/make#path", "/a", "/b", "breaking"),
    ],
)
def test_what_is_no_limit_goes_by_what_it_speaks_of(claim: str, before: Any, after: Any, severity: str) -> None:
    """Addresses, codes and states break; what makes nothing fail is silent; a message that is not sent breaks."""
    assert severity_of(claim, before, after) == severity
