"""Changes in the form of the answers: each row is a sentence and the step that does it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from doubles.double import Change
from doubles.wondershare.common import both
from doubles.wondershare.steps import Step, drop, fix, put, rename


@dataclass(frozen=True, slots=True)
class Shape:
    """One change of a form, and the operation whose answers have it."""

    operation: str
    step: Step
    change: Change


def _shapes(operation: str, lines: tuple[str, ...], **rows: tuple[str, Step]) -> dict[str, Shape]:
    return {name: Shape(operation, step, Change(sentence, lines)) for name, (sentence, step) in rows.items()}


def _id_on_top(payload: dict[str, Any]) -> None:
    payload["task_id"] = payload["data"].pop("task_id", None)


def _number(text: Any) -> int:
    return int(text) if str(text).isdigit() else 0


def _by_number(entries: Any) -> Any:
    return {str(number): entry for number, entry in enumerate(entries)} if isinstance(entries, list) else entries


def _links_only(entries: Any) -> Any:
    return [entry.get("image_result") for entry in entries] if isinstance(entries, list) else entries


def _without_host(link: Any) -> Any:
    return "/" + str(link).split("/", 3)[-1] if link else link


SHAPES: dict[str, Shape] = {
    **_shapes(
        "create",
        both(38, 44),
        create_code_missing=("Create answers without a code.", drop("code")),
        create_code_text=("Create tells its code as text.", put("code", str)),
        create_code_renamed=("Create calls its code errno.", rename("code", "errno")),
        create_code_boolean=("Create tells true as its code.", fix("code", True)),
    ),
    **_shapes(
        "create",
        both(44),
        create_code_200=("Create tells 200 for a success.", fix("code", 200)),
    ),
    **_shapes(
        "create",
        both(39, 45),
        create_msg_missing=("Create answers without msg.", drop("msg")),
        create_msg_null=("Create tells null as msg.", fix("msg", None)),
        create_msg_renamed=("Create calls msg message.", rename("msg", "message")),
        create_msg_number=("Create tells a number as msg.", fix("msg", 0)),
    ),
    **_shapes(
        "create",
        both(4, 40, 41, 46, 47),
        create_data_missing=("Create answers without data, and so without an id.", drop("data")),
        create_data_renamed=("Create calls data result.", rename("data", "result")),
        create_data_list=("Create wraps data in an array.", put("data", lambda data: [data])),
        create_data_text=("Create tells data as JSON within a string.", put("data", json.dumps)),
    ),
    **_shapes(
        "create",
        both(4, 41, 47),
        create_id_missing=("Create gives no id.", drop("data.task_id")),
        create_id_renamed=("Create calls the id taskId.", rename("data.task_id", "taskId")),
        create_id_number=("Create gives the id as a number.", put("data.task_id", int)),
        create_id_null=("Create gives null as the id.", fix("data.task_id", None)),
        create_id_empty=("Create gives an empty id.", fix("data.task_id", "")),
        create_id_on_top=("Create gives the id beside data.", _id_on_top),
    ),
    **_shapes(
        "create",
        both(4, 41, 47, 51, 53, 65),
        create_id_reversed=(
            "The id that create gives is not known to the read.",
            put("data.task_id", lambda i: i[::-1]),
        ),
    ),
    **_shapes(
        "read",
        both(70),
        read_code_missing=("The read answers without a code.", drop("code")),
        read_code_text=("The read tells its code as text.", put("code", str)),
        read_code_renamed=("The read calls its code errno.", rename("code", "errno")),
    ),
    **_shapes(
        "read",
        both(71),
        read_msg_missing=("The read answers without msg.", drop("msg")),
        read_msg_null=("The read tells null as msg.", fix("msg", None)),
        read_msg_renamed=("The read calls msg message.", rename("msg", "message")),
        read_msg_list=("The read tells msg as an array.", put("msg", lambda text: [text])),
    ),
    **_shapes(
        "read",
        both(51, 72, 73, 74, 75, 76, 77, 78),
        read_data_missing=("The read answers without data.", drop("data")),
        read_data_renamed=("The read calls data result.", rename("data", "result")),
        read_data_list=("The read wraps data in an array.", put("data", lambda data: [data])),
        read_data_text=("The read tells data as JSON within a string.", put("data", json.dumps)),
    ),
    **_shapes(
        "read",
        both(73),
        read_status_missing=("The read tells no status of the task.", drop("data.status")),
        read_status_renamed=("The read calls the status of the task state.", rename("data.status", "state")),
        read_status_number=("The read tells the status of the task as a number.", put("data.status", _number)),
        read_status_null=("The read tells null as the status of the task.", fix("data.status", None)),
        read_status_object=("The read tells the status within an object.", put("data.status", lambda s: {"value": s})),
    ),
    **_shapes(
        "read",
        both(74),
        read_wait_missing=("The read tells no wait_time.", drop("data.wait_time")),
        read_wait_renamed=("The read calls wait_time waitTime.", rename("data.wait_time", "waitTime")),
        read_wait_number=("The read tells wait_time as a number.", put("data.wait_time", float)),
        read_wait_null=("The read tells null as wait_time.", fix("data.wait_time", None)),
        read_wait_word=("The read tells a word as wait_time.", fix("data.wait_time", "soon")),
        read_wait_negative=("The read tells a wait_time under zero.", fix("data.wait_time", "-5")),
    ),
    **_shapes(
        "read",
        both(75, 76, 77, 78),
        list_missing=("The read has no list.", drop("data.list")),
        list_renamed=("The read calls the list results.", rename("data.list", "results")),
        list_null=("The read tells null as the list, finished or not.", fix("data.list", None)),
        list_empty=("The list stays empty when the task is done.", fix("data.list", [])),
        list_object=("The list is an object with numbered fields.", put("data.list", _by_number)),
        list_links=("The list holds nothing but links.", put("data.list", _links_only)),
        list_nested=("The list lies in another array.", put("data.list", lambda entries: [entries])),
    ),
    **_shapes(
        "read",
        both(18, 75),
        list_last_missing=(
            "The last picture of a batch is not in the list.",
            put("data.list", lambda x: x[:1] + x[1:-1]),
        ),
        list_one_only=("A batch has one entry in the list.", put("data.list", lambda x: x[:1])),
    ),
    **_shapes(
        "read", both(75), list_doubled=("Each entry stands twice in the list.", put("data.list", lambda x: x + x))
    ),
    **_shapes(
        "read",
        both(76),
        link_missing=("Entries have no image_result.", drop("data.list.*.image_result")),
        link_renamed=("Entries call image_result image_url.", rename("data.list.*.image_result", "image_url")),
        link_null=("Entries have null as image_result.", fix("data.list.*.image_result", None)),
        link_empty=("Entries have an empty image_result.", fix("data.list.*.image_result", "")),
        link_object=("Entries have an object as image_result.", put("data.list.*.image_result", lambda x: {"url": x})),
        link_path=("image_result is a path without host.", put("data.list.*.image_result", _without_host)),
    ),
    **_shapes(
        "read",
        both(77),
        item_status_missing=("Entries have no status.", drop("data.list.*.status")),
        item_status_renamed=("Entries call their status state.", rename("data.list.*.status", "state")),
        item_status_number=("Entries tell their status as a number.", put("data.list.*.status", _number)),
    ),
    **_shapes(
        "read",
        both(78),
        reason_missing=("Entries have no reason.", drop("data.list.*.reason")),
        reason_renamed=("Entries call their reason error.", rename("data.list.*.reason", "error")),
        reason_null=("Entries have null as their reason.", fix("data.list.*.reason", None)),
        reason_empty=("A failed picture has no cause.", fix("data.list.*.reason", "")),
    ),
}
