"""`greycard enhance` against the mock over loopback; waiting is done on the mock's own clock."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from greycard_mocks.images.testcards import card
from greycard_mocks.testing.vendor import VendorMock
from greycard_schemas.loader import load_contracts
from greycard_suite.enhance.command import enhance
from greycard_suite.enhance.local_links import LocalLinks
from greycard_suite.enhance.pacing import Pacer
from greycard_suite.enhance.vendors import FLOWS, Desk, Picture, Step
from greycard_suite.targets.credentials import variables

VENDORS = ("picwish", "wondershare", "magictiger", "enhancor")
PATIENCE = 20.0
KEYS = {name: variables(vendor) for name, vendor in load_contracts(VENDORS).items()}

Enhance = Callable[..., Result]


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """The keys of whoever runs the tests are not used."""
    for names in KEYS.values():
        for name in names.values():
            monkeypatch.delenv(name, raising=False)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Enhance:
    """Runs the command in an empty folder, against a world of the mock when one is given."""
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments: str, mock: VendorMock | None = None) -> Result:
        words = list(arguments)
        if mock is not None:
            words += ["--vendor", mock.name, "--base-url", mock.url]
            for key, name in KEYS[mock.name].items():
                monkeypatch.setenv(name, mock.credentials[key])
        return CliRunner().invoke(enhance, words, obj=mock.clock if mock else None)

    return invoke


@pytest.fixture
def world(request: pytest.FixtureRequest) -> Callable[[str], VendorMock]:
    """A fresh world of the vendor with this name."""

    def of(name: str) -> VendorMock:
        found: VendorMock = request.getfixturevalue(name)
        return found

    return of


def put(name: str, width: int = 400, height: int = 300) -> str:
    """A test picture in the current folder."""
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(card(width, height, path.suffix[1:]))
    return name


def names_in(folder: str) -> list[str]:
    """What is in a folder."""
    return sorted(path.name for path in Path(folder).iterdir())


def size(path: str) -> tuple[int, int]:
    """The sides of a result, decoded."""
    with Image.open(path) as picture:
        picture.load()
        return picture.size


@pytest.mark.wire
@pytest.mark.parametrize(
    ("vendor", "result", "sides"),
    [
        ("picwish", "a-picwish.jpg", (1600, 1200)),
        ("wondershare", "a-wondershare.png", (3200, 2400)),
        ("magictiger", "a-magictiger.jpg", (800, 600)),
        ("enhancor", "a-enhancor.jpg", (800, 600)),
    ],
)
def test_files_and_links_become_pictures(
    run: Enhance, world: Callable[[str], VendorMock], vendor: str, result: str, sides: tuple[int, int]
) -> None:
    """A file of this machine and a link are enhanced by every vendor's mock, and named after it."""
    mock = world(vendor)
    done = run(put("a.jpg"), f"{mock.url}/_mock/images/300x280.png", "-o", "out", mock=mock)
    assert done.exit_code == 0, done.output
    assert size(f"out/{result}") == sides
    assert names_in("out") == sorted([f"300x280-{vendor}.png", result])
    assert f"a.jpg -> {Path('out') / result}" in done.stdout
    assert done.stderr == ""


@pytest.mark.wire
@pytest.mark.parametrize("vendor", VENDORS)
def test_a_failed_picture_has_one_line_with_its_reason(
    run: Enhance, world: Callable[[str], VendorMock], vendor: str
) -> None:
    """What is no picture fails with its name and a reason; the others are saved; the exit status is 1."""
    Path("bad.jpg").write_text("hello")
    done = run(put("a.jpg"), "bad.jpg", put("c.jpg"), mock=world(vendor))
    assert done.exit_code == 1
    lines = done.stderr.splitlines()
    assert [line.partition(": failed: ")[0] for line in lines] == ["bad.jpg", lines[-1]]
    assert len(lines[0]) > len("bad.jpg: failed: ")
    assert lines[-1] == "2 of 3 pictures enhanced, 1 failed"
    assert len(list(Path().glob("*-*.*"))) == 2


@pytest.mark.wire
def test_wondershare_gets_batches_of_twenty(run: Enhance, wondershare: VendorMock) -> None:
    """21 pictures are two tasks, of 20 and of 1."""
    names = [put(f"p{number}.jpg", 300, 300) for number in range(21)]
    done = run(*names, "--file-ext", "jpg", "--priority", "9", mock=wondershare)
    assert done.exit_code == 0, done.output
    created = wondershare.assert_requested("fsrtwo.batch", times=2, values={"file_ext": "jpg", "priority": 9})
    assert sorted(len(entry["values"]["images"]) for entry in created) == [1, 20]
    assert len(list(Path().glob("p*-wondershare.jpg"))) == 21


@pytest.mark.wire
def test_a_batch_that_failed_as_a_whole_says_why_for_each_picture(run: Enhance, wondershare: VendorMock) -> None:
    """When no picture of a task succeeds, each still gets its own reason."""
    Path("bad.jpg").write_text("hello")
    done = run("bad.jpg", put("small.jpg", 100, 100), mock=wondershare)
    assert done.exit_code == 1
    assert "bad.jpg: failed: wondershare task" in done.stderr
    assert "not an image" in done.stderr
    assert "resolution" in done.stderr


@pytest.mark.wire
def test_the_eraser_takes_a_mask_from_a_file(run: Enhance, wondershare: VendorMock) -> None:
    """A local mask is sent as Base64, and the result has the size of the picture."""
    put("mask.png")
    done = run(put("a.jpg"), "--feature", "rw", "--mask", "mask.png", mock=wondershare)
    assert done.exit_code == 0, done.output
    assert size("a-wondershare.jpg") == (400, 300)
    wondershare.assert_requested("rw.batch", times=1)


@pytest.mark.wire
def test_picwish_is_never_asked_too_often(run: Enhance, picwish: VendorMock) -> None:
    """Seven pictures, one after the other, keep to two requests a second: none is refused."""
    done = run(*(put(f"p{number}.jpg", 40, 30) for number in range(7)), "--jobs", "1", mock=picwish)
    assert done.exit_code == 0, done.output
    assert [entry["status"] for entry in picwish.requests] == [200] * 7


@pytest.mark.wire
def test_seven_threads_share_one_rate(run: Enhance, picwish: VendorMock) -> None:
    """All pictures are enhanced.

    Here time leaps while requests are under way, so that some may arrive together; those are refused and tried again.
    """
    done = run(*(put(f"p{number}.jpg", 40, 30) for number in range(7)), "--jobs", "7", mock=picwish)
    assert done.exit_code == 0, done.output
    statuses = [entry["status"] for entry in picwish.requests]
    assert statuses.count(200) == 7
    assert set(statuses) <= {200, 429}


@pytest.mark.wire
def test_options_reach_the_vendor(run: Enhance, picwish: VendorMock, enhancor: VendorMock) -> None:
    """Type, factor and mode are sent as given."""
    assert run(put("a.jpg"), "--type", "face", "--scale-factor", "2", mock=picwish).exit_code == 0
    picwish.assert_requested("scale.create", values={"type": "face", "scale_factor": 2})
    assert run("a.jpg", "--mode", "professional", mock=enhancor).exit_code == 0
    assert size("a-enhancor.jpg") == (1600, 1200)


@pytest.mark.wire
def test_enhancor_with_its_result_in_the_status_needs_no_webhook(run: Enhance, enhancor: VendorMock) -> None:
    """With an address of the user's the status answer's result is used where there is one."""
    done = run(put("a.jpg"), "--webhook-url", "http://127.0.0.1:9/", mock=enhancor)
    assert done.exit_code == 1
    assert "its status answer holds no result" in done.stderr
    enhancor.set_variants(status_result="when_completed")
    assert run("a.jpg", "--webhook-url", "http://127.0.0.1:9/", mock=enhancor).exit_code == 0


@pytest.mark.wire
def test_a_task_with_several_results_has_them_all_saved(run: Enhance, magictiger: VendorMock) -> None:
    """Magic Tiger's colorizing gives more than one picture."""
    done = run(put("a.jpg"), "--type", "8", mock=magictiger)
    assert done.exit_code == 0, done.stderr
    names = ["a-magictiger.jpg", *(f"a-magictiger-{number}.jpg" for number in (2, 3, 4))]
    assert done.stdout.strip() == f"a.jpg -> {', '.join(names)}"
    assert [size(name) for name in names] == [(800, 600)] * len(names)
    assert len({Path(name).read_bytes() for name in names}) == len(names)
    assert "is there already" in run("a.jpg", "--type", "8", mock=magictiger).stderr


@pytest.mark.wire
def test_nothing_is_overwritten_without_force(run: Enhance, magictiger: VendorMock) -> None:
    """A result that is there already is kept and nothing is sent; --force replaces it."""
    Path("a-magictiger.jpg").write_text("mine")
    done = run(put("a.jpg"), mock=magictiger)
    assert done.exit_code == 1
    assert "a-magictiger.jpg is there already" in done.stderr
    assert Path("a-magictiger.jpg").read_text() == "mine"
    assert magictiger.requests == []
    assert run("a.jpg", "--force", mock=magictiger).exit_code == 0
    assert size("a-magictiger.jpg") == (800, 600)


@pytest.mark.wire
def test_pictures_of_one_name_do_not_collide(run: Enhance, magictiger: VendorMock) -> None:
    """Two files called a get two results; the same file given twice is one picture."""
    done = run(put("x/a.jpg"), put("y/a.jpg"), "./x/a.jpg", mock=magictiger)
    assert done.exit_code == 0
    assert sorted(path.name for path in Path().glob("*.jpg")) == ["a-2-magictiger.jpg", "a-magictiger.jpg"]


@pytest.mark.wire
def test_a_wrong_key_is_tried_once_a_thread(run: Enhance, picwish: VendorMock, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a 401 the rest is not sent, has its lines all the same, and the key is in none of them."""
    monkeypatch.setenv("GREYCARD_PICWISH_API_KEY", "wrong-and-secret")
    names = [put(f"p{number}.jpg", 40, 30) for number in range(4)]
    done = run(*names, "--vendor", "picwish", "--base-url", picwish.url, "--jobs", "1")
    assert done.exit_code == 1
    assert done.stderr.count("not sent") == 3
    assert done.stderr.count("HTTP 401") == 4
    assert "wrong-and-secret" not in done.output


@pytest.mark.wire
def test_a_result_that_is_no_picture_is_kept_and_told(
    run: Enhance, picwish: VendorMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be read as a picture is kept as .bin, and its picture counts as failed."""

    def flow(_: Desk, pictures: Sequence[Picture]) -> Iterator[Step]:
        yield Step(pictures[0], lambda path: path.write_bytes(b"<html>sorry</html>"))

    monkeypatch.setitem(FLOWS, "picwish", flow)
    done = run(put("a.jpg"), mock=picwish)
    assert done.exit_code == 1
    assert "a.jpg: failed: the result is not a picture" in done.stderr
    assert Path("a-picwish.bin").read_bytes() == b"<html>sorry</html>"


@pytest.mark.wire
def test_a_mistake_of_ours_is_not_hidden(run: Enhance, picwish: VendorMock, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error that no user can cause leaves the threads and the command as it is."""

    def flow(_: Desk, pictures: Sequence[Picture]) -> Iterator[Step]:
        raise KeyError(pictures)

    monkeypatch.setitem(FLOWS, "picwish", flow)
    assert isinstance(run(put("a.jpg"), mock=picwish).exception, KeyError)


@pytest.mark.wire
def test_a_task_that_never_ends_is_given_up(run: Enhance, magictiger: VendorMock) -> None:
    """--timeout bounds the wait for a task."""
    magictiger.scenario(stuck="processing")
    done = run(put("a.jpg"), "--timeout", "30", mock=magictiger)
    assert done.exit_code == 1
    assert "after 30 s" in done.stderr


@pytest.mark.wire
def test_a_server_that_is_not_there_is_named(
    run: Enhance, magictiger: VendorMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a server each picture has its line, and there is no traceback."""
    monkeypatch.chdir(Path.cwd())
    arguments = (put("a.jpg"), put("b.jpg"), "--vendor", "magictiger", "--base-url", "http://127.0.0.1:1")
    done = CliRunner().invoke(enhance, arguments, obj=magictiger.clock)
    assert done.exit_code == 1
    assert done.stderr.count("no connection") == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nope.jpg", "--vendor", "picwish"), "nope.jpg: there is no such file"),
        ((".", "--vendor", "picwish"), "is a folder"),
        (("empty.jpg", "--vendor", "picwish"), "is empty"),
        (("a\0b.jpg", "--vendor", "picwish"), "a\\x00b.jpg: there is no such file"),
        (("a.jpg", "--vendor", "picwish"), "set GREYCARD_PICWISH_API_KEY"),
        (
            ("a.jpg", "--vendor", "wondershare"),
            "GREYCARD_WONDERSHARE_APP_KEY and GREYCARD_WONDERSHARE_APP_SECRET",
        ),
        (("a.jpg", "--vendor", "nobody"), "nobody"),
        (("a.jpg", "--vendor", "picwish", "--mode", "fast"), "--mode is not for PicWish"),
        (("a.jpg", "--vendor", "picwish", "--type", "x"), "clean or face"),
        (("a.jpg", "--vendor", "magictiger", "--type", "x"), "is a number"),
        (("a.jpg", "--vendor", "magictiger", "--webhook-url", "http://x/"), "--callback-url"),
        (("a.jpg", "--vendor", "wondershare", "--feature", "rw"), "needs --mask"),
        (("a.jpg", "--vendor", "wondershare", "--mask", "a.jpg"), "--feature rw"),
        (("a.jpg", "--vendor", "wondershare", "--priority", "10"), "--priority"),
        (("a.jpg", "--vendor", "enhancor", "--webhook-url", "mailto:x"), "absolute http"),
        (("a.jpg", "--vendor", "picwish", "--timeout", "nan"), "--timeout"),
        (("a.jpg", "--vendor", "picwish", "--timeout", "0"), "--timeout"),
        (("a.jpg", "--vendor", "picwish", "-o", "a.jpg"), "is a file"),
        (("a.jpg", "--vendor", "picwish", "--base-url", "http://127.0.0.1:99999"), "Port out of range"),
        (("a.jpg", "--vendor", "picwish", "--base-url", "http://[::1"), "cannot be read"),
        (("a.jpg", "--vendor", "picwish", "--base-url", "http://u:p@127.0.0.1"), "base_url may hold no user"),
    ],
)
def test_wrong_use_is_one_message_and_status_2(run: Enhance, arguments: tuple[str, ...], says: str) -> None:
    """Nothing is sent, nothing is written, and the message says what is wrong."""
    put("a.jpg")
    Path("empty.jpg").touch()
    before = names_in(".")
    done = run(*arguments)
    assert done.exit_code == 2
    assert says in done.stderr
    assert "Traceback" not in done.output
    assert names_in(".") == before


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("a.jpg", "--vendor", "enhancor"), "put it somewhere public"),
        (("a.jpg", "--vendor", "wondershare"), "put it somewhere public"),
        (("https://example.com/a.jpg", "--vendor", "enhancor"), "give --webhook-url"),
        (("https://example.com/a.jpg", "--vendor", "magictiger"), "give --base-url"),
    ],
)
def test_what_a_real_vendor_cannot_reach_is_refused(
    run: Enhance, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], says: str
) -> None:
    """Files of this machine need a public link, and Enhancor's result an address, unless a mock is asked."""
    put("a.jpg")
    for names in KEYS.values():
        for name in names.values():
            monkeypatch.setenv(name, "a-real-key")
    done = run(*arguments)
    assert done.exit_code == 2
    assert says in " ".join(done.stderr.split())


def test_a_key_over_plain_http_is_warned_about(run: Enhance) -> None:
    """An unencrypted address beyond this machine is named before anything is sent."""
    put("a.jpg")
    done = run("a.jpg", "--vendor", "picwish", "--base-url", "http://api.example.com")
    assert "api.example.com unencrypted" in done.stderr


@pytest.mark.wire
def test_local_links_give_only_their_files(tmp_path: Path) -> None:
    """Each file has its own name that cannot be guessed; everything else is 404."""
    import requests

    first, second = tmp_path / "one", tmp_path / "two"
    first.write_bytes(b"1" * 200_000)
    second.write_bytes(b"22")
    with LocalLinks() as links, requests.Session() as session:
        session.trust_env = False
        session.mount("http://", requests.adapters.HTTPAdapter(max_retries=1))  # a server may end a kept connection
        link = links.link(first)
        assert session.get(link).content == b"1" * 200_000
        assert session.get(links.link(second)).content == b"22"
        base = link.rpartition("/")[0]
        for path in ("/", "/one", f"/{first}", "/../one", "/%2e%2e/one"):
            assert session.get(base + path).status_code in (400, 404)
        first.unlink()
        assert session.get(link).status_code == 404
        assert session.post(links.webhook_url, data=b"{}").status_code == 400
        assert session.post(f"{base}/guess", data=b"{}").status_code == 404
        good = b'{"request_id": "r", "status": "success", "result": "http://x/"}'
        assert session.post(links.webhook_url, data=good).status_code == 200
        webhook = links.webhook("r")
        assert webhook is not None
        assert webhook.result == "http://x/"


def test_a_pacer_lets_no_more_pass_than_it_may() -> None:
    """Of any three in a row, the third comes more than a second after the first."""

    class Clock:
        time = 100.0

        def now(self) -> float:
            return self.time

        def sleep(self, seconds: float) -> None:
            self.time += max(0.0, seconds)

    clock = Clock()
    pacer = Pacer(clock, 2)
    passed: list[float] = []
    for _ in range(7):
        pacer.wait()
        passed.append(clock.now())
    assert all(later - earlier > 1 for earlier, later in zip(passed, passed[2:], strict=False))
    assert passed[-1] - passed[0] < 4


@pytest.mark.wire
@pytest.mark.slow
def test_ctrl_c_ends_cleanly(magictiger: VendorMock, tmp_path: Path, source_path: str) -> None:
    """An interrupted run says what is done, leaves nothing half-written and no traceback."""
    (tmp_path / "a.jpg").write_bytes(card(100, 100, "jpg"))
    # a shell that runs the tests in the background would have the signal ignored
    code = "import signal as s; s.signal(2, s.default_int_handler); import greycard_suite.cli as c; c.main()"
    words = ["enhance", "a.jpg", "--vendor", "magictiger", "--base-url", magictiger.url, "-o", "out"]
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("COV")},
        "PYTHONPATH": source_path,
        "GREYCARD_MAGICTIGER_TOKEN": magictiger.credentials["token"],
    }
    with subprocess.Popen(
        [sys.executable, "-c", code, *words],
        cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        deadline, pause = time.monotonic() + PATIENCE, threading.Event()
        while not magictiger.requests and time.monotonic() < deadline:
            pause.wait(0.01)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, output) == (130, "")
    assert errors == "stopped: 0 of 1 pictures enhanced; tasks under way go on at the vendor\n"
    assert list((tmp_path / "out").iterdir()) == []
