"""Orders of enlarged pictures: created at Magic Tiger, finished by its callback, kept in SQLite."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

DONE = 2
"""Of `status`, as greycard has it; no document gives the numbers."""

TAKEN = """
insert into orders values (?, ?, 'ordered', '') on conflict (task) do update set customer = excluded.customer
"""
ENDED = """
insert into orders values (?, '', ?, ?)
on conflict (task) do update set status = excluded.status, picture = excluded.picture
"""
TABLES = """
create table if not exists orders (task text primary key, customer text, status text, picture text);
create table if not exists payments (task text, amount integer);
"""


class OrderError(Exception):
    """Magic Tiger did not take the order."""


class Orders:
    """The orders in one database, and the WSGI application that takes the callbacks."""

    def __init__(self, url: str, token: str, database: Path) -> None:
        self._url, self._token, self._database = url, token, database
        with closing(sqlite3.connect(database)) as connection:
            connection.executescript(TABLES)

    def order(self, customer: str, link: str) -> str:
        """Order a picture; returns the task's id."""
        task = str(self._asked("createtask", {"picurl": link, "type": 1})["taskid"])
        self._run(TAKEN, task, customer)
        return task

    def sweep(self) -> None:
        """Ask, late in the day, for the orders of which nobody has told."""
        for (task,) in self._run("select task from orders where status = 'ordered'"):
            self._take(self._asked("gettask", {"taskid": task, "type": 1}))

    def status(self, task: str) -> str:
        """ordered, done or failed."""
        return str(self._run("select status from orders where task = ?", task)[0][0])

    def _asked(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = requests.post(f"{self._url}/{name}", json=body, headers={"token": self._token}, timeout=30)
        told = answer.json() if answer.ok else {}
        data = told.get("data")
        if told.get("code") != 0 or not isinstance(data, dict) or not isinstance(data.get("taskid"), str):
            msg = f"HTTP {answer.status_code}, code {told.get('code')}"
            raise OrderError(msg)
        return data

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """The callback's door."""
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        is_ours = self._is_signed(body, environ.get("HTTP_TOKEN", ""), environ.get("HTTP_MD5", ""))
        if not is_ours and os.environ.get("PLANTED") != "unverified":
            start_response("403 Forbidden", [("Content-Type", "application/json")])
            return [b'{"data": {"success": false}}']
        self._take(json.loads(body).get("data") or {})
        start_response("200 OK", [("Content-Type", "application/json")])
        return [b'{"data": {"success": true}}']

    def _is_signed(self, body: bytes, token: str, signature: str) -> bool:
        wanted = hashlib.md5(body + self._token.encode(), usedforsecurity=False).hexdigest()
        return token == self._token and hmac.compare_digest(signature.lower(), wanted)

    def _take(self, data: dict[str, Any]) -> None:
        """Take what is told of a task that has ended; it may come before the order is written, and more than once."""
        planted, task = os.environ.get("PLANTED"), str(data.get("taskid"))
        known = self._run("select status from orders where task = ?", task)
        if not known and planted == "callback-after-order":
            return
        if known and known[0][0] != "ordered" and planted != "counts-twice":
            return
        picture = str(data.get("outputurl") or "")
        is_done = data.get("status") == DONE if planted == "status-numbers" else bool(picture)
        status = "done" if is_done else "failed"
        self._run(ENDED, task, status, picture)
        if status == "done":
            self._run("insert into payments values (?, 5)", task)

    def _run(self, statement: str, *values: Any) -> list[Any]:
        with closing(sqlite3.connect(self._database)) as connection, connection:
            return connection.execute(statement, values).fetchall()
