"""The life of a task: what is told of it is a function of its plan and the time."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, Any

from doubles.wondershare.common import Has, Product, pick

if TYPE_CHECKING:
    from collections.abc import Callable

    from doubles.wondershare.orders import Order
    from doubles.wondershare.pictures import Picture

WAITING, RUNNING, DONE, FAILED, CLOSED, TIMED_OUT = "1", "2", "3", "4", "5", "6"

RENUMBERED: dict[str, dict[str, str]] = {
    "status_words": {"1": "waiting", "2": "processing", "3": "completed", "4": "failed"},
    "status_padded": {one: f"0{one}" for one in "123456"},
    "status_done_failed_swapped": {"3": "4", "4": "3"},
    "status_done_five": {"3": "5"},
    "status_failed_seven": {"4": "7"},
    "status_waiting_zero": {"1": "0"},
    "status_waiting_failed": {"1": "4"},
    "status_running_five": {"2": "5"},
    "status_running_eight": {"2": "8"},
    "status_running_done": {"2": "3"},
    "status_early_swapped": {"1": "2", "2": "1"},
}
"""Changes that tell another number for a state."""

_SLOWER = {"status_waiting_zero", "status_waiting_failed", "status_running_five", "status_running_eight"}
_SLOWER |= {"status_running_done", "status_early_swapped", "unfinished_refused"}


@dataclass(slots=True)
class Task:
    """One accepted create."""

    number: int
    id: str
    product: Product
    order: Order | None
    created: float
    starts: float
    ends: float
    failure: str = ""
    pictures: list[Picture] | None = None
    reads_when_done: int = 0
    files: dict[int, tuple[bytes, str]] = field(default_factory=dict)

    def state(self, now: float) -> str:
        """Waiting, in progress, or done (however it ended)."""
        return WAITING if now < self.starts else RUNNING if now < self.ends else DONE


def schedule(number: int, order: Order | None, now: float, has: Has) -> tuple[float, float]:
    """When a task starts and when it ends."""
    starts, ends = now + 0.4, now + 1.0 + 0.5 * (number % 4)
    count = len(order.links) if order else 0
    if has("task_uneven"):
        ends = now + (0.6, 9.0, 1.5, 4.2)[number % 4]
    if has("task_slow"):
        starts, ends = now + 2, now + 20
    if has("task_waits_long") or any(has(trait) for trait in _SLOWER):
        starts, ends = now + 5, now + 10
    if has("task_grows_with_batch"):
        ends += 0.5 * count
    if has("task_instant"):
        starts = ends = now
    if has("never_waiting"):
        starts = now
    if has("never_in_progress"):
        starts = ends
    if has("never_ends") or (has("large_batch_never_ends") and count > 4):
        ends = inf
    if has("priority_zero_never_starts") and order and order.priority == 0:
        starts = ends = inf
    return starts, ends


def fault(task: Task, index: int, has: Has) -> str:
    """Why one picture of a task has failed; empty when it has not."""
    picture = (task.pictures or [])[index]
    if has("failed_told_done"):
        return ""
    if picture.reason:
        return picture.reason
    order = task.order
    spoiled = has("good_fails") or (has("third_task_fails") and task.number % 3 == 2)
    spoiled |= bool(has("priority_nine_fails") and order and order.priority == 9)
    spoiled |= bool(has("second_picture_fails") and index == 1)
    return "internal error" if spoiled else ""


def outcome(task: Task, has: Has) -> str:
    """How the task ends."""
    if has("good_closed"):
        return CLOSED
    faults = [fault(task, index, has) for index in range(len(task.pictures or ()))]
    failed = bool(task.failure) or (bool(faults) and all(faults)) or (has("part_failure_fails") and any(faults))
    if not failed or (has("failed_pictures_complete") and not task.failure):
        return DONE
    if has("failed_timed_out") and any("download" in one for one in faults):
        return TIMED_OUT
    return CLOSED if has("failed_closed") else FAILED


def entries(task: Task, link: Callable[[Task, int], str], has: Has) -> list[dict[str, Any]]:
    """The list of results of a task that has ended."""
    if task.failure:
        return [_failed(task.failure, has)]
    told: list[dict[str, Any]] = []
    if has("good_closed"):
        return told
    for index in range(len(task.pictures or ())):
        if why := fault(task, index, has):
            told.append(_failed(why, has))
        else:
            shown = 0 if has("link_of_first") else index
            status = pick(has, {"item_words": "success", "item_zero_one": "0"}, DONE)
            reason = pick(has, {"reason_ok": "ok"}, "")
            address = (task.pictures or [])[index].link if has("link_of_input") else link(task, shown)
            told.append({"image_result": address, "status": status, "reason": reason})
    if has("item_names_source"):
        for entry, picture in zip(told, task.pictures or (), strict=True):
            entry["image_url"] = picture.link
    return told[::-1] if has("list_reversed") else told


def _failed(why: str, has: Has) -> dict[str, Any]:
    status = pick(has, {"item_words": "failed", "item_zero_one": "1"}, FAILED)
    reason = pick(has, {"reasons_chinese": "图片不符合要求", "reasons_coded": "E1003"}, why)
    entry: dict[str, Any] = {"image_result": "", "status": status, "reason": reason}
    if has("failed_result_null"):
        entry["image_result"] = None
    if has("failed_result_absent"):
        del entry["image_result"]
    return entry


def unfinished_list(task: Task, now: float, finished: list[dict[str, Any]], has: Has) -> Any:
    """The list of a task that still goes on."""
    if has("list_null_before"):
        return None
    if has("list_waits_along"):
        status = pick(has, {"item_words": "waiting", "item_zero_one": "2"}, task.state(now))
        return [{"image_result": "", "status": status, "reason": ""} for _ in task.pictures or ()]
    if has("list_grows") and task.starts < now < task.ends < inf:
        return finished[: int(len(finished) * (now - task.starts) / (task.ends - task.starts))]
    return []


def wait_time(task: Task, now: float, has: Has) -> str:
    """The advice when to ask again."""
    if task.state(now) == DONE:
        return pick(has, {"wait_stays": "3"}, "0")
    if has("wait_counts_down"):
        return str(max(1, round(min(task.ends - now, 60))))
    return pick(has, {"wait_fraction": "0.5", "wait_long": "30", "wait_zero": "0"}, "1")
