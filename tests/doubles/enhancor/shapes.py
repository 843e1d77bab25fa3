"""The fields of the three bodies: what stands in them, what personalities add, what changes do to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from doubles.enhancor.common import COMPLETED, FAILED, IN_PROGRESS, IN_QUEUE, PENDING, pick

if TYPE_CHECKING:
    from doubles.enhancor.common import Facts, Fields, Has

Edit = Callable[[Any, "Facts"], Any]
"""From a body to another body, at a moment in the life of a request."""


def _put(**fields: Any) -> Edit:
    """Set these fields."""
    return lambda body, _facts: {**body, **fields}


def _drop(name: str) -> Edit:
    """Leave this field out."""
    return lambda body, _facts: {key: value for key, value in body.items() if key != name}


def _rename(old: str, new: str) -> Edit:
    """Give this field another name, where it stands."""
    return lambda body, _facts: {new if key == old else key: value for key, value in body.items()}


def _turn(name: str, function: Callable[[Any], Any]) -> Edit:
    """Make another value of this field, when it is there."""
    return lambda body, _facts: {**body, name: function(body[name])} if name in body else body


def _respell(old: str, new: Any) -> Edit:
    """Tell one state in another way."""
    return _turn("status", lambda state: new if state == old else state)


def _with(function: Callable[[Facts], Fields]) -> Edit:
    """Add fields that depend on the request."""
    return lambda body, facts: {**body, **function(facts)}


def _when(met: Callable[[Facts], bool], edit: Edit) -> Edit:
    """Edit only when the request is so."""
    return lambda body, facts: edit(body, facts) if met(facts) else body


def _done(facts: Facts) -> bool:
    return facts.state == COMPLETED


def _professional(facts: Facts) -> bool:
    return facts.task.order.mode == "professional"


def _dated(facts: Facts) -> Fields:
    return {"createdAt": round(facts.task.made * 1000), "mode": facts.task.order.mode, "userId": "u_71", "tags": []}


_STATES = (PENDING, IN_QUEUE, IN_PROGRESS, COMPLETED, FAILED)

QUEUE: dict[str, Edit] = {
    "queue_more_fields": _with(lambda facts: {"message": "queued", "position": 3, "data": None, **_dated(facts)}),
    "queue_tells_state": _with(lambda facts: {"status": facts.state, "cost": 480.0}),
    "both_id_spellings": _with(lambda facts: {"request_id": facts.task.id}),
    "answers_utf8": _put(message="prêt, 排队中"),
    "success_missing": _drop("success"),
    "success_text": _put(success="true"),
    "success_number": _put(success=1),
    "success_false": _put(success=False),
    "success_null": _put(success=None),
    "success_renamed": _rename("success", "ok"),
    "queue_id_missing": _drop("requestId"),
    "queue_id_snake_case": _rename("requestId", "request_id"),
    "queue_id_renamed": _rename("requestId", "id"),
    "queue_id_number": _turn("requestId", int),
    "queue_id_empty": _put(requestId=""),
    "queue_id_null": _put(requestId=None),
    "queue_id_of_nothing": _turn("requestId", lambda text: text[::-1] + "0"),
    "queue_id_object": _turn("requestId", lambda text: {"id": text}),
    "queue_under_data": lambda body, _facts: {"data": body},
    "queue_in_list": lambda body, _facts: [body],
}
STATUS: dict[str, Edit] = {
    "status_more_fields": _with(lambda facts: {"success": True, "progress": 40, "queue": {"size": 3}, **_dated(facts)}),
    "status_repeats_order": _with(
        lambda facts: {"img_url": facts.task.order.img_url, "webhookUrl": facts.task.order.webhook}
    ),
    "status_result_completed": _when(_done, _with(lambda facts: {"result": facts.link})),
    "status_result_null": _with(lambda facts: {"result": facts.link if _done(facts) else None}),
    "status_result_empty": _with(lambda facts: {"result": facts.link if _done(facts) else ""}),
    "status_result_fresh": _when(_done, _with(lambda facts: {"result": facts.link})),
    "status_images": _with(lambda facts: {"images": [{"url": facts.link}] if _done(facts) else []}),
    "status_error_field": _with(lambda facts: {"error": "The image is damaged" if facts.task.reason else None}),
    "both_id_spellings": _with(lambda facts: {"request_id": facts.task.id}),
    "answers_utf8": _put(message="prêt, 处理中"),
    "cost_fraction": _turn("cost", lambda cost: cost * 0.121875),
    "cost_zero": _put(cost=0),
    "cost_late": _when(lambda facts: facts.state not in (COMPLETED, FAILED), _drop("cost")),
    "cost_null_first": _when(lambda facts: facts.state not in (COMPLETED, FAILED), _put(cost=None)),
    "cost_estimate": _when(lambda facts: facts.state not in (COMPLETED, FAILED), _put(cost=999.5)),
    "cost_of_failed": _put(cost=480),
    "failed_without_cost": _when(lambda facts: facts.state == FAILED, _drop("cost")),
    "cost_missing": _drop("cost"),
    "cost_missing_professional": _when(_professional, _drop("cost")),
    "cost_text": _turn("cost", str),
    "cost_null": _put(cost=None),
    "cost_renamed": _rename("cost", "credits"),
    "cost_object": _turn("cost", lambda cost: {"amount": cost, "unit": "credits"}),
    "cost_true": _put(cost=True),
    "cost_list": _turn("cost", lambda cost: [cost]),
    "status_id_missing": _drop("requestId"),
    "status_id_snake_case": _rename("requestId", "request_id"),
    "status_id_renamed": _rename("requestId", "id"),
    "status_id_other": _with(lambda facts: {"requestId": f"{facts.task.reads:024x}"}),
    "status_id_null": _put(requestId=None),
    "status_id_number": _turn("requestId", int),
    "status_id_shortened": _turn("requestId", lambda text: text[:8]),
    "state_missing": _drop("status"),
    "state_renamed": _rename("status", "state"),
    "state_lower_case": _turn("status", str.lower),
    "state_number": _turn("status", _STATES.index),
    "state_object": _turn("status", lambda state: {"name": state}),
    "state_list": _turn("status", lambda state: [state]),
    "state_null_until_done": _turn("status", lambda state: state if state in (COMPLETED, FAILED) else None),
    "state_field_late": _when(lambda facts: facts.state not in (COMPLETED, FAILED), _drop("status")),
    "pending_renamed": _respell(PENDING, "WAITING"),
    "in_queue_renamed": _respell(IN_QUEUE, "QUEUED"),
    "in_queue_spaced": _respell(IN_QUEUE, "IN QUEUE"),
    "in_progress_renamed": _respell(IN_PROGRESS, "PROCESSING"),
    "in_progress_hyphen": _respell(IN_PROGRESS, "IN-PROGRESS"),
    "completed_renamed": _respell(COMPLETED, "SUCCESS"),
    "completed_shortened": _respell(COMPLETED, "COMPLETE"),
    "completed_lower_case": _respell(COMPLETED, "completed"),
    "failed_renamed": _respell(FAILED, "ERROR"),
    "failed_cancelled": _respell(FAILED, "CANCELLED"),
    "failed_null": _respell(FAILED, None),
    "status_under_data": lambda body, _facts: {"data": body},
    "status_under_id": lambda body, facts: {facts.task.id: body},
    "status_in_list": lambda body, _facts: [body],
}
_FAILED_FORMS: dict[str, Fields] = {
    "failed_webhook_error": {"status": "error", "message": "The image is damaged"},
    "failed_webhook_null": {"result": None, "status": "FAILED"},
    "failed_webhook_empty": {"result": "", "status": "failed", "error": {"message": "damaged"}},
}
WEBHOOK: dict[str, Edit] = {
    "webhook_more_fields": _with(lambda facts: {"cost": 58.5, "event": "done", "data": {"n": 1}, **_dated(facts)}),
    "webhook_more_pictures": _put(thumbnail="https://cdn.enhancor.ai/t.webp", mask=None),
    "both_id_spellings": _with(lambda facts: {"requestId": facts.task.id}),
    "webhook_other_order": lambda body, _facts: dict(reversed(body.items())),
    "webhook_id_missing": _drop("request_id"),
    "webhook_id_camel_case": _rename("request_id", "requestId"),
    "webhook_id_other": _put(request_id="f" * 24),
    "webhook_id_null": _put(request_id=None),
    "webhook_id_number": _turn("request_id", int),
    "webhook_id_token": _with(lambda facts: {"request_id": facts.task.token}),
    "webhook_result_missing": _drop("result"),
    "webhook_result_null": _turn("result", lambda _link: None),
    "webhook_result_empty": _turn("result", lambda _link: ""),
    "webhook_result_renamed": _rename("result", "result_url"),
    "webhook_result_object": _turn("result", lambda link: {"url": link}),
    "webhook_result_list": _turn("result", lambda link: [link]),
    "webhook_result_relative": _turn("result", lambda link: "/" + link.partition("//")[2].partition("/")[2]),
    "webhook_result_is_input": _with(lambda facts: {"result": facts.task.order.img_url}),
    "webhook_result_gone": _turn("result", lambda link: link.rpartition("/")[0] + "/gone.png"),
    "webhook_state_completed": _respell("success", COMPLETED),
    "webhook_state_done": _respell("success", "done"),
    "webhook_state_ok": _respell("success", "ok"),
    "webhook_state_capital": _respell("success", "SUCCESS"),
    "webhook_state_failed": _respell("success", "failed"),
    "webhook_state_true": _respell("success", new=True),
    "webhook_state_number": _respell("success", 200),
    "webhook_state_null": _respell("success", None),
    "webhook_state_missing": _drop("status"),
    "webhook_state_renamed": _rename("status", "state"),
    "webhook_state_professional": _when(_professional, _respell("success", "success_professional")),
    "webhook_under_data": lambda body, _facts: {"event": "request.completed", "data": body},
    "webhook_in_list": lambda body, _facts: [body],
}


def queue_body(has: Has, facts: Facts) -> Any:
    """The answer to a granted queue request."""
    return _edited(has, {"success": True, "requestId": facts.task.id}, QUEUE, facts)


def status_body(has: Has, facts: Facts) -> Any:
    """The answer to a status request."""
    price = 480 if _professional(facts) and not has("cost_alike") else 240
    cost = 0 if facts.state == FAILED else price
    return _edited(has, {"requestId": facts.task.id, "status": facts.state, "cost": cost}, STATUS, facts)


def webhook_body(has: Has, facts: Facts) -> Any:
    """The body of a delivery."""
    body: Fields = {"request_id": facts.task.id}
    if facts.state == COMPLETED or has("webhook_tells_failed_success"):
        body |= {"result": facts.link, "status": "success"}
    else:
        body |= pick(has, _FAILED_FORMS, {"status": "failed"})
    return _edited(has, body, WEBHOOK, facts)


def _edited(has: Has, body: Any, edits: dict[str, Edit], facts: Facts) -> Any:
    """The body after every edit whose trait is on."""
    for trait, edit in edits.items():
        if has(trait):
            body = edit(body, facts)
    return body
