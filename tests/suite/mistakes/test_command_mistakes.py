"""What the commands answer to typical mistakes: one sentence that says what to do, no traceback, the right status."""

from __future__ import annotations

import os
import shlex
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image

from greycard_suite.cli import cli

HERE = "--base-url http://127.0.0.1:1"

MISTAKES: tuple[tuple[str, int, tuple[str, ...]], ...] = (
    # (what is typed, exit status, words of the answer)
    ("frobnicate", 2, ("No such command 'frobnicate'", "'greycard --help' lists them")),
    ("verfy", 2, ("did you mean 'verify'?",)),
    ("--verison", 2, ("'--version'",)),
    ("--port 80 serve", 2, ("'--port'", "write it after 'serve'")),
    # serve
    ("serve --prot 80", 2, ("'--prot'", "'--port'")),
    ("serve picwhish", 2, ("no vendor 'picwhish'", "known are enhancor", "did you mean 'picwish'?")),
    ("serve PicWish", 2, ("did you mean 'picwish'?",)),
    ("serve --port 99999", 2, ("99999 is no whole number from 0 to 65535",)),
    ("serve --port abc", 2, ("abc is no whole number from 0 to 65535",)),
    ("serve --port TAKEN", 1, ("the port is taken", "choose another with --port")),
    ("serve --speed fast", 2, ("fast is no number from 0.001 to 100000",)),
    ("serve --clock realy", 2, ("'auto', 'virtual', 'real', or 'real*20'", "not 'realy'")),
    ("serve --clock real*20 --speed 3", 2, ("--clock and --speed", "give one of them")),
    ("serve --seed abc", 2, ("abc is no whole number",)),
    ("serve --drift rate.limit-up", 2, ("write VENDOR/rate.limit-up",)),
    ("serve --drift picwish/rate.limitup", 2, ("no drift", "picwish/rate.limit-up")),
    ("serve --freedom picwish/free.json-revers", 2, ("no freedom", "picwish/free.json-reversed")),
    ("serve --freedoms -3", 2, ("-3 is no whole number from 0 on",)),
    ("serve --log-format jsn", 2, ("'text', 'json'", "did you mean 'json'?")),
    ("serve --har note.txt/x.har", 2, ("note.txt is no folder", "where you may write")),
    ("serve --har folder", 2, ("'folder' is a folder; name a file",)),
    ("serve --watch", 2, ("folders of --contracts; name one",)),
    ("serve --profile profil.json", 2, ("does not exist; did you mean 'profile.json'?",)),
    ("serve --profile broken.json", 2, ("it is not JSON", "'greycard calibrate' writes one")),
    ("serve --profile binary.json", 2, ("no text in UTF-8",)),
    ("serve --profile profile.json", 2, ("as 'greycard calibrate' writes it",)),
    ("serve --preset observd", 2, ("documents, observed, tutorial", "did you mean 'observed'?")),
    ("serve --variant picwish", 2, ("write VENDOR.VARIANT=OPTION",)),
    ("serve --variant picwish.edtion=current", 2, ("no variant 'edtion'", "did you mean 'edition'?")),
    ("serve --variant picwish.edition=curent", 2, ("no option 'curent'", "did you mean 'current'?")),
    ("serve picwish --variant enhancor.x=y", 2, ("enhancor, which this run leaves out",)),
    ("serve --contracts note.txt", 2, ("'note.txt' is a file; name a folder",)),
    ("serve --contracts none", 2, ("does not exist; name one that is there",)),
    ("serve --callback-url localhost:8421", 2, ("--callback-url", "begin it with http:// or https://")),
    ("serve --allow http://10.0.0.1", 2, ("leave out the scheme", "HOST:PORT")),
    ("serve --allow 10.0.0.1:port", 2, ("a number from 1 to 65535", "HOST:PORT")),
    ("serve --token ''", 2, ("--token is empty", "leave the option out")),
    ("serve --picture-memory 0", 2, ("0 is no whole number from 1 to",)),
    ("serve --store 127.0.0.1:6379", 2, ("--store", "an address such as redis://127.0.0.1:6379/0")),
    ("serve --store unix://:secret@/none --workers 2", 2, ("the store at unix:///none", "does not answer")),
    ("serve --store redis://127.0.0.1:x/0", 2, ("--store: the address of the store", "cannot be read")),
    ("serve --store redis://127.0.0.1/zero", 2, ("ends with 'zero'", "the number of a database")),
    ("serve --store redis://127.0.0.1/0?nosuch=1", 2, ("cannot be read", "nosuch")),
    ("serve --store unix://", 2, ("names no socket", "write unix:///")),
    ("serve --store unix:///nosuch/socket", 2, ("does not answer", "start it, or give the right address")),
    ("serve --store redis://127.0.0.1 --store-prefix a{b}", 2, ("--store-prefix", "letters, digits")),
    ("serve --store redis://127.0.0.1 --blobs note.txt", 2, ("--blobs note.txt", "a folder where you may write")),
    ("serve --store redis://127.0.0.1 --blobs ''", 2, ("--blobs is empty",)),
    ("serve --store redis://127.0.0.1 --keep nonsense", 2, ("such as 7d or 12h", "not 'nonsense'")),
    ("serve --keep 1d", 2, ("--keep", "give the store with --store URL")),
    ("serve --blobs folder", 2, ("--blobs", "give the store with --store URL")),
    ("serve --workers 2", 2, ("give the store with --store URL",)),
    ("serve --workers 0", 2, ("0 is no whole number from 1 to 64",)),
    # verify
    ("verify --store nonsense", 2, ("--store", "an address such as redis://")),
    ("verify --store unix:///nosuch/socket", 2, ("does not answer", "start it, or give the right address")),
    ("verify --target live --store redis://127.0.0.1", 2, ("for the built-in mock; leave it out",)),
    ("verify picwish", 2, ("unexpected extra argument (picwish)",)),
    ("verify --vendor picwhish", 2, ("did you mean 'picwish'?",)),
    ("verify --target mok", 2, ("'mock', 'live'", "did you mean 'mock'?")),
    ("verify --base-url picwish=http://127.0.0.1:1", 2, ("for a live target", "--target live")),
    ("verify --target live --base-url http://127.0.0.1:1", 2, ("write VENDOR=URL",)),
    ("verify --target live --base-url picwhish=http://127.0.0.1:1", 2, ("did you mean 'picwish'?",)),
    ("verify --target live --vendor picwish --base-url picwish=ftp://x", 2, ("for example picwish=http://",)),
    ("verify --target live --vendor picwish", 2, ("no key", "set GREYCARD_PICWISH_API_KEY")),
    ("verify --target live --vendor magictiger", 2, ("give --base-url magictiger=URL",)),
    ("verify --budget 5", 2, ("for a live target", "leave it out for the mock")),
    ("verify --credits few", 2, ("few is no whole number",)),
    ("verify --dry-run", 2, ("'--target live --dry-run'",)),
    ("verify -o run", 2, ("-o is for a live target",)),
    ("verify --json note.txt/x.json", 2, ("note.txt is no folder",)),
    ("verify --junit folder", 2, ("name a file",)),
    ("verify --replay folder", 2, ("'greycard verify --target live' wrote",)),
    ("verify --pay-again", 2, ("for a live target",)),
    ("verify --target live --pay-again", 2, ("write '--resume FOLDER --pay-again'",)),
    ("verify --since folder", 2, ("'--target live --since FOLDER'",)),
    ("verify --baseline broken.json", 2, ("no baseline", "not JSON")),
    ("verify --baseline profile.json", 2, ("must hold a list such as", '"until"')),
    ("verify --require 101", 2, ("101 is no whole number from 1 to 100",)),
    ("verify --mock-contracts folder --target live", 2, ("for the built-in mock; leave it out",)),
    # what is listed and compared
    ("claims picwhish", 2, ("did you mean 'picwish'?",)),
    ("claims --jsn", 2, ("'--json'",)),
    ("compare profile.json", 2, ("Missing argument 'AFTER'",)),
    ("compare none profile.json", 2, ("does not exist",)),
    ("compare broken.json broken.json", 2, ("not JSON", "'greycard verify --json'")),
    ("compare profile.json profile.json", 2, ("holds no verdicts", "name a folder of evidence")),
    ("compare folder folder", 2, ("verdicts.json cannot be read", "name a folder that")),
    ("compare folder folder --format markdwn", 2, ("did you mean 'markdown'?",)),
    ("calibrate folder", 2, ("exchange.har cannot be read", "name a folder that")),
    ("calibrate note.txt", 2, ("name a folder",)),
    ("contracts nw", 2, ("'new'",)),
    ("contracts new picwish sharpen", 2, ("Missing option '--like'",)),
    ("contracts new picwish sharpen --like scal.create", 2, ("did you mean 'scale.create'?",)),
    ("contracts new acme sharpen --like scale.create", 2, ("--like VENDOR/OPERATION",)),
    ("contracts new picwish scale --like scale.create", 2, ("give the feature another name",)),
    ("contracts new picwish sharpen --like scale.create --from broken.json", 2, ("not JSON",)),
    ("contracts new picwish sharpen --like scale.create --from profile.json", 2, ("neither an OpenAPI document",)),
    ("contracts new picwish sharpen --like scale.create --path sharpen", 2, ("write it as /",)),
    ("contracts check note.txt", 2, ("name a folder",)),
    ("drifts picwhish", 2, ("did you mean 'picwish'?",)),
    ("freedoms --seed -1", 2, ("-1 is no whole number from 0 on",)),
    ("openapi", 2, ("Missing argument 'VENDOR'",)),
    ("openapi picwhish", 2, ("did you mean 'picwish'?",)),
    ("presets observed", 2, ("unexpected extra argument",)),
    # enhance
    ("enhance good.jpg", 2, ("Missing option '--vendor'",)),
    ("enhance good.jpg --vendor picwhish", 2, ("did you mean 'picwish'?",)),
    ("enhance none.jpg --vendor picwish", 2, ("none.jpg: there is no such file",)),
    ("enhance good.jpg --vendor picwish", 2, ("set GREYCARD_PICWISH_API_KEY",)),
    (f"enhance folder --vendor picwish {HERE}", 2, ("no picture lies in this folder",)),
    (f"enhance empty.jpg --vendor picwish {HERE}", 2, ("is empty",)),
    (f"enhance http://[bad --vendor picwish {HERE}", 2, ("write http(s)://HOST/PATH",)),
    ("enhance good.jpg --vendor picwish --base-url 127.0.0.1:1", 2, ("--base-url", "such as http://127.0.0.1:8420")),
    (f"enhance good.jpg --vendor picwish {HERE} --type clen", 2, ("clean or face, not 'clen'",)),
    (f"enhance good.jpg --vendor picwish {HERE} --mode fast", 2, ("--mode is not for PicWish", "--scale-factor")),
    (f"enhance good.jpg --vendor wondershare {HERE} --feature rw", 2, ("needs --mask",)),
    (f"enhance good.jpg --vendor wondershare {HERE} --mask good.jpg", 2, ("add --feature rw",)),
    (f"enhance good.jpg --vendor enhancor {HERE} --webhook-url here", 2, ("an absolute http or https URL",)),
    (f"enhance good.jpg --vendor picwish {HERE} -o note.txt", 2, ("'note.txt' is a file; name a folder",)),
    (f"enhance good.jpg --vendor picwish {HERE} --timeout 0", 2, ("no number over 0",)),
    # images, listen
    ("images note.txt", 2, ("name a folder",)),
    ("images pictures --vendor picwhish", 2, ("did you mean 'picwish'?",)),
    ("listen --port TAKEN", 1, ("the port is taken", "--port")),
    ("listen --count none", 2, ("none is no whole number from 1 on",)),
    ("listen --token ''", 2, ("--token is empty",)),
    ("listen --save note.txt/x", 2, ("note.txt/x",)),
    # score, impact, trigger
    ("score", 2, ("Missing option '--command'",)),
    ("score --command ''", 2, ("--command is empty", "npm test")),
    ("score picwhish --command true", 2, ("did you mean 'picwish'?",)),
    ("score --command true --clock sundial", 2, ("'real*20'", "not 'sundial'")),
    ("score --command true --port TAKEN", 2, ("the port is taken", "--port")),
    ("score --command true --json note.txt/x.json", 2, ("note.txt is no folder",)),
    ("score --command nosuchprogram --port FREE", 1, ("'nosuchprogram' fails without a drift", "mend that first")),
    ("impact broken.json profile.json", 2, ("broken.json cannot be read",)),
    ("impact profile.json profile.json", 2, ("no score; make one with 'pytest --greycard-score",)),
    ("impact none profile.json", 2, ("does not exist",)),
    ("trigger magictigr", 2, ("did you mean 'magictiger'?",)),
    ("trigger picwish", 2, ("sends no callbacks or webhooks; choose from",)),
    ("trigger magictiger --to there", 2, ("--to must be", "begin it with http://")),
    ("trigger magictiger --server there", 2, ("--server 'there'", "such as http://127.0.0.1:8420")),
    ("trigger magictiger --task 1 --outcome failed", 2, ("--outcome is for a new task",)),
    ("trigger magictiger --key mine", 2, ("must begin with 'test'",)),
)

OF_A_PROJECT: tuple[tuple[str, tuple[str, ...]], ...] = (
    # (the pyproject.toml, words of the answer)
    ("[tool.greycard.serv]\nport = 1\n", ("no command 'serv'", "did you mean 'serve'?")),
    ("[tool.greycard.serve]\nprot = 1\n", ("no option 'prot'", "did you mean 'port'?")),
    ("[tool.greycard.serve]\nport = [1]\n", ("'port' must be one value",)),
    ("[tool.greycard.serve]\ncontracts = 'x'\n", ("'contracts' must be a list",)),
    ("[tool.greycard.serve]\nport = 'many'\n", ("many is no whole number from 0 to 65535",)),
    ("[tool.greycard]\nserve = 1\n", ("[tool.greycard.serve] must be a table",)),
    ("[tool.greycard.serve\n", ("is not TOML",)),
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with files of every wrong kind, an environment without options of ours, and signals as they were."""
    for name in [name for name in os.environ if name.startswith("GREYCARD_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    Path("note.txt").write_text("a note", encoding="utf-8")
    Path("broken.json").write_text("{", encoding="utf-8")
    Path("profile.json").write_text("{}", encoding="utf-8")
    Path("binary.json").write_bytes(b"\xff\xfe\x00")
    Path("empty.jpg").touch()
    Image.new("RGB", (64, 64)).save("good.jpg")
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield tmp_path
    for number, handler in kept.items():
        signal.signal(number, handler)


def answer(words: str) -> tuple[int, list[str]]:
    """The exit status, and what is printed but for the lines of usage; any traceback fails."""
    with socket.socket() as taken, socket.socket() as other:
        for one in (taken, other):
            one.bind(("127.0.0.1", 0))
        taken.listen()
        ports = {"TAKEN": str(taken.getsockname()[1]), "FREE": str(other.getsockname()[1])}
        other.close()
        typed = [ports.get(one, one) for one in shlex.split(words)]
        found = CliRunner().invoke(cli, typed, prog_name="greycard")
    assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
    assert "Traceback" not in found.output
    lines = [line for line in found.output.splitlines() if line.strip()]
    return found.exit_code, [line for line in lines if not line.startswith(("Usage:", "Try '", "\t"))]


@pytest.mark.parametrize(("typed", "status", "words"), MISTAKES, ids=[one[0][:60] for one in MISTAKES])
def test_a_mistake_on_the_command_line(typed: str, status: int, words: tuple[str, ...]) -> None:
    """The last thing that is said is one sentence that says what to do."""
    found, lines = answer(typed)
    assert (found, len(lines)) == (status, 1), lines
    assert lines[0].startswith("Error: ")
    assert [one for one in words if one not in lines[0]] == [], lines[0]


@pytest.mark.parametrize(("text", "words"), OF_A_PROJECT, ids=[repr(one[0][:40]) for one in OF_A_PROJECT])
def test_a_mistake_in_the_project(folder: Path, text: str, words: tuple[str, ...]) -> None:
    """The sentence names the file, but where it names the option."""
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    found, lines = answer("serve --watch")
    assert (found, len(lines)) == (2, 1), lines
    assert [one for one in words if one not in lines[0]] == [], lines[0]


def test_a_store_without_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody who keeps worlds in memory needs it."""
    monkeypatch.setitem(sys.modules, "redis", None)
    found, lines = answer("serve --store redis://127.0.0.1:6379/0")
    assert (found, len(lines)) == (2, 1), lines
    assert "a store needs the package redis: pip install" in lines[0]


def test_workers_where_no_process_inherits_a_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows."""
    monkeypatch.setattr("greycard_suite.commands.serving.workers.INHERITS", False)
    found, lines = answer("serve --workers 2 --store redis://127.0.0.1:6379/0")
    assert (found, len(lines)) == (2, 1), lines
    assert "--workers needs processes that inherit a socket" in lines[0]


def test_there_are_enough() -> None:
    """The list is what issue 14 asks for, each mistake once."""
    assert len({one[0] for one in MISTAKES}) == len(MISTAKES) >= 80
