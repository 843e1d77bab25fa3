"""Why a statement was not exercised in a run: derived from what the run saw, so that it is true of that run.

Statements that no run at all can look at have a reason of their own. Says nothing of a verdict, and sends nothing.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from greycard_suite.judge.accepted_form import related

if TYPE_CHECKING:
    from collections.abc import Mapping

    from greycard_schemas.claims.derive import Claim
    from greycard_suite.judge.seen import Seen

NEVER: Final[dict[str, str]] = {
    "#base_url/value": "the suite is told where the target is; a host name is no behaviour",
    "*#result/faces_max": "the answer does not tell how many faces were found",
    "*#request/fix_face_only/default": "the answer does not tell whether the whole picture or only faces were treated",
    "*#pictures/ratio_max": "within the sides that the document allows, no picture can exceed this ratio",
    "*#result/process": "whether the marked area is gone is for an eye to judge",
    "*/inputurl/x-means": "a vendor may give the address of its own copy of the picture",
    "*#acknowledgement/*": "what the vendor expects of receivers is the suite's own part; seen when deliveries stop",
}
"""Statements that no answer tells of, by pattern."""

OTHERWISE: Final[dict[str, str]] = {
    "#link/*": "the end of a link was not waited for in this run",
    "#lifecycle/limit_outcome": "no task reached the time limit in this run",
    "#lifecycle/limit_seconds": "no task reached the time limit in this run",
    "#lifecycle/finish_seconds": "the document says usually, so that no single duration contradicts it",
    "#lifecycle/absent": "no state was read in this run",
    "*/x-on-request": "a matter between vendor and account; seen when such a value is refused or accepted",
    "*/chtaskid/x-means": "no private id was sent in this run",
    "*#answer/data/facelist/*": "no face was listed in this run",
}
"""What was not seen, where nothing else says why, by pattern."""

ONLY_A_MOCK: Final = "only the mock can be told to bring this about, and no answer of this run happened to show it"


def never(claim: Claim) -> str:
    """Why no run at all looks at a statement; empty when one can."""
    local = claim.id[len(claim.vendor) :]
    return next((why for pattern, why in NEVER.items() if fnmatchcase(local, pattern)), "")


def reason_for(claim: Claim, seen: Seen, told: str, missing: Mapping[str, str]) -> str:
    """Why a statement was not exercised in the run that saw this.

    `told` is what the tests say (or empty), `missing` by operation why nothing of it could be seen.
    """
    if claim.operation in missing:
        return missing[claim.operation]
    create = _create_of(claim, seen)
    family, _, rest = claim.id.partition("#")[2].partition("/")
    if family == "errors":
        return _of_error(claim, rest.partition("/")[0], seen)
    if family == "lifecycle" and rest.startswith("states/"):
        return _of_state(rest.split("/")[1], seen) or told
    if create and not seen.tasks.get(create) and create not in seen.inline:
        return f"no task of {create} was created in this run"
    phase = rest.partition("/")[0] if family == "responses" else family
    if create and phase in ("running", "failed", "succeeded") and not _phase(seen, create, phase):
        return {
            "running": "no answer was seen while a task was running",
            "failed": "no task failed in this run",
            "succeeded": "no task ended well in this run",
        }[phase]
    kind = seen.vendor.operations[claim.operation].kind if claim.operation in seen.vendor.operations else ""
    if kind == "delivery" and not seen.delivered[claim.operation]:
        return told if "receiver" in told or "deliver" in told else "no delivery of a task of this run arrived"
    local = claim.id[len(claim.vendor) :]
    plain = next((why for pattern, why in OTHERWISE.items() if fnmatchcase(local, pattern)), "")
    return plain or told or "what this run sent did not come to it"


def _create_of(claim: Claim, seen: Seen) -> str:
    operation = seen.vendor.operations.get(claim.operation)
    return related(seen.vendor, operation)[0] if operation is not None else ""


def _phase(seen: Seen, create: str, phase: str) -> int:
    return seen.phases[create][phase] if create in seen.phases else 0


def _of_error(claim: Claim, error: str, seen: Seen) -> str:
    data = seen.vendor.data
    code = str(data["errors"][error]["code"])
    if seen.codes[code]:
        return "a refusal with this code was seen, in a situation in which another may come as well"
    if error == data.get("balance", {}).get("error"):
        return f"the account did not run out of balance in this run; {ONLY_A_MOCK}"
    if error == "server_error":
        return f"the vendor had no error of its own in this run; {ONLY_A_MOCK}"
    return f"no request of this run was refused with {claim.value if claim.id.endswith('/code') else code}"


def _of_state(state: str, seen: Seen) -> str:
    found = seen.vendor.data["lifecycle"]["states"].get(state)
    if found is None:
        return ""
    if seen.states[state]:
        return f"a task was seen in the state {found['value']}, and not asked for again after that"
    return f"no task was seen in the state {found['value']} in this run"
