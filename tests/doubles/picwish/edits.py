"""What traits do to the JSON of an answer before it is sent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

CREATED, RUNNING, DONE, FAILED, REFUSED = "created", "running", "done", "failed", "refused"
_TOLD = (RUNNING, DONE, FAILED)
_ENDED = (DONE, FAILED)
_GOOD = (CREATED, RUNNING, DONE, FAILED)
_ALL = (*_GOOD, REFUSED)

_WORDS = {1: "Complete", 0: "Queued", 2: "Preparing", 3: "Waiting", 4: "Processing"}


def _drop(*names: str) -> Callable[[dict[str, Any]], None]:
    def edit(value: dict[str, Any]) -> None:
        for name in names:
            value.pop(name, None)

    return edit


def _keep(*names: str) -> Callable[[dict[str, Any]], None]:
    return lambda value: _drop(*(set(value) - set(names)))(value)


def _put(**fields: Any) -> Callable[[dict[str, Any]], None]:
    return lambda value: value.update(fields)


def _rename(before: str, after: str) -> Callable[[dict[str, Any]], None]:
    def edit(value: dict[str, Any]) -> None:
        if before in value:
            value[after] = value.pop(before)

    return edit


def _turn(name: str, function: Callable[[Any], Any]) -> Callable[[dict[str, Any]], None]:
    def edit(value: dict[str, Any]) -> None:
        if name in value:
            value[name] = function(value[name])

    return edit


def _milliseconds(data: dict[str, Any]) -> None:
    for name in ("created_at", "completed_at"):
        _turn(name, lambda seconds: seconds * 1000)(data)


def _nested(data: dict[str, Any]) -> None:
    data["input"] = {"task_id": "input", "state": 9, "progress": 12, "image": "", "type": None, "status": 500}


def _relative(image: str) -> str:
    return "/" + image.split("/", 3)[3] if image.startswith("http") else image


def _before_creation(data: dict[str, Any]) -> None:
    data["completed_at"] = data["created_at"] - 60


DATA_EDITS: dict[str, tuple[tuple[str, ...], Callable[[dict[str, Any]], None]]] = {
    "extra_null_fields": (_TOLD, _put(err_info=None, foreground_rect=[], watermark={})),
    "extra_nested_fields": (_TOLD, _nested),
    "running_bare": ((RUNNING,), _keep("task_id", "state")),
    "running_nulls": ((RUNNING,), _put(image=None, completed_at=None)),
    "running_empties": ((RUNNING,), _put(image="", completed_at=0)),
    "running_without_progress": ((RUNNING,), _drop("progress")),
    "failed_bare": ((FAILED,), _keep("task_id", "state", "progress")),
    "failed_nulls": ((FAILED,), _put(image=None, completed_at=None)),
    "failed_empties": ((FAILED,), _put(image="")),
    "type_number": (_TOLD, lambda data: data.update(type=data.get("return_type", 1))),
    "timestamps_milliseconds": (_TOLD, _milliseconds),
    "task_id_missing_at_create": ((CREATED,), _drop("task_id")),
    "task_id_missing_at_end": (_ENDED, _drop("task_id")),
    "task_id_renamed": (_GOOD, _rename("task_id", "id")),
    "task_id_number": (_GOOD, _turn("task_id", int)),
    "state_missing": (_TOLD, _drop("state")),
    "state_renamed": (_TOLD, _rename("state", "task_state")),
    "state_text": (_TOLD, _turn("state", str)),
    "state_words": (_TOLD, _turn("state", lambda state: _WORDS.get(state, "Failed"))),
    "done_told_as_two": ((DONE,), _put(state=2)),
    "done_told_as_hundred": ((DONE,), _put(state=100)),
    "done_told_as_processing": ((DONE,), _put(state=4)),
    "failed_told_as_minus_four": ((FAILED,), _put(state=-4)),
    "failed_told_as_five": ((FAILED,), _put(state=5)),
    "failed_told_as_queued": ((FAILED,), _put(state=0)),
    "failed_told_as_done": ((FAILED,), _put(state=1, progress=100, image="")),
    "progress_missing": (_ENDED, _drop("progress")),
    "progress_text": (_TOLD, _turn("progress", str)),
    "progress_fraction": (_TOLD, _turn("progress", lambda progress: progress / 100 + 0.005)),
    "progress_99_when_done": ((DONE,), _put(progress=99)),
    "progress_101_when_done": ((DONE,), _put(progress=101)),
    "progress_0_when_done": ((DONE,), _put(progress=0)),
    "progress_100_when_failed": ((FAILED,), _put(progress=100)),
    "progress_57_when_failed": ((FAILED,), _put(progress=57)),
    "image_missing": ((DONE,), _drop("image")),
    "image_renamed": ((DONE,), _rename("image", "image_url")),
    "image_null": ((DONE,), _put(image=None)),
    "image_empty": ((DONE,), _put(image="")),
    "image_list": ((DONE,), _turn("image", lambda image: [image])),
    "image_relative": ((DONE,), _turn("image", _relative)),
    "image_ampersands_escaped_twice": ((DONE,), _turn("image", lambda image: image.replace("&", "\\u0026"))),
    "return_type_missing": (_ENDED, _drop("return_type")),
    "return_type_renamed": (_TOLD, _rename("return_type", "result_type")),
    "return_type_text": (_TOLD, _turn("return_type", str)),
    "return_type_always_one": (_TOLD, _put(return_type=1)),
    "type_missing": (_TOLD, _drop("type")),
    "type_list": (_TOLD, _turn("type", lambda kind: [kind])),
    "created_at_missing": (_TOLD, _drop("created_at")),
    "created_at_text": (_TOLD, _turn("created_at", str)),
    "created_at_hours_off": (_TOLD, _turn("created_at", lambda seconds: seconds + 8 * 3600)),
    "completed_at_missing": (_ENDED, _drop("completed_at")),
    "completed_at_text": (_ENDED, _turn("completed_at", str)),
    "completed_at_null": (_ENDED, _put(completed_at=None)),
    "completed_at_before_creation": (_ENDED, _before_creation),
}

BODY_EDITS: dict[str, tuple[tuple[str, ...], Callable[[dict[str, Any]], None]]] = {
    "extra_top_fields": (_ALL, _put(request_id="6c1f", time=0.25, code=0)),
    "refusal_data_null": ((REFUSED,), _put(data=None)),
    "refusal_data_empty": ((REFUSED,), lambda body: body.update(data={})),
    "refusal_extra": ((REFUSED,), _put(error_code=70031, help="https://picwish.example/help")),
    "message_empty": (_ALL, _put(message="")),
    "message_long": (_ALL, _turn("message", lambda text: f'"{text}"\n' + "Please ask our support. " * 30)),
    "message_missing": (_ALL, _drop("message")),
    "message_missing_when_refused": ((REFUSED,), _drop("message")),
    "message_null": (_ALL, _put(message=None)),
    "message_object": (_ALL, _turn("message", lambda text: {"en": text})),
    "message_renamed": (_ALL, _rename("message", "msg")),
    "status_missing": (_ALL, _drop("status")),
    "status_renamed": (_ALL, _rename("status", "code")),
    "status_text": (_ALL, _turn("status", str)),
    "status_zero": (_GOOD, _put(status=0)),
    "status_true": (_GOOD, _put(status=True)),
    "status_200_when_refused": ((REFUSED,), _put(status=200)),
    "refusals_look_good": ((REFUSED,), _put(status=200)),
    "data_missing_at_create": ((CREATED,), _drop("data")),
    "data_missing_when_failed": ((FAILED,), _drop("data")),
    "data_renamed": (_GOOD, _rename("data", "result")),
    "data_list": (_GOOD, _turn("data", lambda data: [data])),
    "data_text": (_GOOD, _turn("data", json.dumps)),
    "data_flattened": (_GOOD, lambda body: body.update(body.pop("data"))),
}


def edit(body: dict[str, Any], kind: str, has: Callable[[str], bool]) -> None:
    """Change the body of an answer of this kind as the traits want it."""
    data = body.get("data")
    for trait, (kinds, change) in DATA_EDITS.items():
        if kind in kinds and isinstance(data, dict) and has(trait):
            change(data)
    for trait, (kinds, change) in BODY_EDITS.items():
        if kind in kinds and has(trait):
            change(body)
