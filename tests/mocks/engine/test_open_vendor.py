"""A vendor that checks no credentials: whoever brings one has a world of their own, all others share one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from greycard_mocks.core.world import ANYONE

OPEN = {"picwish": [{"op": "replace", "file": "vendor", "path": "/auth/enforced", "value": False}]}
CREATE = "/api/tasks/visual/scale"


def test_a_credential_keeps_its_world_where_none_is_asked_for(make_lab: Callable[..., Any]) -> None:
    """Two keys do not see each other's tasks, whatever they look like; requests without one are one user's."""
    lab = make_lab("picwish", patches=OPEN)
    keys = ("test-key", "anything", None)
    tasks = {}
    for key in keys:
        headers = {"X-API-KEY": key} if key else {}
        created = lab.call("POST", CREATE, headers=headers, data={"type": "clean", "image_url": lab.image()})
        assert created.status_code == 200, created.text
        tasks[key or ANYONE] = created.json()["data"]["task_id"]
    assert {one.credential: list(one.tasks) for one in lab.engine.worlds} == {
        credential: [task] for credential, task in tasks.items()
    }
