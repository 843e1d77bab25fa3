"""Answers of HTTP as bytes, read with little work and checked; and quantiles of how long they took."""

from __future__ import annotations

import json
from typing import Any

HEAD_END = b"\r\n\r\n"
STATES = {0, 1, 2, 3, 4}  # of PicWish; all but the failures


class WrongAnswerError(Exception):
    """An answer that is not what was asked for; the message says which, and what came."""


def body_of(came: bytes) -> bytes | None:
    """The body of an answer with status 200, None while it is not complete.

    Raises `WrongAnswerError` for another status, and for an answer without a length.
    """
    end = came.find(HEAD_END)
    if end < 0:
        return None
    if came[8:13] != b" 200 " or came[:7] != b"HTTP/1.":
        raise WrongAnswerError(f"not HTTP 200 but {came[:500]!r}")
    head, start = came[:end].lower(), end + 4
    at = head.find(b"\r\ncontent-length:")
    if at >= 0:
        length = int(head[at + 17 :].split(b"\r\n", 1)[0])
        if len(came) > start + length:
            raise WrongAnswerError(f"more than was asked for: {came[:500]!r}")
        return came[start:] if len(came) == start + length else None
    if b"\r\ntransfer-encoding: chunked" in head:
        return _joined(came, start)
    raise WrongAnswerError(f"an answer without a length: {came[:500]!r}")


def _joined(came: bytes, at: int) -> bytes | None:
    parts: list[bytes] = []
    while (line := came.find(b"\r\n", at)) >= 0:
        size = int(came[at:line].split(b";", 1)[0], 16)
        at = line + 2 + size + 2
        if at > len(came):
            return None
        if size == 0:
            return b"".join(parts)
        parts.append(came[line + 2 : at - 2])
    return None


def closes(came: bytes) -> bool:
    """Whether the server closes the connection after this whole answer."""
    head = came[: came.find(HEAD_END)].lower()
    return head.startswith(b"http/1.0") or b"\r\nconnection: close" in head


def id_of(body: bytes) -> str:
    """The task's id in the answer to a create."""
    try:
        told: Any = json.loads(body)
        if told["status"] == 200 and (task := told["data"]["task_id"]) and isinstance(task, str):
            return str(task)
    except (ValueError, TypeError, KeyError):
        pass
    raise WrongAnswerError(f"no created task: {body[:500]!r}")


def check_state(body: bytes, task: str) -> None:
    """Raises `WrongAnswerError` unless a poll tells a state that is no failure, and this id where one is given."""
    try:
        told: Any = json.loads(body)
        data = told["data"]
        if told["status"] == 200 and data["state"] in STATES and data["task_id"] == (task or data["task_id"]):
            return
    except (ValueError, TypeError, KeyError):
        pass
    raise WrongAnswerError(f"no state of task {task}: {body[:500]!r}")


def quantile(ordered: list[float], share: float) -> float:
    """The smallest value that this share of the values does not exceed."""
    return ordered[min(len(ordered) - 1, max(0, -int(-share * len(ordered) // 1) - 1))]
