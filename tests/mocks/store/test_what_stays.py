"""What stays in the store after a run, and for how long."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest

from greycard_mocks import Mock
from greycard_mocks.core.answer import Request
from greycard_mocks.engine.engine import Engine
from greycard_mocks.store import life
from greycard_mocks.store.link import Link
from greycard_schemas.loader import load_contracts


def names(link: Link) -> set[bytes]:
    """All keys of the server."""
    return set(link.command("KEYS", "*"))


def test_a_mock_of_one_run_leaves_no_key(redis_server: Any, stores: Callable[..., Any]) -> None:
    """Tasks, strays and pictures of it are gone with it."""
    link = stores().link
    before = names(link)
    with Mock(["picwish"], in_process=True, store=redis_server.url) as mock:
        vendor = mock.vendor("picwish")
        with mock.session() as session:
            assert session.get(f"{vendor.url}/nowhere").status_code == 404
            answer = session.post(
                f"{vendor.url}/api/tasks/visual/scale", headers=vendor.headers, data={"type": "clean"},
                files={"image_file": ("a.jpg", vendor.images.bytes(80, 60))},
            )  # fmt: skip
            assert answer.status_code == 200
        assert len(names(link) - before) > 5
    assert names(link) == before


def test_whatever_is_kept_is_gone_one_day(
    engines: Callable[..., Engine], monkeypatch: pytest.MonkeyPatch, wait_until: Callable[..., None]
) -> None:
    """Also where every process was killed."""
    monkeypatch.setattr(life, "ROUND_SECONDS", 0.02)
    engine = engines(load_contracts(["picwish"]))
    assert engine.store is not None
    link, prefix = engine.store.link, engine.store.prefix.encode()
    headers = {"host": "greycard.test", "x-api-key": "test-key"}
    for path in ("/nowhere", "/api/tasks/visual/scale/x"):
        engine.handle(Request("GET", path, "", dict(headers), io.BytesIO(b""), 0, "http://greycard.test"))
    engine.variants.change_vendor("picwish", drifts=["rate.limit-up"])
    engine.store.life.watch()
    mine = {name for name in names(link) if name.startswith(prefix)}
    assert len(mine) > 4
    wait_until(lambda: all(int(link.command("PTTL", name)) != -1 for name in mine))
