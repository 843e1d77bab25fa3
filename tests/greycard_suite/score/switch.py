"""Switches drifts on for all mocks of a pytest run: `--greycard-drift VENDOR/ID`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greycard_schemas.drifts.catalogue import patches_for

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from greycard_mocks.engine.engine import Engine
    from greycard_schemas.loader import Vendor


class Switch:
    """Lets every engine depart by these drifts, each with the name of its vendor."""

    def __init__(self, drifts: Sequence[str]) -> None:
        self._drifts = tuple(drifts)

    def drifts(self, vendors: Mapping[str, Vendor]) -> Mapping[str, tuple[Sequence[str], Sequence[Mapping[str, Any]]]]:
        """Ids and patches for these vendors; raises ContractError, which names near ids, for one that there is not."""
        found = {}
        for name, vendor in vendors.items():
            mine = [one for one in self._drifts if one.partition("/")[0] == name]
            if mine:
                found[name] = (mine, patches_for(vendor, mine))
        return found

    def made(self, engine: Engine) -> None:
        """Nothing more is to be done."""
