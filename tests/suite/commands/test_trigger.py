"""`greycard trigger`: a delivery on demand through a running mock or one of its own, and one sent again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from greycard_client import callback_acknowledgement, parse_callback
from greycard_mocks import Mock
from greycard_mocks.web.server import start
from greycard_suite.commands.trigger import trigger as command

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.wire


@pytest.fixture
def heard() -> Iterator[tuple[str, list[tuple[str, dict[str, str], bytes]]]]:
    """A receiver of the user's with its address, and all that it got."""
    got: list[tuple[str, dict[str, str], bytes]] = []

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        headers = {name[5:].lower(): value for name, value in environ.items() if name.startswith("HTTP_")}
        got.append((environ["PATH_INFO"], headers, environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))))
        answer = json.dumps(callback_acknowledgement(True)).encode()
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))])
        return [answer]

    server = start(application, "127.0.0.1", 0)
    yield server.url, got
    server.close()


@pytest.fixture
def served() -> Iterator[Mock]:
    """A mock that runs already, as `greycard serve` does."""
    with Mock(clock="real") as mock:
        assert mock.url
        yield mock


def trigger(*arguments: str) -> Result:
    """One run of the command."""
    return CliRunner().invoke(command, list(arguments))


def test_a_mock_of_its_own_sends_one(heard: tuple[str, list[Any]]) -> None:
    """Nothing has to run; the callback is signed with the key and has the outcome asked for."""
    url, got = heard
    result = trigger("magictiger", "--to", f"{url}/callback", "--outcome", "failed", "--key", "test-mine")
    assert result.exit_code == 0, result.output
    ((path, headers, body),) = got
    assert path == "/callback"
    assert parse_callback(headers, body, "test-mine").task.status == 3
    assert f"attempt 1 to {url}/callback: acknowledged, HTTP 200" in result.output


def test_a_running_mock_sends_one_and_sends_it_again(heard: tuple[str, list[Any]], served: Mock) -> None:
    """Through the control plane, and again by the task's id, to another address too; the account is left as it was."""
    url, got = heard
    result = trigger("magictiger", "--to", f"{url}/one", "--server", served.url)
    assert result.exit_code == 0, result.output
    world = served.engine.worlds.find("magictiger", "test-key")
    assert world is not None
    assert world.callback_url is None
    (task,) = world.tasks
    again = trigger("magictiger", "--task", task, "--to", f"{url}/two", "--server", served.url)
    assert again.exit_code == 0, again.output
    assert "attempt 2" in again.output
    assert [path for path, _, _ in got] == ["/one", "/two"]
    assert got[0][2] == got[1][2]
    nowhere = trigger("magictiger", "--task", task, "--server", served.url)
    assert nowhere.exit_code == 1
    assert "has no address to deliver to" in nowhere.output


def test_a_webhook_goes_where_its_task_says(heard: tuple[str, list[Any]], served: Mock) -> None:
    """Enhancor's address is part of the request, and needs not be repeated to send it again."""
    url, got = heard
    assert trigger("enhancor", "--to", f"{url}/hook?job=1", "--server", served.url).exit_code == 0
    task = json.loads(got[0][2])["request_id"]
    assert trigger("enhancor", "--task", task, "--server", served.url).exit_code == 0
    assert [json.loads(body)["request_id"] for _, _, body in got] == [task, task]


def test_the_guard_holds(served: Mock) -> None:
    """What a delivery may not reach is not reached; the reason is told, the status is 1."""
    result = trigger("enhancor", "--to", "http://169.254.169.254/latest", "--server", served.url)
    assert result.exit_code == 1
    assert "failed" in result.output
    assert "not public" in result.output or "refused" in result.output or "link-local" in result.output


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (["picwish"], 2, "sends no callbacks or webhooks; choose from enhancor, magictiger"),
        (["enhancor", "--key", "secret"], 2, "must begin with 'test'"),
        (["enhancor", "--task", "x", "--outcome", "failed"], 2, "--outcome is for a new task"),
        (["enhancor", "--to", "nonsense"], 2, "must be an absolute http or https URL"),
        (["enhancor", "--server", "http://127.0.0.1:9"], 1, "no mock answers at http://127.0.0.1:9"),
    ],
)
def test_wrong_use_is_told(arguments: list[str], status: int, told: str) -> None:
    """A sentence, no traceback."""
    result = trigger(*arguments)
    assert result.exit_code == status
    assert told in " ".join(result.output.split())


@pytest.mark.parametrize(
    ("arguments", "told"), [(["--task", "x"], "no task 'x'"), (["--outcome", "lost"], "cannot end in 'lost'")]
)
def test_what_the_world_lacks_is_told(served: Mock, arguments: list[str], told: str) -> None:
    """The words of the control plane."""
    result = trigger("enhancor", "--server", served.url, *arguments)
    assert result.exit_code == 1
    assert told in result.output
