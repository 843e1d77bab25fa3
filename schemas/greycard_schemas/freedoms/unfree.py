"""Why some assumed statements leave no freedom: a reason for each, by the exact id or by a narrow pattern of it.

A statement stands here when nothing about it can vary without breaking a documented line, or when it is no
behaviour of the vendor. No reason covers a statement that has a freedom; a test counts both.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from greycard_schemas.claims.derive import Claim
    from greycard_schemas.loader import Vendor

REASONS: Final[dict[str, str]] = {
    "#base_url/value": "where a vendor is, is told to whoever calls it; a host name is no behaviour",
    "#paths/prefix": "a vendor at other addresses answers nothing; its address is told by --base-url and the data",
    "*#path": "an operation at another address answers nothing; an address is a matter of the data, not of behaviour",
    "*#method": "a call by another method reaches nothing, and a mock of ours sends its deliveries by POST only",
    "#auth/scheme": "a key that is given in another way is refused, which is how a wrong key looks",
    "#auth/header": "a key that is given in another header is refused, which is how a wrong key looks",
    "*#request/*/x-in": "a parameter that does not stand in the path is another path",
    "*#request/task_id/minLength": "an empty name in a path is another path",
    "#lifecycle/absent": "it excludes nothing, so that nothing contradicts it",
    "#lifecycle/states/*/phase": "the phase is what the value means; another meaning is another value, which is free",
    "enhancor#units/megabyte": "no document of this vendor gives a size in MB",
    "*#address/account": "where the address is given is settled between vendor and account, before any call",
    "*#acknowledgement/type": "what a receiver answers is no behaviour of the vendor",
    "*#request/type": "a form, or the parameters of a path, cannot be anything but names with values",
    "*#request/*/type": "an address is text; a value of another type could not be sent in a form",
    **dict.fromkeys(
        [f"*#{name}/type" for name in ("accepted", "running", "succeeded", "failed", "answer", "deleted", "body")],
        "the documents show objects; another kind of answer breaks every documented line about its fields",
    ),
    **dict.fromkeys(
        [
            "*#accepted/*[iI]d/minLength",
            "*#requestId/minLength",
            "*#task_id/minLength",
            "*#running/*id/minLength",
            "*#failed/*id/minLength",
            "*#body/*id/minLength",
            "*#body_failed/*id/minLength",
            "*#answer/*id/minLength",
        ],
        "an id that is empty names no task, which breaks the line that speaks of the task's id",
    ),
    "*/image/minLength": "a finished answer without a result breaks the line that speaks of the result",
    "*/result/minLength": "a finished answer without a result breaks the line that speaks of the result",
    "*#result/automatic/*/factor": "the document says that the size is kept; another factor would not keep it",
    "*#body/data/*path*/minimum": "the picture of a finished task is there, and the document says what its figures are",
    "*#body/data/facenum/minimum": "what is counted in a finished task is there, and a count is not less than nothing",
    "*/facelist/items/*/minimum": "an entry is a picture that is there, and the document says what its figures are",
}
"""Why, by pattern of the id, with or without the vendor; the first that matches counts."""


def why_unfree(claim: str, vendor: str) -> str:
    """Why an assumed statement of this vendor leaves no freedom; empty when nobody says."""
    local = claim[len(vendor) :]
    return next((why for pattern, why in REASONS.items() if fnmatchcase(local, pattern) or claim == pattern), "")


def left_over(vendor: Vendor, claims: dict[str, Claim], used: set[str]) -> list[str]:
    """The assumed statements that no freedom uses and no reason explains, by id."""
    return [
        claim
        for claim, one in claims.items()
        if one.origin == "assumed" and claim not in used and not why_unfree(claim, vendor.name)
    ]
