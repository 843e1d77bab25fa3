"""The servers that `bench_peers.py` compares: how each is found, started and asked; which are missing, and what to do.

Peers are looked for in a folder of npm (``--peers``, PEERS_DIR) and on PATH; PRISM and WIREMOCK_JAR name them directly.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlencode

from bench.processes import greycard_command, source_path

HERE = Path(__file__).parent
CREATE = "/api/tasks/visual/scale"
KEY = "X-API-KEY: test-bench"
INSTALL = "npm install --prefix DIR {}, and --peers DIR or PEERS_DIR=DIR"
TASK = "6f1c7a52-3f0e-4a55-9a35-0c9d8f4b2e11"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Server:
    """One server under measurement. `{port}` in the command stands for the port that it gets."""

    name: str
    version: str
    command: Sequence[str]
    environ: dict[str, str] = field(default_factory=dict)
    content_type: str = FORM
    own_ids: bool = True
    checks: bool = True  # refuses a request without the key, and a create with a wrong field
    warm_up: float = 1.0  # seconds under load before anything is measured
    lift_limit: bool = False  # has a rate limit that the control plane lifts

    def create(self, port: int, kind: str = "clean", key: str = KEY) -> str:
        """The bytes of a create, as text."""
        values = {"type": kind, "image_url": f"http://127.0.0.1:{port}/_mock/images/40x30.jpg"}
        body = urlencode(values) if self.content_type == FORM else json.dumps(values)
        return (
            f"POST {CREATE} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{key}\r\nContent-Type: {self.content_type}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        )

    def poll(self, port: int) -> str:
        """The bytes of a poll, as text, with `{id}` for the task's id."""
        return f"GET {CREATE}/{{id}} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{KEY}\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Missing:
    """A peer that is not installed, and what would install it."""

    name: str
    install: str


def greycard(label: str, checkout: Path) -> Server:
    """`greycard serve` of a checkout. Raises `LookupError` when there is none in that folder."""
    if not (checkout / "tests/greycard_suite/cli.py").is_file():
        raise LookupError(f"{checkout} is no checkout of greycard: it has no tests/greycard_suite")
    described = _said("git", "-C", str(checkout), "describe", "--always", "--dirty")
    command = greycard_command("serve", "--port", "{port}")
    environ = {"PYTHONPATH": source_path(checkout), "GREYCARD_SERVE_QUIET": "1"}
    return Server(label, described, command, environ, lift_limit=True)


def bare(wsgi_server: str) -> list[Server]:
    """Flask, WSGI without a framework, and canned bytes."""
    command = [sys.executable, str(HERE / "bare.py")]
    python, under = f"{sys.version_info.major}.{sys.version_info.minor}", _installed(wsgi_server)
    return [
        Server("bare Flask", f"{version('flask')}, {wsgi_server} {under}", [*command, "flask", "{port}", wsgi_server]),
        Server("bare WSGI", f"{wsgi_server} {under}", [*command, "wsgi", "{port}", wsgi_server]),
        Server("canned bytes", f"asyncio {python}", [*command, "canned", "{port}"], own_ids=False, checks=False),
    ]


def wsgi_server() -> str:
    """The first of the servers for WSGI that is installed; Werkzeug comes with Flask."""
    return next(name for name in ("cheroot", "waitress", "werkzeug") if find_spec(name))


def peers(folder: Path | None, scratch: Path, checkout: Path) -> list[Server | Missing]:
    """Prism, Prism without its log, WireMock, and express with ajv; files that they need are written to `scratch`."""
    modules = folder / "node_modules" if folder else None
    return [*_prism(modules, scratch, checkout), _wiremock(modules, scratch), _express(modules, scratch)]


def _prism(modules: Path | None, scratch: Path, checkout: Path) -> list[Server | Missing]:
    local = modules / ".bin/prism" if modules else None
    program = os.environ.get("PRISM") or (str(local) if local and local.exists() else shutil.which("prism"))
    if program is None:
        install = INSTALL.format("@stoplight/prism-cli") + "; or PRISM=its program"
        return [Missing(name, install) for name in ("Prism as shipped", "Prism, log off")]
    document = scratch / "picwish.json"
    environ = {**os.environ, "PYTHONPATH": source_path(checkout)}
    export = subprocess.run(greycard_command("openapi", "picwish"), check=True, capture_output=True, env=environ)
    document.write_bytes(export.stdout)
    command = [program, "mock", "--host", "127.0.0.1", "--port", "{port}", str(document)]
    known = _said(program, "--version")
    return [
        Server("Prism as shipped", known, command, own_ids=False, warm_up=3),
        Server("Prism, log off", known, [*command, "--verboseLevel", "silent"], own_ids=False, warm_up=3),
    ]


def _wiremock(modules: Path | None, scratch: Path) -> Server | Missing:
    local = sorted(modules.glob("wiremock/build/wiremock-standalone-*.jar"))[-1:] if modules else []
    jar = os.environ.get("WIREMOCK_JAR") or (str(local[0]) if local else None)
    if jar is None or shutil.which("java") is None:
        install = f"{INSTALL.format('wiremock')} (it holds the jar), or WIREMOCK_JAR=the jar; needs java"
        return Missing("WireMock, journal", install)
    schema = {
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"enum": ["clean", "face"]}, "image_url": {"type": "string", "minLength": 1}},
    }
    key = {"X-API-KEY": {"matches": "test.*"}}
    task = {"task_id": TASK, "state": 0, "progress": 0, "return_type": 1, "type": "clean", "created_at": 1700000000}
    stubs = {
        "create": {
            "request": {
                "method": "POST",
                "urlPath": CREATE,
                "headers": key,
                "bodyPatterns": [{"matchesJsonSchema": json.dumps(schema), "schemaVersion": "V202012"}],
            },
            "response": {"status": 200, "jsonBody": {"status": 200, "message": "success", "data": {"task_id": TASK}}},
        },
        "poll": {
            "request": {"method": "GET", "urlPathPattern": f"{CREATE}/[^/]+", "headers": key},
            "response": {"status": 200, "jsonBody": {"status": 200, "message": "success", "data": task}},
        },
    }
    mappings = scratch / "wiremock/mappings"
    mappings.mkdir(parents=True)
    for name, stub in stubs.items():
        (mappings / f"{name}.json").write_text(json.dumps(stub), encoding="utf-8")
    options = ["--port", "{port}", "--bind-address", "127.0.0.1", "--root-dir", str(mappings.parent)]
    found = re.search(r"-(\d[\w.]*)\.jar$", jar)
    return Server(
        "WireMock, journal",
        found[1] if found else "",
        ["java", "-jar", jar, *options, "--disable-banner"],
        content_type="application/json",
        own_ids=False,
        warm_up=6,
    )


def _express(modules: Path | None, scratch: Path) -> Server | Missing:
    names = ("express", "ajv")
    if modules is None or shutil.which("node") is None or not all((modules / name).is_dir() for name in names):
        return Missing("express + ajv", INSTALL.format("express ajv") + "; needs node")
    script = scratch / "express_server.cjs"
    shutil.copy(HERE / "express_server.cjs", script)
    versions = [json.loads((modules / name / "package.json").read_text("utf-8"))["version"] for name in names]
    environ = {"NODE_PATH": str(modules)}
    return Server("express + ajv", " + ".join(versions), ["node", str(script), "{port}"], environ, warm_up=3)


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _said(*command: str) -> str:
    try:
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
