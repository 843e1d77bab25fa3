"""PicWish in a laboratory, for all of its tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from greycard_mocks.images.testcards import card

CREATE = "/api/tasks/visual/scale"
KEY = {"X-API-KEY": "test-key"}


class PicWish:
    """The calls of PicWish in a laboratory without its rate limit."""

    def __init__(self, lab: Any) -> None:
        self.lab = lab
        lab.world("picwish").rate_limit = None

    def create(self, picture: bytes | None = None, headers: dict[str, str] | None = None, **fields: Any) -> Any:
        """Send a create request."""
        fields = {"type": "clean", **fields}
        fields = {name: value for name, value in fields.items() if value is not None}
        files = {"image_file": ("a.jpg", picture)} if picture is not None else None
        return self.lab.call("POST", CREATE, headers=headers or KEY, data=fields, files=files)

    def poll(self, task: str) -> Any:
        """Read a task."""
        return self.lab.call("GET", f"{CREATE}/{task}", headers=KEY)

    def finish(self, answer: Any) -> dict[str, Any]:
        """The data of the task when it has ended."""
        assert answer.status_code == 200, answer.text
        self.lab.pass_time(31)
        found: dict[str, Any] = self.poll(answer.json()["data"]["task_id"]).json()["data"]
        return found

    def result(self, picture: bytes | None = None, **fields: Any) -> Image.Image:
        """Create a task and open its result."""
        data = self.finish(self.create(picture, **fields))
        assert data["state"] == 1, data
        opened: Image.Image = self.lab.open(data["image"])
        return opened


@pytest.fixture
def make(make_lab: Callable[..., Any]) -> Callable[..., PicWish]:
    """PicWish in some variants."""
    return lambda **variants: PicWish(make_lab("picwish", **variants))


@pytest.fixture
def picwish(make: Callable[..., PicWish]) -> PicWish:
    """PicWish in the default form."""
    return make()


@pytest.fixture(scope="module")
def jpeg() -> bytes:
    """A small JPEG."""
    return card(40, 30, "jpeg")
