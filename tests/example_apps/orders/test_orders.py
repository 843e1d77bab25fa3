"""An ordinary suite for the orders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from example_apps.orders.app import OrderError, Orders

pytestmark = pytest.mark.greycard_freedom(exclude="free.callback.other-signature")
"""The document names no rule; the vendor has told us this one."""


@pytest.fixture
def orders(magictiger: Any, tmp_path: Path) -> Orders:
    """The application, whose door gets the account's callbacks."""
    made = Orders(magictiger.url, magictiger.credentials["token"], tmp_path / "orders.db")
    magictiger.set_callback_url(magictiger.receiver(made) + "/callback")
    return made


def test_an_order_is_taken(magictiger: Any, orders: Orders) -> None:
    """An order has a status from its beginning."""
    task = orders.order("ann", magictiger.images.link(512, 512))
    assert orders.status(task) in ("ordered", "done")


def test_an_order_is_finished(magictiger: Any, orders: Orders) -> None:
    """The callback finishes it."""
    task = orders.order("ann", magictiger.images.link(512, 512))
    magictiger.clock.advance(60)
    assert orders.status(task) == "done"


def test_an_order_fails(magictiger: Any, orders: Orders) -> None:
    """The callback tells of a failure, or the evening does."""
    magictiger.scenario(outcome="failed")
    task = orders.order("ann", magictiger.images.link(512, 512))
    magictiger.clock.advance(60)
    orders.sweep()
    assert orders.status(task) == "failed"


def test_two_customers(magictiger: Any, orders: Orders) -> None:
    """Orders do not meet."""
    tasks = [orders.order(name, magictiger.images.link(512, 512)) for name in ("ann", "bob")]
    magictiger.clock.advance(60)
    assert len({orders.status(task) for task in tasks}) == 1


@pytest.mark.greycard_freedom(exclude="free.auth.unchecked")
def test_a_bad_token(magictiger: Any, tmp_path: Path) -> None:
    """A token that is wrong is told."""
    with pytest.raises(OrderError):
        Orders(magictiger.url, "wrong", tmp_path / "orders.db").order("ann", magictiger.images.link(512, 512))
