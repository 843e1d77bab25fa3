"""What a contract says beside its schemas: limits as schemas of what they allow, all else by what it speaks of."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    Schema = dict[str, Any] | bool
    Severity = Literal["breaking", "additive", "silent", "undecided"]

_MOST, _LEAST, _ANY_OF, _NONE_OF, _ONLY = "maximum", "minimum", "enum", "not", "const"

LIMITS = {
    "limit": _MOST,
    "window_seconds": _LEAST,
    "life_seconds": _MOST,
    "megabytes": _MOST,
    "link_megabytes": _MOST,
    "side_max": _MOST,
    "side_under": _MOST,
    "side_under_kilo": _MOST,
    "long_side_max": _MOST,
    "ratio_max": _MOST,
    "side_min": _LEAST,
    "side_over": _LEAST,
    "long_side_min": _LEAST,
    "formats": _ANY_OF,
    "formats_shown": _ANY_OF,
    "encodings": _ANY_OF,
    "formats_refused": _NONE_OF,
    "enforced": _ONLY,
    "binary_needs_sync": _ONLY,
}
"""By the last step of a statement how its value limits what may be asked for, sent, or still be fetched.

`window_seconds` is what one has to wait for the next request; less of it is more generous.
"""


def allowed(key: str, value: Any) -> Schema:
    """The schema of what the limit allows, as an object with `key`; everything of its kind where there is no limit."""
    how = LIMITS[key]
    if value is None or (how == _ONLY and not value):
        one: Schema = {"type": "number"} if how in (_MOST, _LEAST) else {}
    elif how in (_MOST, _LEAST):
        one = {"type": "number", how: value}
    else:
        one = {"not": {"enum": value}} if how == _NONE_OF else {how: value}
    return {"type": "object", "required": [key], "properties": {key: one}}


@dataclass(frozen=True, slots=True)
class _Kind:
    """What it means that a statement is another one, is gone, or is new."""

    changed: Severity = "breaking"
    gone: Severity = "silent"
    new: Severity = "additive"


_SILENT = _Kind("silent", "silent", "silent")

_KINDS = {
    "*#on/*": _Kind(gone="breaking"),  # a message that is no longer sent
    "*#headers/*": _Kind(gone="breaking"),
    "*#result/*": _SILENT,  # another picture comes back, and nothing fails
    "*#acknowledgement/*": _SILENT,
    "*#attempts": _SILENT,
    "*#copies": _SILENT,
    "*#lifecycle/limit_seconds": _SILENT,
    "*/x-means": _SILENT,
    "*/default": _SILENT,
    "*#order/*": _SILENT,
}
"""By pattern of the statement's id; the first that fits counts. Anything else is an address, a code or a state."""


def severity_of(claim: str, before: Any, after: Any) -> Severity:
    """What it means that this statement, which is no limit, has changed; None stands for one that is not made."""
    kind = next((one for pattern, one in _KINDS.items() if fnmatchcase(claim, pattern)), _Kind())
    if claim.endswith("/http") and _is_success(before) and _is_success(after):
        return "silent"
    return kind.gone if after is None else kind.new if before is None else kind.changed


def _is_success(status: Any) -> bool:
    return isinstance(status, int) and 200 <= status < 300
