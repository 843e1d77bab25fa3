"""What `serve` opens: by --allow, by the environment, and by naming a callback address."""

from __future__ import annotations

from typing import Any

import pytest
from click.testing import CliRunner

from greycard_mocks import serve as serving
from greycard_mocks.egress._target import parse_target
from greycard_mocks.engine.engine import Engine
from greycard_mocks.web.server import ServeError
from greycard_suite.commands.serve import serve


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs `serve` up to where it would listen; the engine that it made, or what it said."""
    made: list[Engine] = []

    def listen(engine: Engine, *_: Any, **__: Any) -> Any:
        made.append(engine)
        raise ServeError("not in a test")

    monkeypatch.setattr(serving, "run", listen)

    def start(*arguments: str, **environment: str) -> Any:
        done = CliRunner().invoke(serve, ["magictiger", *arguments], env=environment)
        return made.pop() if made else done

    return start


def opened(engine: Engine) -> list[str]:
    """Which of these hosts are opened."""
    links = ("http://app:8000/", "http://app:8001/", "http://minio:9000/", "http://127.0.0.1:8421/")
    return [link for link in links if engine._guarded().allow.opens_name(parse_target(link))]


def test_addresses_are_opened_by_option_and_by_environment(started: Any) -> None:
    """The option is repeated, the environment has commas; spaces and empty places mean nothing."""
    assert opened(started()) == []
    assert opened(started("--allow", "app:8000", "--allow", "minio")) == ["http://app:8000/", "http://minio:9000/"]
    assert opened(started(GREYCARD_ALLOW=" app:8001 ,, minio:9000,")) == ["http://app:8001/", "http://minio:9000/"]
    assert opened(started(GREYCARD_ALLOW="")) == []


def test_the_callback_address_is_opened_with_it(started: Any) -> None:
    """Whoever names where callbacks go need not open that place a second time."""
    assert opened(started("--callback-url", "http://127.0.0.1:8421/told")) == ["http://127.0.0.1:8421/"]


@pytest.mark.parametrize("environment", [{}, {"GREYCARD_ALLOW": "http://app/"}])
def test_what_cannot_be_read_is_wrong_use(started: Any, environment: dict[str, str]) -> None:
    """Status 2 and a sentence that says what to write, wherever it came from."""
    done = started(*([] if environment else ["--allow", "http://app/"]), **environment)
    assert done.exit_code == 2
    assert "write HOST, HOST:PORT or a range" in " ".join(done.output.split())
