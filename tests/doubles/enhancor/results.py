"""The files of results: their addresses and what comes when one is asked for."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from doubles.double import Answer
from doubles.enhancor.common import Source, pick
from doubles.enhancor.pictures import ENDINGS, format_of, work
from doubles.enhancor.wire import refuse

if TYPE_CHECKING:
    from doubles.double import Request
    from doubles.enhancor.common import Has, Task

_TOKEN = re.compile(r"[0-9a-f]{32}")
_PLACES = ("/results/", "/storage/", "/download", "/d/", "/moved/", "/gone/")


class Results:
    """The results of one double, by the secret part of their addresses."""

    def __init__(self, has: Has, base: str) -> None:
        self._has = has
        self._base = base
        self._tasks: dict[str, Task] = {}
        self._order: list[Task] = []

    def add(self, task: Task) -> None:
        """Know this request from now on."""
        self._tasks[task.token] = task
        self._order.append(task)

    def link(self, task: Task, read: int = 0) -> str:
        """The address of the result of this request; `read` counts how often it was told before."""
        has, token = self._has, task.token
        ending = ENDINGS[format_of(has, task.source.format if task.source else "PNG")]
        path = pick(
            has,
            {
                "link_without_ending": f"/d/{token}",
                "link_escaped": f"/results/Portr%C3%A4t%20%28neu%29%20{token}.{ending}",
                "link_in_query": f"/download?as=file&name=a%2Fb&file={token}",
                "link_deep": f"/storage/v1/object/public/eu-west-3/users/71/{token}/final/output_4k.{ending}",
                "link_dead": f"/gone/{token}.{ending}",
            },
            f"/results/{token}.{ending}",
        )
        if has("link_signed") or has("status_result_fresh"):
            sign = hashlib.sha256(f"{token} {read}".encode()).hexdigest()[40:]
            path += f"?X-Amz-Expires=3600&X-Amz-Signature={sign}%3D"
        return self._base + path

    def answer(self, request: Request, now: float) -> Answer | None:
        """The file that is asked for; None when the path is no place of files."""
        if not request.path.startswith(_PLACES):
            return None
        if request.method not in ("GET", "HEAD"):
            return refuse(self._has, "method")
        found = _TOKEN.search(f"{request.path}?{request.query}")
        task = self._tasks.get(found[0]) if found else None
        if task is None or request.path.startswith("/gone/") or now < task.end - 1e-6 or task.reason:
            return Answer(404, b"no such file", {"Content-Type": "text/plain"})
        if self._has("link_expires") and now > task.end + 3600:
            return Answer(403, b"expired", {"Content-Type": "text/plain"})
        if self._has("link_redirects") and not request.path.startswith("/moved/"):
            return Answer(302, b"", {"Location": f"{self._base}/moved/{task.token}"})
        file, media_type = self._file(task)
        headers = {"Content-Type": pick(self._has, {"result_as_octets": "application/octet-stream"}, media_type)}
        if self._has("result_as_attachment"):
            headers |= {"Content-Disposition": 'attachment; filename="result.png"', "Cache-Control": "max-age=60"}
        return Answer(200, b"" if request.method == "HEAD" else file, headers)

    def _file(self, task: Task) -> tuple[bytes, str]:
        """The result, made when it is first wanted, and what changes make of it."""
        if task.result is None:
            source = task.source or Source()
            if self._has("result_of_another"):
                source = self._other(task)
            file, media_type = work(self._has, task.order, source)
            spoiled = {
                "result_truncated": (file[: len(file) // 2], media_type),
                "result_without_bytes": (b"", media_type),
                "result_page": (b"<html><body>Your picture is ready</body></html>", "text/html"),
                "result_noise": (hashlib.sha256(file).digest() * 8, media_type),
            }
            task.result = pick(self._has, spoiled, (file, media_type))
        return task.result

    def _other(self, task: Task) -> Source:
        """The picture of the request before this one; a grey one for the first."""
        before = [one for one in self._order if one.number < task.number and one.source and one.source.image]
        return (before[-1].source if before else None) or Source()
