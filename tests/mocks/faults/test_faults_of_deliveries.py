"""Faults of deliveries: lost, twice, out of order, late, early, or with a wrong signature."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from greycard_mocks import Mock, Received, VendorMock
from greycard_mocks.core.faults import FaultError, kinds_of


def order(vendor: VendorMock) -> str:
    """Create a Magic Tiger task; returns its id."""
    answer = vendor.session().post(f"{vendor.url}/createtask", json={"picurl": vendor.images.link(), "type": 1})
    return str(answer.json()["data"]["taskid"])


def test_lose_is_told_to_nobody(tiger: VendorMock, inbox: Callable[[VendorMock], list[Received]]) -> None:
    """A lost callback is not tried again: the vendor believes that it has arrived."""
    got = inbox(tiger)
    tiger.fault("lose")
    task = order(tiger)
    tiger.clock.advance(3600)
    assert got == []
    tiger.assert_delivered(task, times=1, outcome="lost")


def test_duplicate_comes_twice(tiger: VendorMock, inbox: Callable[[VendorMock], list[Received]]) -> None:
    """Two equal callbacks for one task."""
    got = inbox(tiger)
    tiger.fault("duplicate")
    order(tiger)
    tiger.clock.advance(3600)
    assert len(got) == 2
    assert got[0].body == got[1].body


def test_reorder_lets_the_next_one_pass(tiger: VendorMock, inbox: Callable[[VendorMock], list[Received]]) -> None:
    """Of two callbacks the later task's comes first."""
    got = inbox(tiger)
    tiger.fault("reorder")
    first = order(tiger)
    tiger.clock.advance(0.1)
    second = order(tiger)
    tiger.clock.advance(3600)
    assert [delivery.json()["data"]["taskid"] for delivery in got] == [second, first]


def test_reorder_waits_until_there_is_a_next_one(
    tiger: VendorMock, inbox: Callable[[VendorMock], list[Received]]
) -> None:
    """A single callback is not held back."""
    got = inbox(tiger)
    fault = tiger.fault("reorder")
    order(tiger)
    tiger.clock.advance(3600)
    assert len(got) == 1
    assert fault.used == 0


def test_late_comes_later(tiger: VendorMock, inbox: Callable[[VendorMock], list[Received]]) -> None:
    """The callback comes as many seconds later as asked for."""
    got = inbox(tiger)
    tiger.fault("late", seconds=100)
    task = order(tiger)
    tiger.clock.advance(tiger.world.tasks[task].finished - tiger.clock.now() + 99)
    assert got == []
    tiger.clock.advance(1)
    assert len(got) == 1


def test_early_comes_before_the_create_is_answered(
    tiger: VendorMock, inbox: Callable[[VendorMock], list[Received]]
) -> None:
    """The receiver has the callback before the application knows the id of its task."""
    got = inbox(tiger)
    tiger.fault("early")
    task = order(tiger)
    assert [delivery.json()["data"]["taskid"] for delivery in got] == [task]
    tiger.clock.advance(3600)
    assert len(got) == 1


def test_bad_signature_fits_no_token(tiger: VendorMock, inbox: Callable[[VendorMock], list[Received]]) -> None:
    """Of two callbacks the first has a wrong signature, the second the right one."""
    from greycard_schemas.signatures import SIGNATURES

    rule = SIGNATURES["md5_body_token"]
    got = inbox(tiger)
    tiger.fault("bad_signature")
    order(tiger)
    order(tiger)
    tiger.clock.advance(3600)
    right = [rule.fits(delivery.headers["md5"], delivery.body, tiger.world.credential) for delivery in got]
    assert right == [False, True]


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(
    ("faults", "arrive", "lost"),
    [
        ({"duplicate": 1, "lose": 1}, 1, 1),
        ({"duplicate": 1, "lose": 2}, 0, 2),
        ({"duplicate": None, "lose": None}, 0, 2),
        ({"bad_signature": 1, "duplicate": 1}, 2, 0),
        ({"bad_signature": 1, "lose": 1}, 0, 1),
        ({"early": 1, "late": 1, "duplicate": 1, "lose": 1}, 1, 1),
        ({"late": 1, "lose": 1}, 0, 1),
    ],
)
def test_faults_of_a_delivery_combine_whatever_came_first(
    tiger: VendorMock,
    inbox: Callable[[VendorMock], list[Received]],
    faults: dict[str, int | None],
    arrive: int,
    lost: int,
    turned: bool,  # noqa: FBT001 - a parameter
) -> None:
    """Each kind has its place in the order; `lose` strikes each copy, and of an early delivery nothing is late."""
    got = inbox(tiger)
    for kind, count in reversed(faults.items()) if turned else faults.items():
        tiger.fault(kind, count=count)
    task = order(tiger)
    if "early" in faults:
        assert len(got) == arrive, "early wins over late"
    tiger.clock.advance(3600)
    assert len(got) == arrive
    if lost:
        tiger.assert_delivered(task, times=lost, outcome="lost")


@pytest.mark.parametrize("kind", kinds_of("delivery"))
def test_a_vendor_without_deliveries_has_no_delivery_faults(picwish_here: VendorMock, kind: str) -> None:
    """A fault that could strike nothing is refused, not ignored."""
    with pytest.raises(FaultError, match="sends no callbacks"):
        picwish_here.fault(kind)


def test_an_unsigned_webhook_has_no_bad_signature(mock: Mock) -> None:
    """Enhancor's webhook carries no signature that could be wrong."""
    with pytest.raises(FaultError, match="no signature"):
        mock.vendor("enhancor").fault("bad_signature")
