"""Mock vendor servers of image-enhancement APIs: they do what the vendors' documents say, on real pictures.

`Mock` starts them; the pytest fixtures stand in `greycard_mocks.plugin`. This module only re-exports.
"""

from __future__ import annotations

from greycard_mocks.delivery.applications import Received
from greycard_mocks.testing.clock import FrozenClockWarning
from greycard_mocks.testing.mock import Mock
from greycard_mocks.testing.vendor import VendorMock

__all__ = ["FrozenClockWarning", "Mock", "Received", "VendorMock"]
