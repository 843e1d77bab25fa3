"""Vendors without a port, whose clocks stand, for all tests of faults."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from greycard_mocks import Mock, Received, VendorMock


@pytest.fixture
def picwish_here(mock: Mock) -> Iterator[VendorMock]:
    """PicWish without a port."""
    made = mock.vendor("picwish")
    yield made
    made.close()


@pytest.fixture
def tiger(mock: Mock) -> Iterator[VendorMock]:
    """Magic Tiger without a port."""
    made = mock.vendor("magictiger")
    yield made
    made.close()


@pytest.fixture
def inbox() -> Callable[[VendorMock], list[Received]]:
    """Everything that the account's callback address gets; it acknowledges as the document says."""

    def listen(vendor: VendorMock) -> list[Received]:
        got: list[Received] = []

        def take(delivery: Received) -> tuple[int, bytes]:
            got.append(delivery)
            return 200, b'{"code": 0, "data": {"success": true}}'

        vendor.set_callback_url(vendor.receiver(take) + "/told")
        return got

    return listen
