"""A console of another encoding, such as cp1252 on Windows, loses no finding and breaks no command."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO

import pytest
import requests

from greycard_mocks import Mock
from greycard_suite.cli import LAZY, cli
from greycard_suite.redact.console import SIGNS, guarded, legible

CONTRACTS = Path(sys.modules["greycard_schemas"].__file__ or "").parent / "contracts"
ENCODINGS = ("cp1252", "ascii")
STRANGE = "完成🎉é"
Printed = Callable[..., tuple[int, str]]


@pytest.fixture
def printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Printed:
    """Runs a command in an empty folder at a console that refuses what its encoding lacks: status, and all it said."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")

    def run(arguments: list[str], encoding: str) -> tuple[int, str]:
        shown = io.BytesIO()
        with monkeypatch.context() as patched:
            both = [io.TextIOWrapper(shown, encoding, errors="strict", write_through=True) for _ in range(2)]
            patched.setattr(sys, "stdout", both[0])
            patched.setattr(sys, "stderr", both[1])
            with guarded():
                try:
                    status = cli.main(arguments, prog_name="greycard")
                except SystemExit as end:
                    status = end.code
            for stream in both:
                stream.detach()
        return int(status or 0), shown.getvalue().decode(encoding)

    return run


@pytest.fixture(scope="module")
def strange(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Contracts of a vendor whose tasks end in a state of Chinese words and an emoji."""
    folder = tmp_path_factory.mktemp("strange")
    shutil.copytree(CONTRACTS / "enhancor", folder / "enhancor")
    for name in ("vendor.json", "status.json"):
        file = folder / "enhancor" / name
        text = file.read_text(encoding="utf-8")
        assert '"COMPLETED"' in text
        file.write_text(text.replace('"COMPLETED"', f'"{STRANGE}"'), encoding="utf-8")
    return folder


def test_our_own_signs_are_replaced_and_others_escaped() -> None:
    """What the encoding has stays; a sign of ours becomes one of ASCII, all else can be read back from its number."""
    assert legible("✗ “é” …", "utf-8") == "✗ “é” …"
    assert legible("✗ “é” … 完", "cp1252") == "x “é” … \\u5b8c"
    assert legible("✗ “é” … 完", "ascii") == 'x "\\xe9" ... \\u5b8c'
    assert "".join(SIGNS.values()).isascii()


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("command", ["", *LAZY])
def test_every_help_is_shown(command: str, encoding: str, printed: Printed) -> None:
    """It is what it is elsewhere."""
    arguments = [*command.split(), "--help"]
    status, text = printed(arguments, encoding)
    assert (status, text) == (0, legible(printed(arguments, "utf-8")[1], encoding))


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(
    "line",
    [
        "claims picwish", "drifts picwish", "freedoms picwish", "presets", "openapi picwish", "images pictures",
        "contracts new picwish colorize --like scale.create", "verify --vendor enhancor --variant enhancor.é=1",
        "serve 完成", "claims --text 完成", "drifts --claim 🎉", "compare 完成.json 🎉.json", "calibrate 完成",
        "impact 完成.json 🎉", "score --command é --only 🎉", "listen --save 完成 --host 🎉", "trigger 完成 --to 🎉",
        "enhance 🎉.jpg --vendor picwish --base-url http://127.0.0.1:9",
    ],
)  # fmt: skip
def test_every_command_says_the_same(line: str, encoding: str, printed: Printed, tmp_path: Path) -> None:
    """Lists and complaints have the same lines as on a console of UTF-8, and the same status."""
    status, text = printed(line.split(), "utf-8")
    for made in tmp_path.iterdir():
        shutil.rmtree(made) if made.is_dir() else made.unlink()
    assert printed(line.split(), encoding) == (status, legible(text, encoding))
    assert text.strip()


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_finding_of_strange_words_is_told(encoding: str, printed: Printed, strange: Path, tmp_path: Path) -> None:
    """`verify` tells each violation with what was seen, escaped; its files, and `compare`, have it as it came."""
    verify = ["verify", "--vendor", "enhancor", "--json", "v.json", "--junit", "v.xml"]
    status, text = printed([*verify, "--mock-contracts", str(strange)], encoding)
    seen = legible(STRANGE, encoding)
    assert status == 1
    assert text.count("\nx enhancor") == 2
    assert text.count(f"seen      {seen}") == 2
    assert STRANGE in (tmp_path / "v.xml").read_text(encoding="utf-8")
    found = json.loads((tmp_path / "v.json").read_text(encoding="utf-8"))["claims"]
    assert [one["evidence"]["seen"] for one in found if one["verdict"] == "violated"] == [STRANGE, STRANGE]

    assert printed([*verify[:3], "--json", "before.json"], encoding)[0] == 0
    for form in ("text", "markdown", "json"):
        status, text = printed(["compare", "before.json", "v.json", "--format", form], encoding)
        assert status == 1, text
        assert "enhancor/status#succeeded/status/enum" in text


@pytest.mark.wire
def test_a_file_of_a_strange_name_is_enhanced(printed: Printed, tmp_path: Path) -> None:
    """`enhance` names it as far as the console can, and writes its result under the very name."""
    with Mock(["picwish"], clock="auto") as mock:
        vendor = mock.vendor("picwish")
        (tmp_path / f"{STRANGE}.jpg").write_bytes(vendor.images.bytes(40, 30))
        arguments = ["enhance", f"{STRANGE}.jpg", "--vendor", "picwish", "--base-url", vendor.url, "-o", "large"]
        status, text = printed(arguments, "cp1252")
    assert (status, legible(STRANGE, "cp1252") in text) == (0, True), text
    assert (tmp_path / "large" / f"{STRANGE}-picwish.jpg").exists()


@pytest.mark.slow
@pytest.mark.wire
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_servers_print_what_they_were_sent(encoding: str, tmp_path: Path, source_path: str) -> None:
    """`serve` and `listen` print a line of a request of strange words; no file is opened in the console's encoding."""
    environment = {
        **os.environ, "PYTHONPATH": source_path, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0", "LC_ALL": "C",
        "PYTHONUNBUFFERED": "1", "PYTHONWARNDEFAULTENCODING": "1", "PYTHONWARNINGS": "error::EncodingWarning",
    }  # fmt: skip
    for command, path, body in (
        ("serve picwish", f"/{STRANGE}", ""),
        ("listen", "/callback", json.dumps({"request_id": STRANGE, "status": STRANGE, "result": "x"})),
    ):
        arguments = [sys.executable, "-m", "greycard", *command.split(), "--port", "0"]
        with subprocess.Popen(
            arguments, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as process:
            assert process.stdout is not None
            try:
                said = until(process.stdout, b"http://")
                url = said[said.index(b"http://") :].split()[0].decode().rstrip("/")
                with requests.Session() as session:
                    session.trust_env = False
                    headers = {"Content-Type": "application/json"}
                    session.post(url + path, data=body.encode(), headers=headers, timeout=10)
                line = until(process.stdout, b"POST")
                if command == "listen":
                    line += until(process.stdout, b"status")
                    assert legible(STRANGE, encoding) in line.decode(encoding)
            finally:
                process.terminate()


def until(stream: IO[bytes], mark: bytes) -> bytes:
    """The next line of a server's output with this mark."""
    for line in stream:
        assert b"Traceback" not in line
        if mark in line:
            return line
    raise AssertionError(f"it has ended without {mark!r}")
