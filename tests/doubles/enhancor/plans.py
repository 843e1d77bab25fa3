"""The life of a request: its id, the moments of its states, and the state at a time."""

from __future__ import annotations

import hashlib
import uuid
from typing import TYPE_CHECKING

from doubles.enhancor.common import COMPLETED, FAILED, IN_PROGRESS, IN_QUEUE, PENDING, pick, some

if TYPE_CHECKING:
    from doubles.enhancor.common import Has, Task

Stages = tuple[tuple[float, str], ...]
_SEEN_SLOWLY = (
    "pending_renamed", "in_queue_renamed", "in_queue_spaced", "in_progress_renamed", "in_progress_hyphen",
    "state_added_last", "state_added_first", "state_lower_case", "state_number", "state_null_until_done",
    "progress_read_fails", "unknown_until_done", "webhook_at_queue", "state_field_late", "reading_fails_in_queue",
)  # fmt: skip
"""Changes of states that would be over before anybody has looked."""


def new_id(has: Has, number: int) -> str:
    """The id of the request with this number."""
    digest = hashlib.sha256(f"enhancor {number}".encode()).hexdigest()
    if some(has, "id_digits", "queue_id_number", "status_id_number", "webhook_id_number"):
        return str(int(digest[:16], 16))
    return pick(
        has,
        {
            "id_uuid": str(uuid.UUID(digest[:32])),
            "id_long": (digest * 4)[:220],
            "id_short": f"r{number}",
            "id_with_signs": f"eu:req.{digest[:8]}-{number}~=_+/",
            "id_upper_case": digest[:24].upper(),
            "id_counted": f"req-{number:09d}",
            "id_beyond_ascii": f"prière-№{number}-{digest[:6]}",
            "id_looks_negative": f"-{number:06d}",
            "id_shared": "0" * 23 + "1",
        },
        digest[:24],
    )


def new_token(number: int) -> str:
    """The secret part of the address of the result of the request with this number."""
    return hashlib.sha256(f"result {number}".encode()).hexdigest()[:32]


def stages(has: Has, mode: str, number: int) -> Stages:
    """Seconds after the queue request and the state that begins then; the last one is the end of the work."""
    even: Stages = ((0, PENDING), (0.2, IN_QUEUE), (0.6, IN_PROGRESS), (1.2, COMPLETED))
    if mode == "professional" and not has("both_modes_alike"):
        even = tuple((2 * moment, state) for moment, state in even)
    if some(has, *_SEEN_SLOWLY):
        even = ((0, PENDING), (3, IN_QUEUE), (6, IN_PROGRESS), (9, COMPLETED))
    planned: Stages = pick(
        has,
        {
            "no_pending": ((0, IN_QUEUE), (0.7, IN_PROGRESS), (1.5, COMPLETED)),
            "no_queue": ((0, PENDING), (0.7, IN_PROGRESS), (1.5, COMPLETED)),
            "only_pending": ((0, PENDING), (2, COMPLETED)),
            "only_in_progress": ((0, IN_PROGRESS), (2, COMPLETED)),
            "queue_before_pending": ((0, IN_QUEUE), (0.7, PENDING), (1.2, IN_PROGRESS), (2, COMPLETED)),
            "instant": ((0, COMPLETED),),
            "slow": ((0, PENDING), (2, IN_QUEUE), (10, IN_PROGRESS), (20, COMPLETED)),
            "long_pending": ((0, PENDING), (11, IN_QUEUE), (11.5, IN_PROGRESS), (12, COMPLETED)),
            "put_back": ((0, IN_QUEUE), (0.8, IN_PROGRESS), (1.6, IN_QUEUE), (2.4, IN_PROGRESS), (3.2, COMPLETED)),
            "state_added_last": (*even[:-1], (9, "POST_PROCESSING"), (12, COMPLETED)),
            "state_added_first": ((0, "UPLOADING"), *((3 + moment, state) for moment, state in even)),
        },
        even,
    )
    if (has("cold_start") and number == 1) or (has("uneven_load") and number % 4 == 0):
        planned = tuple((5 * moment, state) for moment, state in planned)
    return planned


def state_at(has: Has, task: Task, now: float) -> str:
    """The state at this time, as the vendor tells it."""
    if has("state_lags_webhook"):
        now -= 0.5
    state = task.stages[0][1]
    for moment, begun in task.stages:
        if moment <= now + 1e-6:
            state = begun
    if state == COMPLETED and task.reason:
        state = FAILED
    professional = task.order.mode == "professional"
    if state in (COMPLETED, FAILED):
        stuck = {
            "never_ends": (True, IN_PROGRESS),
            "never_ends_in_queue": (True, IN_QUEUE),
            "never_ends_pending": (True, PENDING),
            "professional_never_ends": (professional, IN_PROGRESS),
            "fast_never_ends": (not professional, IN_PROGRESS),
            "every_third_never_ends": (task.number % 3 == 0, IN_PROGRESS),
            "failed_never_ends": (state == FAILED, IN_PROGRESS),
            "told_running_after_webhook": (state == COMPLETED, IN_PROGRESS),
        }
        state = next((told for trait, (met, told) in stuck.items() if met and has(trait)), state)
    if state == COMPLETED:
        if has("completed_told_failed"):
            state = FAILED
        elif task.told_completed:
            state = pick(has, {"completed_regresses": IN_PROGRESS, "completed_turns_failed": FAILED}, state)
            state = pick(has, {"completed_starts_again": PENDING}, state)
        task.told_completed = True
    return state


def fails_by_change(has: Has, task: Task) -> bool:
    """Whether a change lets this request fail although nothing is wrong with it."""
    professional = task.order.mode == "professional"
    return (has("professional_fails") and professional) or (has("fast_fails") and not professional)
