"""Who is kept out of the control plane, what it takes, and which paths it has."""

from __future__ import annotations

from collections.abc import Callable

import flask
import pytest
from flask.testing import FlaskClient
from openapi_spec_validator import validate
from werkzeug.test import TestResponse

from greycard_mocks import Mock
from greycard_mocks.app import create_app
from greycard_mocks.control.query import openapi

WORLD = "/_mock/worlds/picwish:test-1"


def test_only_json_is_taken(http: FlaskClient, told: Callable[[TestResponse], str]) -> None:
    """A form or plain text, which pages of other sites can send, changes nothing."""
    for body, kind, status in (
        ('{"outcome": "failed"}', "text/plain", 415),
        ("outcome=failed", "application/x-www-form-urlencoded", 415),
        ("", "", 415),
        ("[1]", "application/json", 400),
        ("{", "application/json", 400),
        ('{"outcome": NaN}', "application/json", 400),
        ("[" * 100_000, "application/json", 400),
        ('"' + "x" * 300_000 + '"', "application/json", 413),
    ):
        answer = http.post(f"{WORLD}/scenarios", data=body, content_type=kind)
        assert answer.status_code == status, (body[:20], kind)
        assert told(answer)
    assert http.get(f"{WORLD}/scenarios").get_json() == {"scenarios": []}


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "localhost.evil.example:80"},
        {"Host": "192.0.2.7"},
        {"Host": ""},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_a_page_of_another_site_gets_nothing(http: FlaskClient, headers: dict[str, str]) -> None:
    """Rebinding and cross-site requests are refused on every route, reading included.

    No CORS header is sent.
    """
    for method, path in (
        ("GET", "/_mock/worlds"),
        ("POST", f"{WORLD}/scenarios"),
        ("OPTIONS", WORLD),
        ("GET", f"{WORLD}/export"),
    ):
        answer = http.open(path, method=method, headers=headers, json={} if method == "POST" else None)
        assert answer.status_code in (403, 404), (method, path)
        assert not [name for name, _ in answer.headers if name.lower().startswith("access-control")]


def test_a_token_is_asked_for_when_there_is_one(mock: Mock, told: Callable[[TestResponse], str]) -> None:
    """Without the right token nothing is told; health, pictures and the vendors' own paths need none."""
    http = create_app(mock.engine, control_token="right", own_hosts=("0.0.0.0",)).test_client()
    for given in (
        {},
        {"X-Greycard-Token": "wrong"},
        {"X-Greycard-Token": "right-"},
        {"Authorization": "Bearer wröng"},
    ):
        answer = http.get("/_mock/worlds", headers=given)
        assert answer.status_code == 401
        assert "token" in told(answer)
    for given in ({"X-Greycard-Token": "right"}, {"Authorization": "Bearer right"}):
        assert http.get("/_mock/worlds", headers=given).status_code == 200
        assert http.get("/_mock/worlds", headers={**given, "Host": "greycard:8000"}).status_code == 200
    assert http.get("/_mock/worlds", headers={"Host": "greycard:8000"}).status_code == 403
    assert http.get("/_mock/health").status_code == 200
    assert http.get("/_mock/images/10x10.png").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/_mockworlds",
        "/_mock/worldsx",
        "/_mock//worlds",
        "/_mock/worlds/",
        "/_mock/../_mock/worlds",
        "/x/_mock/worlds",
        "/_MOCK/worlds",
    ],
)
def test_paths_match_by_whole_segments(http: FlaskClient, path: str) -> None:
    """What only begins or looks like the control plane is not the control plane."""
    assert http.get(path).status_code == 404


def test_an_unknown_path_of_the_control_plane_is_a_problem(
    http: FlaskClient, told: Callable[[TestResponse], str]
) -> None:
    """It points to the document that has all paths; a wrong method does as well."""
    assert "openapi.json" in told(http.get("/_mock/nothing"))
    assert "openapi.json" in told(http.put("/_mock/worlds", json={}))


def test_the_openapi_document_is_valid_and_complete(http: FlaskClient, app: flask.Flask) -> None:
    """It is OpenAPI 3.1, is served, and names exactly the routes that there are."""
    document = http.get("/_mock/openapi.json").get_json()
    validate(document)
    assert document == openapi()
    named = {
        (method.upper(), path)
        for path, item in document["paths"].items()
        for method in item
        if method in {"get", "post", "put", "patch", "delete"}
    }
    there = {
        (method, rule.rule.replace("<", "{").replace(">", "}"))
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("control.") or rule.endpoint == "health"
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert named == there
