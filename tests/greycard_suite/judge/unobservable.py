"""Statements that cannot be seen from outside, each with its reason. They still count when something shows them."""

from __future__ import annotations

from typing import Final

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
