"""Keeps the worlds of every engine in Redis that a test makes: ``python -m pytest -p servers.on_redis tests/mocks``.

So the tests of the vendors hold what a store does against what was written for the memory of one process. Each engine
has keys of its own. Tests that change a world without its lock, or look at how memory keeps it, do not fit.
"""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from greycard_mocks.engine.engine import Engine
from greycard_mocks.store.store import Store
from servers.redis_server import own_redis


def pytest_configure(config: pytest.Config) -> None:
    """Engines that tests leave open have connections, which are closed with the process."""
    config.addinivalue_line("filterwarnings", "ignore::ResourceWarning")
    config.addinivalue_line("filterwarnings", "ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(scope="session", autouse=True)
def _worlds_in_redis() -> Any:
    with own_redis() as server, pytest.MonkeyPatch.context() as patch:
        made = Engine.__init__

        def on_redis(engine: Engine, *given: Any, **options: Any) -> None:
            options.setdefault("store", Store(server.url, prefix=f"t-{secrets.token_hex(6)}", keep_seconds=600))
            made(engine, *given, **options)

        patch.setattr(Engine, "__init__", on_redis)
        yield
