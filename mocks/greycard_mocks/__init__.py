"""Mock vendor servers of image-enhancement APIs: they do what the vendors' documents say, on real pictures.

`Mock` starts them; the pytest fixtures stand in `greycard_mocks.plugin`, which each pytest run of a user imports. So
this module only re-exports, each name when it is first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from greycard_mocks.delivery.applications import Received
    from greycard_mocks.testing.clock import FrozenClockWarning
    from greycard_mocks.testing.mock import Mock
    from greycard_mocks.testing.vendor import VendorMock

__all__ = ["FrozenClockWarning", "Mock", "Received", "VendorMock"]

_MODULES = {
    "FrozenClockWarning": "testing.clock",
    "Mock": "testing.mock",
    "Received": "delivery.applications",
    "VendorMock": "testing.vendor",
}

if not TYPE_CHECKING:  # who checks types knows all names, and shall find the others

    def __getattr__(name: str) -> object:
        from importlib import import_module

        if name not in _MODULES:
            msg = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(msg)
        found: object = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
        globals()[name] = found
        return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
