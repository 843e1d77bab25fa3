"""What the control plane answers to typical mistakes: a status of the user's, and a detail that says what to do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from greycard_mocks import Mock
from greycard_mocks.app import create_app

WORLD = "/_mock/worlds/picwish:test-1"

MISTAKES: tuple[tuple[str, str, str, int, tuple[str, ...]], ...] = (
    # (method, path, body, status, words of the detail)
    ("POST", f"{WORLD}/clock", "{", 400, ("JSON",)),
    ("POST", f"{WORLD}/clock", "[]", 400, ("object",)),
    ("POST", f"{WORLD}/clock", '{"action": "advnce", "seconds": 1}', 422, ("freeze", "did you mean 'advance'?")),
    ("POST", f"{WORLD}/clock", '{"action": "advance"}', 422, ("advance takes exactly action, seconds",)),
    ("POST", f"{WORLD}/clock", '{"action": "advance", "seconds": "long"}', 422, ("seconds", "number")),
    ("GET", "/_mock/clock", "", 404, ("/_mock/openapi.json",)),
    ("GET", "/_mock/worlds/picwhish:test-1", "", 404, ("no vendor 'picwhish'", "did you mean 'picwish'?")),
    ("GET", "/_mock/worlds/nowhere", "", 404, ("/_mock/worlds", "VENDOR:CREDENTIAL")),
    ("GET", "/_mock/worlds/picwish:mine", "", 404, ("begins with 'test'",)),
    ("PUT", f"{WORLD}/clock", "{}", 404, ("PUT", "/_mock/openapi.json")),
    ("POST", f"{WORLD}/scenarios", '{"outcom": "failed"}', 422, ("did you mean 'outcome'?",)),
    ("POST", f"{WORLD}/scenarios", '{"outcome": "faild"}', 422, ("did you mean 'failed'?",)),
    ("POST", f"{WORLD}/faults", '{"kind": "latensy"}', 422, ("did you mean 'latency'?",)),
    ("POST", f"{WORLD}/faults", "{}", 422, ("choose from", "latency")),
    ("POST", f"{WORLD}/faults", '{"kind": "latency", "second": 1}', 422, ("did you mean 'seconds'?",)),
    ("PATCH", f"{WORLD}/variants", '{"edition": "curent"}', 422, ("did you mean 'current'?",)),
    ("PATCH", f"{WORLD}/variants", '{"preset": "observd"}', 422, ("did you mean 'observed'?",)),
    ("PATCH", f"{WORLD}/variants", '{"drifts": "rate.limit-up"}', 422, ('write {"drifts": ["ID", ...]}',)),
    ("PATCH", f"{WORLD}/variants", '{"drifts": ["rate.limitup"]}', 422, ("picwish/rate.limit-up",)),
    ("PATCH", f"{WORLD}/variants", '{"freedoms": "many"}', 422, ("with a whole number",)),
    ("PATCH", f"{WORLD}/settings", '{"balanc": 1}', 422, ("did you mean 'balance'?",)),
    ("PATCH", f"{WORLD}/settings", '{"rate_limit": "few"}', 422, ("rate_limit",)),
    ("POST", f"{WORLD}/deliveries", '{"id": "1"}', 422, ('write {"task": "ID"}',)),
    ("PUT", f"{WORLD}/import", "{}", 422, ("export",)),
)


@pytest.fixture(scope="module")
def http() -> Iterator[FlaskClient]:
    """A control plane without a port."""
    with Mock(in_process=True) as mock:
        yield create_app(mock.engine).test_client()


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "words"), MISTAKES, ids=[" ".join(one[:3])[:80] for one in MISTAKES]
)
def test_a_mistake_at_the_control_plane(
    http: FlaskClient, method: str, path: str, body: str, status: int, words: tuple[str, ...]
) -> None:
    """The detail has what was wrong and what there is, in one line."""
    answer = http.open(path, method=method, data=body, content_type="application/json")
    assert answer.status_code == status, answer.text
    detail = answer.get_json()["detail"]
    assert "\n" not in detail
    assert [one for one in words if one not in detail] == [], detail


def test_a_body_that_is_not_called_json(http: FlaskClient) -> None:
    """As curl -d sends it without the header."""
    answer = http.post(f"{WORLD}/clock", data={"action": "freeze"})
    assert answer.status_code == 415
    assert "send application/json" in answer.get_json()["detail"]
