"""What nobody can do without, as servers to compare with: bare Flask, bare WSGI, and bytes that are always the same.

Run: ``python bare.py flask|wsgi|canned PORT [cheroot|waitress|werkzeug]``. Flask and WSGI check the key and the fields,
and keep tasks in a dictionary. `canned` looks at nothing: it shows what the load can reach.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import uuid
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qsl

CREATE = "/api/tasks/visual/scale"
MISSING = {"status": 404, "message": "resource not found"}
DENIED = {"status": 401, "message": "authentication failed"}
WRONG = {"status": 400, "message": "parameter error"}


def is_valid(form: dict[str, str]) -> bool:
    """Whether the required field has an allowed value and a picture is named."""
    return form.get("type") in {"clean", "face"} and bool(form.get("image_url"))


def new_task(tasks: dict[str, Any]) -> dict[str, Any]:
    """The answer to a create; the task is in `tasks` afterwards."""
    task = str(uuid.uuid4())
    tasks[task] = {"task_id": task, "state": 0, "progress": 0, "return_type": 1, "type": "clean", "created_at": 1}
    return {"status": 200, "message": "success", "data": {"task_id": task}}


def flask_app() -> Any:
    """Two routes of Flask."""
    import flask

    app, tasks = flask.Flask("bare"), dict[str, Any]()

    @app.post(CREATE)
    def create() -> Any:
        if not flask.request.headers.get("X-API-KEY", "").startswith("test"):
            return DENIED, 401
        return new_task(tasks) if is_valid(flask.request.form.to_dict()) else (WRONG, 400)

    @app.get(f"{CREATE}/<task>")
    def read(task: str) -> Any:
        if not flask.request.headers.get("X-API-KEY", "").startswith("test"):
            return DENIED, 401
        found = tasks.get(task)
        return {"status": 200, "message": "success", "data": found} if found else (MISSING, 404)

    return app


def wsgi_app() -> Callable[..., Iterable[bytes]]:
    """The same two without a framework."""
    tasks: dict[str, Any] = {}

    def told(environ: dict[str, Any]) -> tuple[str, Any]:
        if not environ.get("HTTP_X_API_KEY", "").startswith("test"):
            return "401 Unauthorized", DENIED
        if environ["REQUEST_METHOD"] == "POST":
            form = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)).decode("latin-1")
            return ("200 OK", new_task(tasks)) if is_valid(dict(parse_qsl(form))) else ("400 Bad Request", WRONG)
        found = tasks.get(environ["PATH_INFO"].rpartition("/")[2])
        return ("200 OK", {"status": 200, "data": found}) if found else ("404 Not Found", MISSING)

    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        status, answer = told(environ)
        body = json.dumps(answer).encode()
        start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]

    return app


def serve(app: Any, port: int, server: str) -> None:
    """Serve the app under one of the servers, with 24 threads and room for 100 connections, for ever."""
    if server == "cheroot":
        from cheroot import wsgi  # type: ignore[import-not-found,import-untyped,unused-ignore]

        # 64 connections overflow its queue of 5: what is lost there comes again seconds later, or never
        served = wsgi.Server(("127.0.0.1", port), app, numthreads=24, request_queue_size=128)
        served.keep_alive_conn_limit = 100
        served.start()
    elif server == "waitress":
        import waitress  # type: ignore[import-not-found,import-untyped,unused-ignore]

        waitress.serve(app, host="127.0.0.1", port=port, threads=24, _quiet=True)
    else:
        from werkzeug.serving import WSGIRequestHandler, run_simple

        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        WSGIRequestHandler.protocol_version = "HTTP/1.1"  # keeps connections
        run_simple("127.0.0.1", port, app, threaded=True)


class Canned(asyncio.Protocol):
    """One connection to the server of canned answers: each piece that comes is taken for one request."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer a POST as a create, anything else as a poll."""
        task = {"task_id": "6f1c7a52"} if data[:1] == b"P" else {"task_id": "6f1c7a52", "state": 0}
        body = json.dumps({"status": 200, "data": task}).encode()
        self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))


async def canned(port: int) -> None:
    """Answer everything, for ever."""
    server = await asyncio.get_running_loop().create_server(Canned, "127.0.0.1", port)
    await server.serve_forever()


def main() -> None:
    """Serve what the command line says."""
    which, port = sys.argv[1], int(sys.argv[2])
    if which == "canned":
        asyncio.run(canned(port))
    else:
        serve(flask_app() if which == "flask" else wsgi_app(), port, sys.argv[3])


if __name__ == "__main__":
    main()
