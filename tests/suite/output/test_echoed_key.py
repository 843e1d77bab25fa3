"""A vendor that says the key back, in every spelling and place, brings it into nothing that a run leaves behind."""

from __future__ import annotations

import base64
import html
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

import pytest

from greycard_suite.redact.normal_form import normal_form

pytestmark = [pytest.mark.wire, pytest.mark.slow]

KEY = "Canary/7Zq+kL2x&Wm4pVb9<Td3"
PIECE = 12
ENCODED = {
    "hex": KEY.encode().hex(),
    "base32": base64.b32encode(b"xy" + KEY.encode()).decode()[8:32],
    **{f"base64 at {n}": base64.b64encode(bytes(n) + KEY.encode()).decode()[4:28] for n in range(3)},
    "base64 url": base64.urlsafe_b64encode(KEY.encode()).decode()[:32],
}
SPELLED = [
    KEY,
    KEY.upper(),
    KEY.lower(),
    quote(KEY, safe=""),
    quote(KEY[:9], safe="") + "".join(f"%{ord(one):02x}" for one in KEY[9:]),
    html.escape(KEY),
    "".join(f"&#{ord(one)};" for one in KEY),
    "".join(f"&#x{ord(one):X};" for one in KEY),
    KEY.encode().hex(),
    KEY.encode().hex().upper(),
    base64.b32encode(b"xy" + KEY.encode()).decode(),
    *(base64.b64encode(bytes(n) + KEY.encode()).decode() for n in range(3)),
    base64.urlsafe_b64encode(KEY.encode()).decode(),
    KEY[3:21],
    "\x1b[31m" + KEY,
]


def readable(text: bytes) -> list[str]:
    """What of the key can be read in an output: pieces of it, or of an encoding of it."""
    forms = [text.lower(), normal_form(text).data.lower()]
    pieces = {f"plain {at}": KEY[at : at + PIECE] for at in range(len(KEY) - PIECE + 1)} | ENCODED
    return [name for name, piece in pieces.items() if any(piece.lower().encode() in form for form in forms)]


class Echo(BaseHTTPRequestHandler):
    """Answers as Enhancor's API nearly does, with the key in all of it; `turn` changes the spelling each time."""

    protocol_version = "HTTP/1.1"
    turn: ClassVar[int] = 0

    def do_POST(self) -> None:
        """Queue and status, refusals, and HTML, one after the other."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        Echo.turn += 1
        one, other = (SPELLED[(Echo.turn * step) % len(SPELLED)] for step in (1, 5))
        if "Canary" not in self.headers.get("x-api-key", ""):
            self.answer(401, {"error": f"no such key: not {one}", "errorcode": other, "key": {one: 1}})
        elif Echo.turn % 7 == 0:
            self.answer(500, f"<html><b title='{one}'>{other}</b></html>".encode())
        elif self.path.endswith("/queue"):
            self.answer(200, {"success": True, "requestId": f"r-{Echo.turn}-{one}", "warning": SPELLED, one: other})
        else:
            link = f"http://{self.headers['Host']}/{one}?key={other}"
            self.answer(200, {"requestId": one, "status": other, "cost": one, "result": link, "error": SPELLED})

    def do_GET(self) -> None:
        """As a result, a page."""
        self.answer(404, SPELLED[0].encode())

    def answer(self, status: int, body: object) -> None:
        """One answer, with the key in its headers too."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status, KEY)
        for name in ("Location", "Retry-After-Note", "ETag", "Content-Language", "Vary", "X-Greycard-Reason"):
            self.send_header(name, SPELLED[Echo.turn % 10])
        self.send_header(KEY[:8] + "-" + KEY[8:12].replace("+", "-"), KEY)
        self.send_header("Content-Type", f"application/json; charset={KEY}" if content[:1] == b"{" else "text/html")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def echo() -> Iterator[str]:
    """The base URL of a vendor that echoes."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join(10)


def greycard(folder: Path, source_path: str, *words: str) -> subprocess.CompletedProcess[bytes]:
    """The command in a process of its own, with the key in its environment."""
    return pythons(folder, source_path, "greycard_suite.cli", *words)


def pythons(folder: Path, source_path: str, *words: str) -> subprocess.CompletedProcess[bytes]:
    """A module in a process of its own, with the key in its environment."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "GREYCARD"))}
    return subprocess.run(
        [sys.executable, "-m", *words],
        cwd=folder,
        env={**inherited, "PYTHONPATH": source_path, "GREYCARD_ENHANCOR_API_KEY": KEY, "COLUMNS": "60"},
        capture_output=True,
        timeout=300,
        check=False,
    )


def test_an_echoed_key_is_printed_and_written_nowhere(echo: str, tmp_path: Path, source_path: str) -> None:
    """Standard output and error, JSON, JUnit, archive, report and scripts are searched, also of a replay."""
    target = ["--target", "live", "--vendor", "enhancor", "--base-url", f"enhancor={echo}", "--patience", "2"]
    files = ["--json", "v.json", "--junit", "v.xml"]
    done = greycard(tmp_path, source_path, "verify", *target, "--all", "-o", "run", *files)
    assert done.returncode in (1, 3), done.stderr
    assert b"$GREYCARD_ENHANCOR_API_KEY" in done.stdout
    again = greycard(tmp_path, source_path, "verify", "--replay", "run", "--json", "again.json")
    compared = greycard(tmp_path, source_path, "compare", "run", "run", "--all")
    profile = greycard(tmp_path, source_path, "calibrate", "run", "-o", "profile.json")
    for one in (done, again, compared, profile):
        assert b"Traceback" not in one.stderr
        assert [readable(one.stdout), readable(one.stderr)] == [[], []]
    written = {path.name: path for path in tmp_path.rglob("*") if path.is_file()}
    assert set(written) >= {
        "v.json",
        "v.xml",
        "again.json",
        "verdicts.json",
        "exchange.har",
        "report.html",
        "junit.xml",
    }
    assert {name: found for name, path in written.items() if (found := readable(path.read_bytes()))} == {}
    assert b"$GREYCARD_ENHANCOR_API_KEY" in written["exchange.har"].read_bytes()
    json.loads(written["exchange.har"].read_text(encoding="utf-8"))
    json.loads(written["v.json"].read_text(encoding="utf-8"))


def test_an_echoed_key_is_not_printed_by_enhance(echo: str, tmp_path: Path, source_path: str) -> None:
    """The reason of a picture that failed shows the variable in the place of the key."""
    (tmp_path / "a.jpg").write_bytes(b"x")
    done = greycard(tmp_path, source_path, "enhance", "a.jpg", "--vendor", "enhancor", "--base-url", echo)
    assert done.returncode == 1
    assert b"failed" in done.stderr
    assert [readable(done.stdout), readable(done.stderr)] == [[], []]


def test_an_echoed_key_is_not_shown_by_pytest(echo: str, tmp_path: Path, source_path: str) -> None:
    """Tests of the suite that are run by hand fail without the key, also where pytest shows values of variables."""
    words = ["-p", "greycard_suite.runner.options", "-p", "no:cacheprovider", "--pyargs", "greycard_suite.contract"]
    target = ["--greycard-target", "live", "--greycard-vendor", "enhancor", "--greycard-base-url", echo]
    done = pythons(tmp_path, source_path, "pytest", *words, *target, "-k", "plain_request or without_a_valid_key", "-l")
    assert done.returncode == 1, done.stdout
    assert b"is violated" in done.stdout
    assert [readable(done.stdout), readable(done.stderr)] == [[], []]


@pytest.mark.parametrize(
    ("key", "why"), [("abc", "shorter"), ("password", "word"), ("1234567890", "number"), ("a" * 40, "different")]
)
def test_a_key_that_cannot_be_hidden_is_refused(
    echo: str, tmp_path: Path, key: str, why: str, source_path: str
) -> None:
    """Before anything is sent, with a sentence that says what to do, and without the key."""
    before = Echo.turn
    target = ["--target", "live", "--vendor", "enhancor", "--base-url", f"enhancor={echo}"]
    environment = {**os.environ, "PYTHONPATH": source_path, "GREYCARD_ENHANCOR_API_KEY": key}
    done = subprocess.run(
        [sys.executable, "-m", "greycard_suite.cli", "verify", *target],
        cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert why in done.stderr
    assert "ask Enhancor for a longer key" in " ".join(done.stderr.split())
    assert Echo.turn == before
    assert list(tmp_path.iterdir()) == []


def test_what_is_searched_for_can_be_found() -> None:
    """Each spelling that the vendor uses is one that the search sees."""
    assert [spelled for spelled in SPELLED if not readable(f"<{spelled}>".encode())] == []
