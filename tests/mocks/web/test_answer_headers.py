"""Headers that every answer has, whoever made it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/api/tasks/visual/scale", 401),
        ("GET", "/api/tasks/visual/nothing", 404),
        ("PUT", "/api/tasks/visual/scale", 404),
        ("GET", "/_mock/health", 200),
        ("GET", "/_mock/images/20x10.png", 200),
        ("GET", "/_mock/images/nothing.txt", 400),
        ("GET", "/_mock/images/20x10.png?status=418", 418),
        ("GET", "/_mock/images/20x10.png?redirect=1", 302),
        ("GET", "/_mock/results/no-world/no-task/0.jpg", 404),
        ("GET", "/_mock/worlds", 200),
        ("GET", "/_mock/worlds/nobody:test-1", 404),
        ("GET", "/_mock/nothing", 404),
        ("POST", "/_mock/worlds/picwish:test-1/scenarios", 415),
        ("GET", "/_mock/", 200),
        ("GET", "/_mock/page/nothing", 404),
        ("POST", "/_mock/page/nothing/clock", 403),
    ],
)
def test_no_browser_guesses_what_an_answer_is(
    make_lab: Callable[..., Any], method: str, path: str, status: int
) -> None:
    """Vendors' errors, problem details, pictures and pages alike say `nosniff`, and say it once."""
    answer = make_lab("picwish").app.test_client().open(path, method=method)
    assert answer.status_code == status
    assert answer.headers.getlist("X-Content-Type-Options") == ["nosniff"]
