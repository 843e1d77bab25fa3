"""The control plane of a mock without a port, and the calls that its tests share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flask
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from greycard_mocks import Mock
from greycard_mocks.app import create_app


@pytest.fixture
def app(mock: Mock) -> flask.Flask:
    """Its application, as it is behind a loopback address."""
    return create_app(mock.engine)


@pytest.fixture
def http(app: flask.Flask) -> FlaskClient:
    """A client of it."""
    return app.test_client()


@pytest.fixture
def create() -> Callable[..., dict[str, Any]]:
    """Creates a PicWish task; returns the answer's data."""

    def send(http: FlaskClient, credential: str = "test-1") -> dict[str, Any]:
        form = {"type": "clean", "image_url": "http://greycard.test/_mock/images/60x40.jpg"}
        answer = http.post("/api/tasks/visual/scale", data=form, headers={"X-API-KEY": credential})
        assert answer.status_code == 200, answer.text
        data: dict[str, Any] = answer.get_json()["data"]
        return data

    return send


@pytest.fixture
def read() -> Callable[..., dict[str, Any]]:
    """Reads a PicWish task."""

    def get(http: FlaskClient, task: str, credential: str = "test-1") -> dict[str, Any]:
        answer = http.get(f"/api/tasks/visual/scale/{task}", headers={"X-API-KEY": credential})
        data: dict[str, Any] = answer.get_json()["data"]
        return data

    return get


@pytest.fixture
def told() -> Callable[[TestResponse], str]:
    """The detail of a refusal, which has the form of RFC 9457."""

    def detail(answer: TestResponse) -> str:
        assert answer.content_type == "application/problem+json", answer.text
        problem = answer.get_json()
        assert problem["status"] == answer.status_code
        assert problem["type"]
        assert problem["title"]
        return str(problem["detail"])

    return detail
