"""Drifts of answers: a field dropped, renamed, retyped, null, untrue; another HTTP status of a success.

Which claims fall is not guessed: the drifted body is filled with sample values and held against the schemas.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greycard_schemas.claims.derive import claim_id
from greycard_schemas.drifts.model import Facts, escaped, put, take
from greycard_schemas.examples.requests import places, resolved
from greycard_schemas.examples.sample_values import filled, sample_names
from greycard_schemas.judge import judge
from greycard_schemas.loader import once
from greycard_schemas.templates import fields_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from greycard_schemas.drifts.model import Drift, Patch, Severity
    from greycard_schemas.loader import Operation

Path = tuple[str, ...]
Edits = list[tuple[str, Path, Any]]

_ELSEWHERE = "nobody can make a task fail at a vendor whose failures have no known cause"


def drifts(facts: Facts) -> Iterator[Drift]:
    """Drifts of every answer of every operation."""
    for operation in facts.vendor.operations.values():
        if operation.kind == "delivery":
            continue
        answers = operation.contract["responses"]
        fields: dict[Path, dict[str, Path]] = {}
        for name, answer in answers.items():
            for path in fields_of(answer["body"]):
                fields.setdefault(tuple(step for step in path if step != "$do"), {})[name] = path
        for field, where in fields.items():
            yield from _of_field(facts, operation, field, where)
        for name, answer in answers.items():
            claim = f"{operation.vendor}/{operation.name}#responses/{name}/http"
            yield facts.drift(
                f"{operation.name}.responses.{name}.http",
                "changed",
                f"{operation.name}: {name} is answered with HTTP 203.",
                [put(operation.name, f"/x-operation/responses/{name}/http", answer["http"] + 3)],
                family="HTTP status changed",
                severity="silent",
                claims=[claim],
                also=[
                    f"{one.vendor}/{one.name}#responses/accepted/http"
                    for one in facts.vendor.of_kind("create")
                    if one.contract.get("sync", {}).get("answer_of") == operation.name
                ],
            )


def changes(template: Any, path: Path, *, number: bool = False, beyond: Any = None) -> Iterator[tuple[str, str, Edits]]:
    """(change, words, edits) for the field at `path`; an edit is (op, path, value)."""
    name, value = path[-1], _at(template, path)
    yield "dropped", "is missing", [("remove", path, None)]
    yield "null", "is null", [("replace", path, None)]
    renamed = _camel(name)
    yield "renamed", f"is called {renamed}", [("remove", path, None), ("add", (*path[:-1], renamed), value)]
    if not (isinstance(value, dict) and "$from" not in value):
        words, other = _retyped(value, number=number)
        yield "retyped", words, [("replace", path, other)]
    constant = isinstance(value, bool | int) or (isinstance(value, str) and bool(value))
    if constant or beyond is not None:
        other = (
            beyond
            if beyond is not None
            else not value
            if isinstance(value, bool)
            else value + 1
            if isinstance(value, int)
            else f"{value}_V2"
        )
        yield "changed", f"is {other}", [("replace", path, other)]


def _beyond(schema: dict[str, Any]) -> Any:
    """A value of the right type that a `const` or `enum` does not hold; None when there is neither."""
    members = schema.get("enum", [schema["const"]] if "const" in schema else [])
    if not members or isinstance(members[0], bool):
        return None
    return max(members) + 1 if isinstance(members[0], int) else f"{members[0]}_V2"


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.title() for part in rest) if rest else f"{name}V2"


def _retyped(value: Any, *, number: bool) -> tuple[str, Any]:
    if isinstance(value, dict) and "$from" in value and number:
        return "is a string", {**value, "$as": "string"}
    if isinstance(value, bool):
        return "is a string", str(value).lower()
    if isinstance(value, int | float):
        return "is a string", str(value)
    if isinstance(value, list):
        return "is an object", {}
    return "is a number", 7


def _at(template: Any, path: Path) -> Any:
    for step in path:
        template = template[step]
    return template


def edited(template: Any, edits: Edits) -> Any:
    """A copy of `template` with the edits made; what they leave alone is shared, and must not be changed in place."""
    result = template
    for op, path, value in edits:
        result = _with_edit(result, op, path, value)
    return result


def _with_edit(node: Any, op: str, path: Path, value: Any) -> Any:
    step, *further = path
    if further:
        return {**node, step: _with_edit(node[step], op, tuple(further), value)}
    others = {name: child for name, child in node.items() if name != step} if op == "remove" else node
    return others if op == "remove" else {**others, step: value}


def failing(
    facts: Facts, operation: Operation, reference: str, template: Any, state: str, *, status: Any = None
) -> list[str]:
    """The claims of the schema at `reference` that `template`, filled for a task in `state`, does not satisfy."""
    create = operation if operation.kind == "create" else facts.vendor.operations[operation.contract["create"]]
    names = once(facts.vendor, ("sample", create.name, state), lambda: sample_names(facts.vendor, create, state))
    if status is not None:
        names = {**names, "task.status": status}
    return [one.claim for one in judge(operation, reference, filled(template, names)) if not one.holds]


def states_for(facts: Facts, answer: str) -> list[str]:
    """The states of the lifecycle in which an answer of this name is given."""
    states = facts.data["lifecycle"]["states"]
    if answer in ("accepted", "deleted"):
        return [facts.data["lifecycle"]["running"][0]]
    return [name for name, state in states.items() if state["phase"] == answer]


def _of_field(facts: Facts, operation: Operation, field: Path, where: dict[str, Path]) -> Iterator[Drift]:
    answers, dotted = operation.contract["responses"], ".".join(field)
    words = f"{dotted} in answers of {operation.name}"
    schema = next(
        (found for name in where if (found := schema_at(operation, answers[name]["schema"], field)) is not None),
        {},
    )
    is_status = "/" + "/".join(field) == facts.data["lifecycle"]["field"] and operation.kind == "read"
    kinds: dict[str, tuple[str, dict[str, Edits]]] = {}
    for name, path in where.items():
        own = schema_at(operation, answers[name]["schema"], field) or {}
        beyond = None if is_status else _beyond(own)
        for change, said, edits in changes(answers[name]["body"], path, number=_is_number(schema), beyond=beyond):
            kinds.setdefault(change, (said, {}))[1][name] = edits
    for change, (said, by_answer) in kinds.items():
        patches: list[Patch] = []
        claims: list[str] = []
        for name, one in by_answer.items():
            patches += [_patch(operation.name, f"/x-operation/responses/{name}/body", edit) for edit in one]
            drifted = edited(answers[name]["body"], one)
            for state in states_for(facts, name)[:1]:
                claims += failing(facts, operation, answers[name]["schema"], drifted, state)
                claims += _of_deliveries(facts, operation, name, drifted, state)
        if is_status and change in ("dropped", "renamed"):
            claims.append(f"{facts.vendor.name}#lifecycle/field")
        also = [
            *_means(operation, answers, field),
            *_knock_on(facts, operation, field, where, is_status=is_status),
        ]
        if (
            change == "retyped"
            and "task.id" in str(_at(answers[next(iter(where))]["body"], next(iter(where.values()))))
            and len(patches) == len(where)
        ):
            patches = [
                put("vendor", "/ids", {"form": "numeric", "x-source": {"form": "assumed: a drift"}}, "add"),
                *(_number(one) for one in patches),
            ]
        severity: Severity = "silent" if change == "changed" else "breaking"
        yield facts.drift(
            f"{operation.name}.{dotted}",
            change,
            f"{words} {said}.",
            patches,
            family=f"answer field {change}",
            severity=severity,
            claims=claims,
            also=also,
            why="a field that is not there in its form says nothing",
            unseen_live=_only_failed(facts, where),
        )
    yield from _untrue(facts, operation, field, where, schema)


def _only_failed(facts: Facts, where: dict[str, Path]) -> str:
    forced = facts.vendor.of_kind("create")[0].contract.get("pictures", {}).get("consequences", {})
    reachable = any("outcome" in one or "item" in one for one in forced.values())
    return _ELSEWHERE if set(where) == {"failed"} and not reachable else ""


def _number(patch: Patch) -> Patch:
    return {**patch, "value": {"$from": "task.id", "$as": "integer"}}


def _is_number(schema: dict[str, Any]) -> bool:
    kinds = schema.get("type", "string")
    return "integer" in kinds or "number" in kinds


def _patch(file: str, place: str, edit: tuple[str, Path, Any]) -> Patch:
    op, path, value = edit
    pointer = place + "".join(f"/{escaped(step)}" for step in path)
    return take(file, pointer) if op == "remove" else put(file, pointer, value, op)


def schema_at(operation: Operation, reference: str, field: Path) -> dict[str, Any] | None:
    """The schema of a field of an answer; None when the schema does not know the field."""
    node, _ = resolved(operation, {"$ref": reference})
    for step in field:
        while "items" in node:
            node, _ = resolved(operation, node["items"])
        if step not in node.get("properties", {}):
            return None
        node, _ = resolved(operation, node["properties"][step])
    return node


def _means(operation: Operation, answers: dict[str, Any], field: Path) -> list[str]:
    """The statements about the meaning of this field, or of what stands in it."""
    return [
        claim_id(operation.vendor, operation.name, [*place.steps, "x-means"])
        for answer in answers.values()
        for place in places(operation, answer["schema"])
        if "x-means" in place.schema and tuple(step for step in place.where if step != 0)[: len(field)] == field
    ]


def _of_deliveries(facts: Facts, operation: Operation, answer: str, template: Any, state: str) -> list[str]:
    """Claims of deliveries that tell the same as this answer."""
    found = []
    for delivery in facts.vendor.of_kind("delivery"):
        if delivery.contract.get("body_of") == operation.name and answer in delivery.contract["on"]:
            contract = delivery.contract
            reference = (
                contract.get("request_failed", contract["request"]) if answer == "failed" else contract["request"]
            )
            found += failing(facts, delivery, reference, template, state)
    return found


def _knock_on(facts: Facts, operation: Operation, field: Path, where: dict[str, Path], *, is_status: bool) -> list[str]:
    """What else cannot be seen, or falls, when this field goes."""
    vendor, found = facts.vendor.name, []
    for delivery in facts.vendor.of_kind("delivery"):
        if delivery.contract.get("body_of") == operation.name:
            found += [
                f"{vendor}/{delivery.name}#body/{'/'.join(field)}/*",
                f"{vendor}/{delivery.name}#body/*/required/{field[-1]}",
            ]
    template = next(iter(where.values()))
    body = operation.contract["responses"][next(iter(where))]["body"]
    value = _at(body, template)
    inner = "".join(str(_at(operation.contract["responses"][name]["body"], path)) for name, path in where.items())
    if is_status:  # what is owed then depends on the state that is told
        found += ["*#pictures/consequences/*/outcome", f"{vendor}/{operation.name}#*required/*"]
        found += [f"{vendor}/{operation.contract['create']}#request/*", f"{vendor}/{operation.name}#item/*"]
    if operation.kind == "create" and "task.id" in inner:
        found += [f"{vendor}/{operation.name}#accepted/*required/*"]  # an id that is none is not there
    if len(field) == 1 and isinstance(value, dict) and "$from" not in value:
        found += ["*#sync/*", "*#pictures/consequences/*/outcome"]
    if is_status or (len(field) == 1 and isinstance(value, dict) and "$from" not in value):
        found += [
            f"{vendor}#lifecycle/*",
            f"{vendor}/{operation.name}#*/state/*",
            f"{vendor}/{operation.name}#*/status/*",
        ]
    if any(name in inner for name in ("result.link", "result.delivered", "item.result")) and operation.kind == "read":
        found += [
            f"{vendor}#link/*",
            "*#delivers/*",
            "*#sync/*",
            "*#request/*/default",
            f"{vendor}/{operation.name}#*required/*",
        ]
    parameter = operation.contract.get("create") and facts.vendor.operations[operation.contract["create"]].contract.get(
        "delivers", {}
    ).get("parameter")
    if parameter and f"request.{parameter}" in inner:
        found += [f"{vendor}/{operation.contract['create']}#request/{parameter}/default", "*#delivers/*"]
    return found


_UNTRUE: dict[str, tuple[Any, str]] = {
    "width": ("height", "holds the height"),
    "height": ("width", "holds the width"),
    "size": ("width", "holds the width"),
    "link": ({"$from": "picture.link"}, "is that of the input"),
    "extension": ("xyz", "names another format"),
    "created": (7, "is a moment long ago"),
    "completed": (7, "is a moment long ago"),
    "faces_count": (7, "counts what is not there"),
    "errorcode": (1001001, "tells of an error where there was none"),
    "reason": ("", "is empty"),
}
"""By the meaning of a field what an untrue value is, and the words for it."""

_UNTRUE_ALSO: dict[str, tuple[str, ...]] = {
    "link": ("*#link/*",),
    "created": ("*#completed_at/x-means",),
    "id": ("*#task/parameter", "*#encodings", "*#request/required/*"),
}
"""What falls with it."""


def _untrue(
    facts: Facts, operation: Operation, field: Path, where: dict[str, Path], schema: dict[str, Any]
) -> Iterator[Drift]:
    """The field keeps its form but means something else: width for height, the id of another task."""
    meaning = schema.get("x-means")
    # a vendor may give the address of its own copy of the picture; a result as data has no other picture at hand
    if not meaning or meaning in ("picture.link", "result.delivered"):
        return
    claims = _means(operation, operation.contract["responses"], field)
    group, _, fact = str(meaning).partition(".")
    value, words = _UNTRUE.get(fact, ("6a4eab77-0000-4000-8000-00000000f00d", "is that of another task"))
    if fact == "link" and "$do" in next(iter(where.values())):
        return  # each entry of a batch has its own input, which a body cannot name
    value = {"$from": f"{group}.{value}"} if fact in ("width", "height", "size") else value
    patches = []
    for name, path in where.items():
        old = _at(operation.contract["responses"][name]["body"], path)
        is_code = fact == "errorcode"
        if isinstance(old, dict) is not is_code and (not is_code or name == "succeeded"):
            # a constant stands for "not yet", and a code of an error for what did not happen
            patches += [_patch(operation.name, f"/x-operation/responses/{name}/body", ("replace", path, value))]
    yield facts.drift(
        f"{operation.name}.{'.'.join(field)}",
        "untrue",
        f"{'.'.join(field)} in answers of {operation.name} {words}.",
        patches,
        family="meaning swapped",
        severity="silent",
        claims=claims,
        also=[*_knock_on(facts, operation, field, where, is_status=False), *_UNTRUE_ALSO.get(fact, ())],
        why="a delivery tells the same as the answer, and an id that is given at once is what is read",
    )
