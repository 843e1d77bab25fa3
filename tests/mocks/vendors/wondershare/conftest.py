"""Wondershare in a laboratory, for all of its tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


class Wondershare:
    """The calls of one feature in a laboratory."""

    def __init__(self, lab: Any, basic: Callable[..., dict[str, str]]) -> None:
        self.lab, self.basic = lab, basic

    def send(self, feature: str, body: Any, auth: str = "test-key:secret") -> Any:
        """Send a body."""
        return self.lab.call("POST", f"/v3/pic/{feature}/batch", headers=self.basic(auth), json=body)

    def create(self, feature: str = "fsrtwo", images: list[str] | None = None, **fields: Any) -> Any:
        """Send a create request."""
        own = {"file_ext": "png"} if feature == "fsrtwo" else {"mask": self.lab.image("300x300.png")}
        body = {"images": images or [self.lab.image("300x300.jpg")], "priority": 1, **own, **fields}
        return self.send(feature, {name: value for name, value in body.items() if value is not None})

    def poll(self, task: str, feature: str = "fsrtwo") -> Any:
        """Read a task."""
        return self.lab.call("GET", f"/v3/pic/{feature}/result/{task}", headers=self.basic("test-key:secret"))

    def finish(self, answer: Any, feature: str = "fsrtwo") -> dict[str, Any]:
        """The data of the finished task."""
        body = answer.json()
        assert body["code"] == 0, body
        self.lab.pass_time(10)
        found: dict[str, Any] = self.poll(body["data"]["task_id"], feature).json()["data"]
        return found


@pytest.fixture
def make(make_lab: Callable[..., Any], basic: Callable[..., dict[str, str]]) -> Callable[..., Wondershare]:
    """Wondershare in some variants."""
    return lambda **variants: Wondershare(make_lab("wondershare", **variants), basic)


@pytest.fixture
def vendor(make: Callable[..., Wondershare]) -> Wondershare:
    """Wondershare in the default form."""
    return make()
