"""The store from which results are downloaded: links, their life of one hour, the files behind them."""

from __future__ import annotations

import base64
import hashlib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from doubles.double import Answer
from doubles.picwish.examination import render, result_format

if TYPE_CHECKING:
    from collections.abc import Callable

    from doubles.double import Request
    from doubles.picwish.tasks import Task

PREFIX = "/tasks/output/scale/"
_HOUR = 3600.0
_TYPES = {name: f"image/{name}" for name in ("jpeg", "png", "webp", "bmp", "tiff")}


@dataclass(slots=True)
class _Grant:
    """One signature: which path it opens, until when, and how often it has."""

    path: str
    until: float
    used: int = 0


class Store:
    """Gives links to results away and answers downloads."""

    def __init__(self, base: str, has: Callable[[str], bool]) -> None:
        self._base = base
        self._has = has
        self._tasks: dict[str, Task] = {}
        self._grants: dict[str, _Grant] = {}
        self._first: Task | None = None

    def link(self, task: Task, now: float) -> str:
        """The address at which the result of this task can be had."""
        has = self._has
        name = task.identity
        if has("link_changes"):
            name = f"{name}-{task.reads}"
        if has("link_encoded"):
            name = f"结果 {name}"
        extension = {"jpeg": ".jpg"}.get(result_format(task, has), "." + result_format(task, has))
        if has("link_extensionless"):
            name, extension = hashlib.sha256(name.encode()).hexdigest(), ""
        path = f"{PREFIX}{name}{extension}"
        self._tasks[path] = task
        self._first = self._first or task
        until = (now if has("link_renewed") else task.completed) + _HOUR
        if has("link_expires_after_minute"):
            until = task.completed + 60
        if has("link_never_expires"):
            until = math.inf
        signature = ""
        if not has("link_plain"):
            digest = hashlib.sha256(f"{path} {until}".encode()).digest()
            signature = base64.b64encode(digest[:20]).decode()
        self._grants.setdefault(signature or path, _Grant(path, until))
        return f"{self._base}{quote(path)}{self._query(signature, until)}"

    def _query(self, signature: str, until: float) -> str:
        if not signature:
            return ""
        end = int(min(until, 4e9))
        if self._has("link_newer_signature"):
            return f"?x-oss-date={end - 3600}&x-oss-expires=3600&x-oss-signature={quote(signature, safe='')}"
        return f"?Expires={end}&OSSAccessKeyId=LTAI5double&Signature={quote(signature, safe='')}"

    def download(self, request: Request, now: float) -> Answer:
        """Answer a download."""
        has = self._has
        path = request.path if request.path in self._tasks else unquote(request.path)
        task = self._tasks.get(path)
        if task is None or has("link_leads_nowhere"):
            return _error(404, "NoSuchKey")
        arguments = request.arguments()
        signature = arguments.get("x-oss-signature", arguments.get("Signature", path))
        grant = self._grants.get(signature)
        if grant is None or grant.path != path or has("link_forbidden"):
            return _error(403, "AccessDenied")
        if now > grant.until or (grant.used and has("link_works_once")):
            return _error(404 if has("link_expired_answers_404") else 403, "AccessDenied")
        if has("link_redirects") and "direct" not in arguments:
            query = f"{request.query}&direct=1".lstrip("&")
            return Answer(302, b"", {"Location": f"{self._base}{quote(path)}?{query}"})
        if request.method == "GET":
            grant.used += 1
        answer = self.file(task)
        return Answer(answer.status, b"" if request.method == "HEAD" else answer.body, answer.headers)

    def file(self, task: Task) -> Answer:
        """The result itself, as it is downloaded or sent as a binary stream."""
        has = self._has
        if has("result_of_another") and self._first is not None:
            task = self._first
        if has("result_is_page"):
            return Answer(200, b"<html><body>Download</body></html>", {"Content-Type": "text/html"})
        name = result_format(task, has)
        content = render(task, name, has)
        if has("result_empty"):
            content = b""
        if has("result_cut_off"):
            content = content[: len(content) * 2 // 3]
        headers = {"Content-Type": _TYPES[name]}
        if has("download_octet_stream"):
            headers = {"Content-Type": "application/octet-stream", "Content-Disposition": "attachment"}
        return Answer(200, content, headers)


def _error(status: int, code: str) -> Answer:
    body = f"<Error><Code>{code}</Code></Error>".encode()
    return Answer(status, body, {"Content-Type": "application/xml"})
