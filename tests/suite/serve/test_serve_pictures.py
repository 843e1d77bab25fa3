"""What `serve` and `Mock` do with the memory for pictures."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from click.testing import CliRunner

from greycard_mocks import Mock
from greycard_mocks import serve as serving
from greycard_mocks.engine.engine import Engine
from greycard_mocks.web.server import ServeError
from greycard_suite.commands.serve import serve

MIB = 1 << 20


@pytest.mark.parametrize(("arguments", "budget"), [((), 512), (("--picture-memory", "64"), 64)])
def test_the_option_reaches_the_mock(monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], budget: int) -> None:
    """In MiB, 512 unless told otherwise."""
    made: list[Engine] = []

    def listen(engine: Engine, *_: Any, **__: Any) -> Any:
        made.append(engine)
        raise ServeError("not in a test")

    monkeypatch.setattr(serving, "run", listen)
    CliRunner().invoke(serve, ["magictiger", *arguments])
    assert [engine.turns.budget for engine in made] == [budget * MIB]


def test_no_memory_at_all_is_wrong_use() -> None:
    """Status 2, and the range."""
    done = CliRunner().invoke(serve, ["--picture-memory", "0"])
    assert (done.exit_code, "x>=1" in done.output or "1<=x" in done.output) == (2, True)


def test_it_is_the_same_in_python() -> None:
    """With the same default, and an error that says what to write."""
    assert inspect.signature(Mock).parameters["picture_memory"].default == 512
    with Mock(["magictiger"], picture_memory=16) as mock:
        assert mock.engine.turns.budget == 16 * MIB
    with Mock(["magictiger"], picture_memory=0) as mock, pytest.raises(ValueError, match="MiB from 1 up, not 0"):
        mock.url  # noqa: B018 - the engine is made when it is asked for
