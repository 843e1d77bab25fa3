"""Why statements were not seen on the mock: the exact list of what no whole run on it looks at.

Says nothing of a verdict: a statement counts when something shows it, whatever stands here.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from greycard_schemas.loader import Vendor

EXACT: Final = Path(__file__).with_name("not_exercised_on_mock.json")
"""Reasons, each with the ids that it is about; `when` and `unless` name a variant as VENDOR.VARIANT=OPTION."""


@cache
def _entries() -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads(EXACT.read_text(encoding="utf-8"))
    return entries


def not_exercised_on_mock(vendor: Vendor) -> dict[str, str]:
    """The statements of a vendor that a whole run on the mock does not exercise, by id, each with its reason."""
    chosen = {f"{vendor.name}.{variant}={option}" for variant, option in vendor.variants.items()}
    return {
        claim: str(entry["reason"])
        for entry in _entries()
        if ("when" not in entry or entry["when"] in chosen) and entry.get("unless") not in chosen
        for claim in entry["ids"]
        if claim.startswith((f"{vendor.name}#", f"{vendor.name}/"))
    }
