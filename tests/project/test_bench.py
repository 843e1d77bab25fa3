"""The benchmarks' helpers tell right answers from wrong ones, and write into their own section of a page only."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.answers import WrongAnswerError, body_of, check_state, closes, id_of, quantile
from bench.pages import SectionError, rewrite, short

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"


@pytest.mark.parametrize("answer", [HEAD + b"abcde", CHUNKED])
def test_a_body_is_read_once_it_is_whole(answer: bytes) -> None:
    """An answer is whole at its last byte and not before."""
    assert body_of(answer) == b"abcde"
    assert [body_of(answer[:end]) for end in range(len(answer))] == [None] * len(answer)


@pytest.mark.parametrize(
    "answer", [HEAD.replace(b"200", b"429") + b"abcde", HEAD + b"abcdef", b"HTTP/1.1 200 OK\r\n\r\n", b"SSH\r\n\r\n"]
)
def test_a_wrong_answer_is_told(answer: bytes) -> None:
    """Another status, more than was asked for, no length and no HTTP are errors."""
    with pytest.raises(WrongAnswerError):
        body_of(answer)


def test_who_closes_is_told() -> None:
    """A server closes after an answer of HTTP/1.0, and after one that says so."""
    assert not closes(HEAD + b"abcde")
    assert closes(HEAD.replace(b"1.1", b"1.0"))
    assert closes(HEAD.replace(b"Content", b"Connection: close\r\nContent"))


@pytest.mark.parametrize("body", [b"", b"[]", b'{"status": 200}', b'{"status": 400, "data": {"task_id": "x"}}'])
def test_a_create_without_a_task_is_wrong(body: bytes) -> None:
    """What holds no task, or another status, created nothing."""
    with pytest.raises(WrongAnswerError):
        id_of(body)


@pytest.mark.parametrize(("state", "task"), [(-7, "a"), (5, "a"), (0, "b")])
def test_a_poll_of_another_task_or_of_a_failure_is_wrong(state: int, task: str) -> None:
    """A poll tells the task that was asked for, in a state that is no failure."""
    answer = '{"status": 200, "data": {"task_id": "a", "state": %d}}'
    check_state((answer % 0).encode(), "a")
    with pytest.raises(WrongAnswerError):
        check_state((answer % state).encode(), task)


def test_quantiles_and_figures() -> None:
    """A quantile is one of the values; figures have as many places as one reads."""
    values = [float(value) for value in range(1, 101)]
    assert [quantile(values, share) for share in (0.5, 0.99, 1.0)] == [50.0, 99.0, 100.0]
    assert quantile([7.0], 0.5) == 7.0
    assert [short(value) for value in (0.0341, 1.254, 12.54, 850.4)] == ["0.034", "1.25", "12.5", "850"]


def test_a_section_is_replaced_and_the_rest_stays(tmp_path: Path) -> None:
    """Only what stands between the markers of that name changes; a page without them is an error."""
    page = tmp_path / "page.md"
    text = "a\n<!-- bench: x -->\nold\n<!-- /bench -->\nb\n<!-- bench: y -->\nkept\n<!-- /bench -->\n"
    page.write_text(text, encoding="utf-8")
    rewrite(page, "x", "new\n")
    assert page.read_text(encoding="utf-8") == text.replace("old", "new")
    for broken in ("", text.replace("<!-- bench: x -->", ""), text.replace("<!-- /bench -->", "", 1)):
        page.write_text(broken, encoding="utf-8")
        with pytest.raises(SectionError, match="needs a line <!-- bench: x -->"):
            rewrite(page, "x", "new\n")
        assert page.read_text(encoding="utf-8") == broken
