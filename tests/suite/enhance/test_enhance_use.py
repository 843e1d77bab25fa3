"""Wrong use of `greycard enhance` is one message that says what to do, and nothing is sent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result


def names_in(folder: str) -> list[str]:
    """What is in a folder."""
    return sorted(path.name for path in Path(folder).iterdir())


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nope.jpg", "--vendor", "picwish"), "nope.jpg: there is no such file"),
        (("bare", "--vendor", "picwish"), "no picture lies in this folder (.jpg, .jpeg, .png"),
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
        (("a.jpg", "--vendor", "picwish", "--deadline", "nan"), "--deadline"),
        (("a.jpg", "--vendor", "picwish", "--deadline", "0"), "--deadline"),
        (("a.jpg", "--vendor", "picwish", "-o", "a.jpg"), "is a file"),
        (("a.jpg", "--vendor", "picwish", "--base-url", "http://127.0.0.1:99999"), "Port out of range"),
        (("a.jpg", "--vendor", "picwish", "--base-url", "http://[::1"), "cannot be read"),
        (("a.jpg", "--vendor", "picwish", "--base-url", "http://u:p@127.0.0.1"), "base_url may hold no user"),
    ],
)
def test_wrong_use_is_one_message_and_status_2(
    run: Callable[..., Result], arguments: tuple[str, ...], says: str, put: Callable[..., str]
) -> None:
    """Nothing is sent, nothing is written, and the message says what is wrong."""
    put("a.jpg")
    Path("empty.jpg").touch()
    Path("bare").mkdir()
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
    run: Callable[..., Result],
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    says: str,
    put: Callable[..., str],
    keys: dict[str, dict[str, str]],
) -> None:
    """Files of this machine need a public link, and Enhancor's result an address, unless a mock is asked."""
    put("a.jpg")
    for names in keys.values():
        for name in names.values():
            monkeypatch.setenv(name, "a-real-key")
    done = run(*arguments)
    assert done.exit_code == 2
    assert says in " ".join(done.stderr.split())


def test_a_key_over_plain_http_is_warned_about(run: Callable[..., Result], put: Callable[..., str]) -> None:
    """An unencrypted address beyond this machine is named before anything is sent."""
    put("a.jpg")
    done = run("a.jpg", "--vendor", "picwish", "--base-url", "http://api.example.com")
    assert "api.example.com unencrypted" in done.stderr
