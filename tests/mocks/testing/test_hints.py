"""Reasons that say what to do: limits of pictures that another reading widens, a rate in a world that stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from greycard_mocks import Mock, VendorMock
from greycard_mocks.images.testcards import card

SCALE = "/api/tasks/visual/scale"
MIB = 1 << 20


@pytest.fixture
def mock() -> Iterator[Mock]:
    """All vendors in this process."""
    with Mock(in_process=True) as made:
        yield made


def upload(vendor: VendorMock, size: int) -> Any:
    """Send PicWish a file of so many bytes."""
    files = {"image_file": ("a.jpg", card(60, 40, "jpeg", size_bytes=size))}
    return vendor.session().post(vendor.url + SCALE, data={"type": "clean"}, files=files)


def by_link(vendor: VendorMock, **picture: Any) -> Any:
    """Send PicWish the link of a picture."""
    data = {"type": "clean", "image_url": vendor.images.link(60, 40, **picture)}
    return vendor.session().post(vendor.url + SCALE, data=data)


CURRENT = "--variant picwish.edition=current"
LIMITS: list[tuple[Callable[[VendorMock], Any], str]] = [
    (lambda vendor: upload(vendor, 15 * MIB + 100), f"; {CURRENT} accepts it"),  # judged when it has been read
    (lambda vendor: upload(vendor, 18 * MIB), f"; {CURRENT} accepts it"),  # by the declared length
    (lambda vendor: by_link(vendor, bytes=16 * MIB), f"; {CURRENT} allows more"),  # its length is not known
]


@pytest.mark.parametrize(("send", "words"), LIMITS)
def test_a_picture_beyond_a_limit_is_told_which_option_widens_it(
    mock: Mock, send: Callable[[VendorMock], Any], words: str
) -> None:
    """Whether the request is refused or its task fails later; and with that option the limit is no more met."""
    vendor = mock.vendor("picwish")
    vendor.set_rate_limit(None)
    reason = send(vendor).headers["X-Greycard-Reason"]
    assert reason.endswith(words)
    assert vendor.requests[-1]["reason"] == reason
    vendor.set_variants(edition="current")
    assert "X-Greycard-Reason" not in send(vendor).headers


def test_a_picture_beyond_every_reading_is_told_no_option(mock: Mock) -> None:
    """A hint that does not help is worse than none."""
    vendor = mock.vendor("picwish")
    vendor.set_rate_limit(None)
    for answer in (upload(vendor, 40 * MIB), by_link(vendor, format="gif")):
        assert "--variant" not in answer.headers["X-Greycard-Reason"]


def test_a_side_within_another_unit_is_told(mock: Mock) -> None:
    """1k may be 1000 or 1024 pixels (S0:33): 1010 is within one of the two, 1050 within neither."""
    vendor = mock.vendor("wondershare")
    for side, told in ((1010, True), (1050, False)):
        body = {"images": [vendor.images.link(side, 300)], "priority": 1, "file_ext": "png"}
        answer = vendor.session().post(f"{vendor.url}/v3/pic/fsrtwo/batch", json=body)
        reason = answer.headers["X-Greycard-Reason"]
        assert ("; --variant wondershare.kilo=binary accepts it" in reason) is told


@pytest.mark.parametrize(
    ("clock", "frozen", "words"),
    [
        ("virtual", False, "time stands still in this world (clock 'virtual'): clock.advance(1), or by curl"),
        ("auto", False, "(clock 'auto'): a poll that is repeated moves it, and so does clock.advance(1)"),
        ("auto", True, "time is frozen in this world: clock.advance(1)"),
        ("real", True, "time is frozen in this world: clock.advance(1)"),
        ("real", False, ""),
    ],
)
def test_a_rate_in_a_world_that_stands_says_so(mock: Mock, clock: str, frozen: bool, words: str) -> None:  # noqa: FBT001
    """The first 429 names the clock and what moves it; where time passes nothing is said of it."""
    vendor = mock.vendor("picwish", clock=clock)
    vendor.set_rate_limit(1)
    if frozen:
        vendor.clock.freeze()
    data = {"type": "clean"}
    first, second = (vendor.session().post(vendor.url + SCALE, data=data) for _ in range(2))
    assert (first.status_code, second.status_code) == (400, 429)
    reason = second.headers["X-Greycard-Reason"]
    assert words in reason
    assert ("advance" in reason) is bool(words)
    if words:
        vendor.clock.advance(1)
        assert vendor.session().post(vendor.url + SCALE, data=data).status_code == 400
