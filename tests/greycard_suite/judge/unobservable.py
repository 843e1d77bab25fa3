"""Why statements were not seen: words for live runs by pattern, and the exact list of what no run on the mock looks at.

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


EXCUSES: Final[dict[str, str]] = {
    "#base_url/value": "the suite is told where the target is; a host name is no behaviour",
    "*#result/faces_max": "the answer does not tell how many faces were found",
    "*#request/fix_face_only/default": "the answer does not tell whether the whole picture or only faces were treated",
    "*#pictures/file": "seen with every upload that is accepted",
    "*#pictures/link": "seen with every link that is accepted",
    "*#pictures/ratio_max": "within the sides that the document allows, no picture can exceed this ratio",
    "*#lifecycle/states/*": "the state was not met in this run; a vendor may skip it",
    "*#failed/*": "no task failed in this run, and a failure cannot be forced at a vendor",
    "*#responses/running/*": "no answer was seen while the task was running",
    "*#responses/failed/*": "no task failed in this run, and a failure cannot be forced at a vendor",
    "*#running/*": "no answer was seen while the task was running",
    "*#result/process": "whether the marked area is gone is for an eye to judge",
    "*/x-on-request": "a matter between vendor and account; seen when such a value is refused or accepted",
    "*/inputurl/x-means": "a vendor may give the address of its own copy of the picture",
    "*/chtaskid/x-means": "no private id was sent in this run",
    "*#answer/data/facelist/*": "no face was listed in this run",
    "#errors/*": "this refusal was not met in this run",
    "#link/*": "waiting for the end of a link takes too long for a run",
    "#lifecycle/finish_seconds": "the document says usually, so that no single duration contradicts it",
    "#lifecycle/limit_outcome": "no task reached the time limit in this run",
    "#lifecycle/absent": "no state was seen in this run",
    "*#acknowledgement/*": (
        "what the vendor expects of receivers is the suite's own part; seen when deliveries stop after it"
    ),
}
