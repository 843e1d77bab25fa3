"""A user's project in small: an application, and its tests with the fixtures, as the documentation promises them.

The application upscales a folder through PicWish with httpx, and takes Enhancor's webhook in Flask.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import flask
import httpx
import pytest

from greycard_mocks import VendorMock

pytestmark = pytest.mark.wire

# -------------------------------------------------------------------------------------------- the application


class Upscaler:
    """Sends every picture of a folder to PicWish and saves what comes back."""

    def __init__(self, base_url: str, api_key: str, sleep: Callable[[float], None]) -> None:
        self._http = httpx.Client(base_url=base_url, headers={"X-API-KEY": api_key}, trust_env=False)
        self._sleep = sleep
        self.waits: list[float] = []

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _call(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        for attempt in range(6):
            answer = self._http.request(method, path, **options)
            if answer.status_code not in (429, 503):
                break
            self.waits.append(2**attempt)
            self._sleep(2**attempt)
        answer.raise_for_status()
        data: dict[str, Any] = answer.json()["data"]
        return data

    def upscale(self, source: Path) -> bytes:
        """The enlarged picture; raises RuntimeError for a task that fails."""
        form = {"type": "clean"}
        task = self._call("POST", "/api/tasks/visual/scale", data=form, files={"image_file": source.read_bytes()})
        while (state := self._call("GET", f"/api/tasks/visual/scale/{task['task_id']}"))["state"] != 1:
            if state["state"] < 0:
                msg = f"PicWish gave up on {source.name}: state {state['state']}"
                raise RuntimeError(msg)
            self._sleep(1)
        return self.download(state["image"])

    def download(self, link: str) -> bytes:
        """What is behind a result link; raises httpx.HTTPStatusError when it has expired."""
        return httpx.get(link, trust_env=False).raise_for_status().content

    def folder(self, source: Path, target: Path) -> list[str]:
        """Upscale a whole folder; returns the names of the files that could not be."""
        failed = []
        for path in sorted(source.iterdir()):
            try:
                (target / path.name).write_bytes(self.upscale(path))
            except RuntimeError:
                failed.append(path.name)
        return failed


def webhook_application(results: dict[str, str]) -> flask.Flask:
    """Notes the result of each Enhancor request once, however often it is told."""
    app = flask.Flask("example")

    @app.post("/enhancor")
    def take() -> tuple[str, int]:
        told = flask.request.get_json()
        results.setdefault(told["request_id"], told.get("result", told["status"]))
        return "", 204

    return app


# -------------------------------------------------------------------------------------------------- its tests


@pytest.fixture
def upscaler(picwish: VendorMock) -> Iterator[Upscaler]:
    """The application, pointed at the mock."""
    application = Upscaler(picwish.url, picwish.credentials["api_key"], picwish.clock.sleep)
    yield application
    application.close()


@pytest.fixture
def folder(picwish: VendorMock, tmp_path: Path) -> Path:
    """A folder with two small pictures."""
    source = tmp_path / "in"
    source.mkdir()
    for name in ("a.jpg", "b.jpg"):
        (source / name).write_bytes(picwish.images.bytes(120, 90, "jpg"))
    (tmp_path / "out").mkdir()
    return source


def test_a_folder_is_upscaled(picwish: VendorMock, upscaler: Upscaler, folder: Path, tmp_path: Path) -> None:
    """Every picture of the folder comes back as a picture that can be opened."""
    assert upscaler.folder(folder, tmp_path / "out") == []
    assert [path.read_bytes()[:3] for path in sorted((tmp_path / "out").iterdir())] == [b"\xff\xd8\xff"] * 2
    picwish.assert_requested("scale.create", times=2, values={"type": "clean"}, status=200)


@pytest.mark.parametrize("state", [-1, -2, -3, -5, -7, -8])
def test_each_failure_state_is_reported(
    picwish: VendorMock, upscaler: Upscaler, folder: Path, tmp_path: Path, state: int
) -> None:
    """Whatever way a task fails, the application names the file and goes on with the next."""
    picwish.scenario(outcome=state)
    assert upscaler.folder(folder, tmp_path / "out") == ["a.jpg"]
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["b.jpg"]


def test_too_many_requests_make_it_back_off(
    picwish: VendorMock, upscaler: Upscaler, folder: Path, tmp_path: Path
) -> None:
    """The application waits longer after each 429, and all requests are made in the end."""
    picwish.set_rate_limit(1)
    assert upscaler.folder(folder, tmp_path / "out") == []
    assert upscaler.waits
    assert any(entry["status"] == 429 for entry in picwish.requests)


def test_an_outage_is_survived(picwish: VendorMock, upscaler: Upscaler, folder: Path) -> None:
    """Three answers 503 in a row cost three waits and nothing else."""
    picwish.fault("error_status", status=503, count=3)
    assert upscaler.upscale(folder / "a.jpg")
    assert upscaler.waits == [1, 2, 4]


def test_an_expired_link_is_an_error(picwish: VendorMock, upscaler: Upscaler, folder: Path) -> None:
    """A result link that was kept for longer than an hour gives 403."""
    session = picwish.session()
    with (folder / "a.jpg").open("rb") as file:
        made = session.post(
            f"{picwish.url}/api/tasks/visual/scale",
            data={"type": "clean", "sync": "1"},
            files={"image_file": file},
        )
    link = made.json()["data"]["image"]
    assert upscaler.download(link)
    picwish.clock.advance(3601)
    with pytest.raises(httpx.HTTPStatusError, match="403"):
        upscaler.download(link)


@pytest.fixture
def results(enhancor: VendorMock) -> dict[str, str]:
    """What the webhook has told the application."""
    return {}


@pytest.fixture
def queue(enhancor: VendorMock, results: dict[str, str]) -> Callable[[], str]:
    """Queues a picture with the application's webhook address; returns the request's id."""
    receiver = enhancor.receiver(webhook_application(results))

    def make() -> str:
        body = {"img_url": enhancor.images.link(), "webhookUrl": f"{receiver}/enhancor", "mode": "fast"}
        answer = httpx.post(
            f"{enhancor.url}/api/upscaler/v1/queue", json=body, headers=enhancor.headers, trust_env=False
        )
        return str(answer.raise_for_status().json()["requestId"])

    return make


def test_the_webhook_tells_of_the_result(
    enhancor: VendorMock, queue: Callable[[], str], results: dict[str, str]
) -> None:
    """The webhook brings a link to a real picture."""
    request_id = queue()
    assert results == {}
    enhancor.clock.advance(10)
    assert httpx.get(results[request_id], trust_env=False).headers["content-type"] == "image/jpeg"
    enhancor.assert_delivered(request_id, times=1)


def test_the_webhook_tells_of_a_failure(
    enhancor: VendorMock, queue: Callable[[], str], results: dict[str, str]
) -> None:
    """A request that fails is announced as failed."""
    enhancor.scenario(outcome="FAILED")
    request_id = queue()
    enhancor.clock.advance(10)
    assert results == {request_id: "failed"}


def test_a_lost_webhook_leaves_the_request_to_be_polled(
    enhancor: VendorMock, queue: Callable[[], str], results: dict[str, str]
) -> None:
    """When the webhook is lost the application hears nothing, but the status can still be read."""
    enhancor.fault("lose")
    request_id = queue()
    enhancor.clock.advance(3600)
    assert results == {}
    answer = httpx.post(
        f"{enhancor.url}/api/upscaler/v1/status", json={"request_id": request_id}, headers=enhancor.headers,
        trust_env=False,
    )  # fmt: skip
    assert answer.json()["status"] == "COMPLETED"
    enhancor.assert_delivered(request_id, times=1, outcome="lost")


def test_a_webhook_that_comes_twice_counts_once(
    enhancor: VendorMock, queue: Callable[[], str], results: dict[str, str]
) -> None:
    """The application keeps one result although the webhook came twice."""
    enhancor.fault("duplicate")
    request_id = queue()
    enhancor.clock.advance(10)
    assert list(results) == [request_id]
    enhancor.assert_delivered(request_id, times=2)
