"""Who watches the engines of this process, and how far an `auto` clock leaps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from greycard_mocks.engine.engine import Engine
from greycard_mocks.testing import watching
from greycard_mocks.testing.mock import Mock
from greycard_schemas.drifts.catalogue import patches_for
from greycard_schemas.loader import Vendor

DRIFT = "enhancor/auth.enforced-off"


class Watcher:
    """Lets Enhancor ask for no key, and remembers the engines that are made."""

    def __init__(self) -> None:
        self.engines: list[Engine] = []

    def drifts(self, vendors: Mapping[str, Vendor]) -> Mapping[str, tuple[Sequence[str], Sequence[Mapping[str, Any]]]]:
        """One drift of one vendor."""
        return {"enhancor": ([DRIFT], patches_for(vendors["enhancor"], [DRIFT]))} if "enhancor" in vendors else {}

    def made(self, engine: Engine) -> None:
        """Remember it."""
        self.engines.append(engine)


@pytest.fixture
def watcher(monkeypatch: pytest.MonkeyPatch) -> Watcher:
    """A watcher of this test alone."""
    monkeypatch.setattr(watching, "_watchers", [])
    found = Watcher()
    watching.watch(found)
    return found


def test_a_watched_mock_departs_before_there_is_a_world(watcher: Watcher) -> None:
    """Also for a request without a key, which belongs to no world; other vendors stay as they are."""
    with Mock(in_process=True) as mock, mock.session() as session:
        body = {"request_id": "1"}
        assert session.post(f"{mock.url}/api/upscaler/v1/status", json=body).status_code == 404
        assert session.get(f"{mock.url}/api/tasks/visual/scale/1").status_code == 401
        assert watcher.engines == [mock.engine]
        assert mock.vendor("enhancor").world.drifts == (DRIFT,)


def test_a_mock_that_nobody_watches_is_as_its_documents_say() -> None:
    """Without a watcher nothing departs."""
    with Mock(in_process=True) as mock, mock.session() as session:
        assert session.post(f"{mock.url}/api/upscaler/v1/status", json={"request_id": "1"}).status_code == 401


def test_polls_do_not_leap_to_the_end_of_a_task_that_never_ends() -> None:
    """A drift that ends no task is felt as one: time stands where the last state begins, not years later."""
    with Mock(in_process=True) as mock:
        picwish = mock.vendor("picwish")
        picwish.set_drifts("lifecycle.states.queued-never-left")
        session, url = picwish.session(), f"{mock.url}/api/tasks/visual/scale"
        body = {"type": "clean", "image_url": picwish.images.link()}
        task = session.post(url, data=body).json()["data"]["task_id"]
        began = picwish.clock.now()
        states = [session.get(f"{url}/{task}").json()["data"]["state"] for _ in range(5)]
        assert states == [0] * 5
        assert picwish.clock.now() < began + 3600
