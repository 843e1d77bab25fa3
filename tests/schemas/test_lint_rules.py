"""Each rule of the lint finds a planted fault, and names the file in which it stands."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from greycard_schemas import load_contracts
from greycard_schemas.lint.layers import Finding, lint


def planted(vendor: str, file: str, op: str, path: str, value: Any = None) -> list[Finding]:
    """What the lint finds after one change of the shipped data."""
    patch = {"op": op, "file": file, "path": path, "value": value}
    return lint(load_contracts([vendor], patches={vendor: [patch]})[vendor])


OPERATION = "/x-operation"
SHAPE = [
    ("picwish", "vendor", "add", "/rate/burst", 3, "'burst' was unexpected"),
    (
        "picwish",
        "scale.create",
        "add",
        "/$defs/request/properties/type/format",
        "uri",
        "'format' was unexpected",
    ),
    ("picwish", "scale.create", "add", f"{OPERATION}/retries", 3, "'retries'"),
    ("picwish", "scale.create", "add", f"{OPERATION}/on", ["failed"], "'on'"),
    ("picwish", "scale.get", "remove", f"{OPERATION}/task", None, "'task' is a required property"),
    (
        "picwish",
        "scale.get",
        "remove",
        f"{OPERATION}/responses/failed",
        None,
        "'failed' is a required property",
    ),
    ("picwish", "vendor", "replace", "/order", ["auth", "luck"], "'luck'"),
    ("picwish", "vendor", "replace", "/rate/x-source/limit", "line 64", "does not match"),
    ("picwish", "vendor", "replace", "/vendor", "pictures", "must be 'picwish'"),
    (
        "picwish",
        "scale.get",
        "replace",
        f"{OPERATION}/responses/failed/body/data/image",
        {"$from": "a.b", "$x": 1},
        "'$x'",
    ),
    (
        "magictiger",
        "gettask",
        "replace",
        f"{OPERATION}/responses/failed/body/data/facelist",
        {"$each": "task.faces"},
        "'$do'",
    ),
    (
        "magictiger",
        "callback",
        "add",
        f"{OPERATION}/bodies",
        {"failed": {}, "x-source": {"failed": "S1:98"}},
        "valid under each",
    ),
]
PROVENANCE = [
    ("picwish", "vendor", "remove", "/rate/x-source/limit", None, "'limit' has no source"),
    ("picwish", "vendor", "add", "/lifecycle/states/queued/reason", "queued", "'reason' has no source"),
    (
        "picwish",
        "scale.create",
        "remove",
        f"{OPERATION}/result/forced/0/x-source/from",
        None,
        "'from' has no source",
    ),
    (
        "picwish",
        "scale.create",
        "add",
        "/$defs/request/properties/type/maxLength",
        5,
        "'maxLength' has no source",
    ),
    (
        "picwish",
        "scale.create",
        "remove",
        "/$defs/accepted/x-source/required/message",
        None,
        "'message' has no source",
    ),
    (
        "picwish",
        "scale.create",
        "add",
        "/$defs/accepted/x-source/required/extra",
        "S2:31",
        "which is not in the list",
    ),
    ("picwish", "scale.create", "add", "/$defs/accepted/x-source/pattern", "S2:31", "which is not there"),
    ("picwish", "vendor", "replace", "/rate/x-source/limit", {"2": "S2:64"}, "only a list"),
    ("picwish", "vendor", "replace", "/rate/x-source/limit", "S9:64", "sources.json has no S9"),
    ("picwish", "vendor", "replace", "/rate/x-source/limit", "S2:64-60", "no range of lines"),
    ("enhancor", "webhook", "remove", f"{OPERATION}/x-source/on/failed", None, "'failed' has no source"),
]
MEANING = [
    ("picwish", "vendor", "replace", "/rate/error", "slow_down", "there is no error 'slow_down'"),
    ("picwish", "scale.create", "replace", f"{OPERATION}/refusal", "nope", "there is no error 'nope'"),
    (
        "picwish",
        "scale.create",
        "replace",
        f"{OPERATION}/errors",
        ["invalid_parameter"],
        "not in the operation's list",
    ),
    (
        "picwish",
        "scale.create",
        "replace",
        f"{OPERATION}/pictures/consequences/sides/outcome",
        "lost",
        "no failed state 'lost'",
    ),
    (
        "picwish",
        "scale.create",
        "remove",
        f"{OPERATION}/pictures/consequences/format",
        None,
        "nothing says what follows",
    ),
    (
        "enhancor",
        "queue",
        "replace",
        f"{OPERATION}/pictures/consequences/format",
        {"item": "no", "x-source": {"item": "S4:1"}},
        "fail alone",
    ),
    (
        "picwish",
        "scale.create",
        "replace",
        f"{OPERATION}/read",
        "scale.create",
        "no operation 'scale.create' of kind read",
    ),
    ("picwish", "scale.get", "replace", f"{OPERATION}/create", "scale.get", "of kind create"),
    (
        "picwish",
        "scale.create",
        "replace",
        f"{OPERATION}/result/parameter",
        "factor",
        "the request has no field 'factor'",
    ),
    ("enhancor", "webhook", "replace", f"{OPERATION}/address/request", "hook", "has no field 'hook'"),
    (
        "enhancor",
        "queue",
        "remove",
        f"{OPERATION}/price/by_value/fast",
        None,
        "one entry for each enum member",
    ),
    (
        "picwish",
        "scale.get",
        "replace",
        f"{OPERATION}/responses/failed/body/data/image",
        {"$from": "task.nope"},
        "names nothing",
    ),
    (
        "picwish",
        "scale.get",
        "replace",
        f"{OPERATION}/responses/failed/body/data/image",
        {"$from": "request.nope"},
        "names nothing",
    ),
    (
        "picwish",
        "scale.get",
        "replace",
        f"{OPERATION}/responses/failed/body/data/image",
        {"$from": "item.link"},
        "names nothing",
    ),
    ("picwish", "vendor", "replace", "/errors/too_large/body/status", {"$from": "task.id"}, "names nothing"),
    (
        "wondershare",
        "rw.result",
        "replace",
        f"{OPERATION}/responses/failed/body/data/list/$each",
        "task.lost",
        "is no list",
    ),
    ("wondershare", "rw.result", "replace", f"{OPERATION}/path", "/v3/pic/rw/result/{id}", "names ['id']"),
    ("wondershare", "rw.batch", "replace", f"{OPERATION}/path", "/v4/rw", "outside the paths"),
    (
        "wondershare",
        "rw.batch",
        "replace",
        f"{OPERATION}/path",
        "/v3/pic/fsrtwo/batch",
        "same method and path",
    ),
    ("magictiger", "gettask", "replace", f"{OPERATION}/path", "/lost", "outside the paths"),
    ("magictiger", "callback", "replace", f"{OPERATION}/signature/header", "sha", "not among the headers"),
    (
        "picwish",
        "scale.get",
        "replace",
        f"{OPERATION}/responses/failed/schema",
        "#/$defs/lost",
        "there is no #/$defs/lost",
    ),
    (
        "picwish",
        "scale.get",
        "replace",
        "/$defs/failed/properties/status",
        {"$ref": "#/$defs/lost"},
        "nothing stands at",
    ),
    ("wondershare", "rw.result", "replace", "/$defs/list/items", {"$ref": "#/$defs/list"}, "contains itself"),
    ("picwish", "scale.create", "replace", "/$defs/request/required", ["typ"], "requires 'typ'"),
    (
        "picwish",
        "scale.create",
        "replace",
        "/$defs/request/properties/sync/enum",
        ["1"],
        "does not satisfy the schema",
    ),
    (
        "picwish",
        "scale.create",
        "replace",
        "/$defs/request/properties/return_type/default",
        7,
        "does not satisfy the schema",
    ),
    (
        "wondershare",
        "rw.batch",
        "replace",
        "/$defs/request/properties/priority/minimum",
        10,
        "no value is valid",
    ),
    ("wondershare", "rw.result", "replace", "/$defs/wait_time/pattern", "(", "no regular expression"),
    ("picwish", "vendor", "replace", "/lifecycle/running", ["queued"], "no task ever is 'preparing'"),
    ("picwish", "vendor", "replace", "/lifecycle/running/0", "failed", "'failed' is no running state"),
    (
        "picwish",
        "vendor",
        "replace",
        "/lifecycle/states/succeeded/phase",
        "failed",
        "state of phase succeeded",
    ),
    ("picwish", "vendor", "replace", "/lifecycle/absent", [-4, -5], "-5 is the value of a state"),
    ("picwish", "vendor", "replace", "/lifecycle/states/waiting/value", 2, "two states have the same value"),
    ("picwish", "vendor", "replace", "/lifecycle/offsets_seconds", [0, 0.4, 0.2, 0.6], "rising from 0"),
    ("picwish", "vendor", "replace", "/lifecycle/offsets_seconds", [0, 1], "one time for each running state"),
    ("picwish", "vendor", "replace", "/lifecycle/finish_seconds", 0.5, "after the last"),
    ("picwish", "vendor", "replace", "/lifecycle/limit_seconds", 1, "longer than finish_seconds"),
    ("picwish", "vendor", "replace", "/lifecycle/limit_outcome", "queued", "no failed state 'queued'"),
    ("wondershare", "vendor", "replace", "/lifecycle/item_states/failed", "lost", "there is no state 'lost'"),
    ("picwish", "vendor", "replace", "/lifecycle/states/succeeded/value", 5, "the answers allow the states"),
    ("picwish", "vendor", "replace", "/lifecycle/field", "/data/status", "has no field at /data/status"),
    (
        "magictiger",
        "gettask",
        "replace",
        f"{OPERATION}/responses/succeeded/body/data/errormsg",
        5,
        "the body holds 5",
    ),
    ("enhancor", "webhook", "remove", f"{OPERATION}/bodies/succeeded/result", None, "says required 'result'"),
    (
        "wondershare",
        "rw.result",
        "replace",
        f"{OPERATION}/responses/succeeded/body/data/wait_time",
        {"$from": "task.wait"},
        "type 'string'",
    ),
    (
        "wondershare",
        "rw.result",
        "replace",
        f"{OPERATION}/responses/failed/body/msg",
        {"$from": "task.reason", "$as": "integer"},
        "invalid literal",
    ),
]


@pytest.mark.parametrize("fault", [*SHAPE, *PROVENANCE, *MEANING], ids=lambda fault: f"{fault[0]}{fault[3]}-{fault[5]}")
def test_a_planted_fault_is_found(fault: tuple[str, str, str, str, Any, str]) -> None:
    """Each rule names the fault that it is there for, and the file in which it stands."""
    vendor, file, op, path, value, message = fault
    found = planted(vendor, file, op, path, copy.deepcopy(value))
    assert [one for one in found if message in str(one)], found
    assert all(one.file.startswith(f"{vendor}/") for one in found)
