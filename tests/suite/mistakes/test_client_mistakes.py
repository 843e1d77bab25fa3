"""What `Mock` and the client say to typical mistakes of a program: an error of the kind and a sentence to act on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import greycard_client
from greycard_client import MagicTiger, PicWish, Wondershare
from greycard_mocks import Mock

URL = "http://greycard.test"
UNSET: Any = None
A_NUMBER: Any = 3

MISTAKES: tuple[tuple[str, Callable[[], object], type[Exception], tuple[str, ...]], ...] = (
    # (what the program does, the call, the error, words of its sentence)
    ("a misspelt vendor", lambda: Mock(["picwhish"]).engine, ValueError, ("did you mean 'picwish'?",)),
    ("a misspelt variant", lambda: Mock(variants={"picwish": {"edtion": "x"}}).engine, ValueError, ("'edition'?",)),
    ("a text as variant", lambda: Mock(variants=["picwish"]).engine, ValueError, ("VENDOR.VARIANT=OPTION",)),
    ("a misspelt preset", lambda: Mock(preset="observd").engine, ValueError, ("did you mean 'observed'?",)),
    ("a wrong clock", lambda: Mock(clock="fast"), ValueError, ("'auto', 'virtual', 'real'",)),
    ("two speeds", lambda: Mock(clock="real*20", speed=3), ValueError, ("give one of them",)),
    ("a drift of nobody", lambda: Mock(drifts=["rate.limit-up"]).engine, ValueError, ("write VENDOR/ID",)),
    ("a misspelt drift", lambda: Mock(drifts=["picwish/rate.limitup"]).engine, ValueError, ("rate.limit-up",)),
    ("an address with a path", lambda: Mock(allow=["http://a/b"]).engine, ValueError, ("leave out the scheme",)),
    ("a folder that is not there", lambda: Mock(contracts=["none"]).engine, ValueError, ("none",)),
    ("change of a misspelt vendor", lambda: Mock().change("picwhish"), LookupError, ("did you mean 'picwish'?",)),
    ("a variable not set", lambda: PicWish(api_key=UNSET, base_url=URL), TypeError, ("is its variable set?",)),
    ("no scheme", lambda: PicWish(api_key="k", base_url="localhost"), ValueError, ("an absolute http or https URL",)),
    ("no address", lambda: MagicTiger(token="k", base_url=""), ValueError, ("base_url",)),
    (
        "a misspelt client",
        lambda: getattr(greycard_client, "Picwish"),  # noqa: B009 - a name that mypy knows not to be there
        AttributeError,
        ("Picwish",),
    ),
    ("a file that is not there", lambda: picwish().scale(Path("none.jpg")), FileNotFoundError, ("none.jpg",)),
    ("a picture of no kind", lambda: picwish().scale(A_NUMBER), TypeError, ("bytes",)),
    ("a secret not set", lambda: Wondershare("k", UNSET, base_url=URL), TypeError, ("app_secret", "variable set?")),
    ("one link for a list", lambda: wondershare().upscale_8x(f"{URL}/a.jpg"), TypeError, ("write [link]",)),
)


def picwish() -> PicWish:
    """A client that never comes to sending."""
    return PicWish(api_key="test-1", base_url=URL)


def wondershare() -> Wondershare:
    """As `picwish`."""
    return Wondershare(app_key="test-1", app_secret="test-2", base_url=URL)


@pytest.mark.parametrize(("call", "kind", "words"), [one[1:] for one in MISTAKES], ids=[one[0] for one in MISTAKES])
def test_a_mistake_in_a_program(call: Callable[[], object], kind: type[Exception], words: tuple[str, ...]) -> None:
    """The error can be caught by its kind, and says what there is."""
    with pytest.raises(kind) as told:
        call()
    assert [one for one in words if one not in str(told.value)] == [], told.value
    assert "\n" not in str(told.value).strip() or "cannot be used" in str(told.value)
