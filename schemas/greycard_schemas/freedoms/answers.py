"""Freedoms of answers: fields that no document names, other statuses and forms of what is said without a source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greycard_schemas.drifts.answers import schema_at
from greycard_schemas.drifts.model import put
from greycard_schemas.freedoms.model import at, keywords_at, leaves, pointer
from greycard_schemas.templates import fields_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from greycard_schemas.drifts.model import Patch
    from greycard_schemas.freedoms.model import Freedom, Silences
    from greycard_schemas.loader import Operation

Field = tuple[str, ...]

_SWAPPED = {"width": "height", "height": "width"}

ADDED: dict[str, Any] = {
    "greycard_more": {"seen": [1, None, "x"]},
    "error": None,
    "trace_id": "00-4bf92f3577b34da6a3ce929d0e0e4736-01",
    "warnings": [],
}
"""Fields that vendors add without a word about them, also one that other vendors give a meaning to."""


def freedoms(facts: Silences) -> Iterator[Freedom]:
    """Freedoms of every answer of every operation."""
    yield from _added(facts)
    yield from _statuses(facts)
    for operation in facts.called():
        yield from _constants(facts, operation)
        yield from _forms(facts, operation)
        yield from _meanings(facts, operation)
    yield from _places(facts)


def objects_of(template: Any) -> Iterator[Field]:
    """The steps to every object of a template that has fields of its own, outermost first."""
    yield ()
    for field in fields_of(template):
        value = at(template, field)
        if isinstance(value, dict) and "$each" in value:
            yield (*field, "$do")
        elif isinstance(value, dict) and value and "$from" not in value:
            yield field


def _added(facts: Silences) -> Iterator[Freedom]:
    found: dict[str, list[Patch]] = {"outside": [], "inside": [], "entries": []}
    for operation in facts.called():
        for name, answer in operation.contract["responses"].items():
            for where in objects_of(answer["body"]):
                level = "entries" if "$do" in where else "inside" if where else "outside"
                schema = schema_at(operation, answer["schema"], tuple(one for one in where if one != "$do"))
                if not where:
                    schema = operation.definition(answer["schema"])
                while schema is not None and "items" in schema:
                    schema = (
                        operation.definition(schema["items"]["$ref"]) if "$ref" in schema["items"] else schema["items"]
                    )
                known = (schema or {}).get("properties", {})
                found[level] += [
                    put(operation.name, pointer(f"/x-operation/responses/{name}/body", (*where, field)), value, "add")
                    for field, value in ADDED.items()
                    if field not in known and field not in at(answer["body"], where)
                ]
    words = {
        "outside": "Answers have",
        "inside": "What answers hold has",
        "entries": "Entries of lists in answers have",
    }
    for level, patches in found.items():
        yield from facts.freedom(
            f"answers.more-{level}",
            f"{words[level]} fields that no document names.",
            patches,
            family="additional fields",
        )


def _statuses(facts: Silences) -> Iterator[Freedom]:
    patches: list[Patch] = []
    of: list[str] = []
    for operation in facts.called():
        for name in operation.contract["responses"]:
            claim = f"{operation.vendor}/{operation.name}#responses/{name}/http"
            if facts.assumed(claim):
                status = 201 if name == "accepted" else 202 if name == "running" else 203
                patches.append(put(operation.name, f"/x-operation/responses/{name}/http", status))
                of.append(claim)
    yield from facts.freedom(
        "answers.other-successes",
        "Successes come under another HTTP status, where the document names none.",
        patches,
        family="HTTP statuses",
        of=of,
    )


def _constants(facts: Silences, operation: Operation) -> Iterator[Freedom]:
    """A constant of a success that nobody states, such as the code of an answer to a read."""
    patches: list[Patch] = []
    of: list[str] = []
    for name, answer in operation.contract["responses"].items():
        for field in leaves(answer["body"]):
            value = at(answer["body"], field)
            claims = facts.any_assumed(keywords_at(operation, answer["schema"], field, "const"))
            if claims and isinstance(value, int) and not isinstance(value, bool):
                patches.append(put(operation.name, pointer(f"/x-operation/responses/{name}/body", field), value + 200))
                of += claims
    yield from facts.freedom(
        f"{operation.name}.other-code",
        f"Successes of {operation.name} carry another code, where the document gives none.",
        patches,
        family="codes",
        of=of,
    )


def _forms(facts: Silences, operation: Operation) -> Iterator[Freedom]:
    """Another type or spelling of a value whose type or spelling nobody states."""
    typed: dict[str, tuple[list[Patch], list[str]]] = {}
    spelled: dict[str, tuple[list[Patch], list[str]]] = {}
    for name, answer in operation.contract["responses"].items():
        for field in leaves(answer["body"]):
            where, value = pointer(f"/x-operation/responses/{name}/body", field), at(answer["body"], field)
            schema = schema_at(operation, answer["schema"], field) or {}
            claims = facts.any_assumed(keywords_at(operation, answer["schema"], field, "type"))
            if claims and schema.get("type") in ("integer", "number"):
                form = {**value, "$as": "string"} if isinstance(value, dict) else str(value)
                _note(typed, field[-1], put(operation.name, where, form), claims)
            elif claims and isinstance(value, dict) and value.get("$else", "") is None:
                _note(typed, field[-1], put(operation.name, where, {**value, "$else": ""}), claims)
            pattern = facts.any_assumed(keywords_at(operation, answer["schema"], field, "pattern"))
            if pattern:
                _note(spelled, field[-1], put(operation.name, where, "3 s" if name == "running" else ""), pattern)
    for field_name, (patches, of) in typed.items():
        yield from facts.freedom(
            f"{operation.name}.{field_name}-as-text",
            f"{field_name} in answers of {operation.name} is a text, where the document gives no type.",
            patches,
            family="types",
            of=[*of, *_repeated(facts, operation, of)],
        )
    for field_name, (patches, of) in spelled.items():
        yield from facts.freedom(
            f"{operation.name}.{field_name}-with-unit",
            f"{field_name} of {operation.name} is written with its unit while a task runs, and empty afterwards.",
            patches,
            family="spelling of values",
            of=of,
        )


def _note(found: dict[str, tuple[list[Patch], list[str]]], name: str, patch: Patch, claims: tuple[str, ...]) -> None:
    patches, of = found.setdefault(name, ([], []))
    patches.append(patch)
    of += claims


def _repeated(facts: Silences, operation: Operation, claims: list[str]) -> list[str]:
    """The same statements of the deliveries that repeat the answers of the operation."""
    found = []
    for delivery in facts.vendor.of_kind("delivery"):
        if delivery.contract.get("body_of") == operation.name:
            tails = {claim.partition("#")[2].partition("/")[2] for claim in claims}
            head = f"{delivery.vendor}/{delivery.name}#{delivery.contract['request'].rpartition('/')[2]}"
            found += [f"{head}/{tail}" for tail in tails]
    return found


def _meanings(facts: Silences, operation: Operation) -> Iterator[Freedom]:
    """A figure whose meaning was assumed against the letter of the document: by the letter; a size in another unit."""
    sizes: list[Patch] = []
    sized: list[str] = []
    for name, answer in operation.contract["responses"].items():
        for field in leaves(answer["body"]):
            claims = facts.any_assumed(keywords_at(operation, answer["schema"], field, "x-means"))
            value = at(answer["body"], field)
            if claims and str(value).endswith(".size'}"):
                sizes.append(put(operation.name, pointer(f"/x-operation/responses/{name}/body", field), 0))
                sized += [*claims, *_repeated(facts, operation, list(claims))]
            group, _, fact = str(value.get("$from", "") if isinstance(value, dict) else "").partition(".")
            if claims and fact in _SWAPPED:
                yield from facts.freedom(
                    f"{operation.name}.{name}-{field[-1]}-by-the-letter",
                    f"{field[-1]} of {operation.name} holds the {_SWAPPED[fact]}, as the document's comment says.",
                    [
                        put(
                            operation.name,
                            pointer(f"/x-operation/responses/{name}/body", field),
                            {"$from": f"{group}.{_SWAPPED[fact]}"},
                        )
                    ],
                    family="meanings",
                    of=[*claims, *_repeated(facts, operation, list(claims))],
                )
    yield from facts.freedom(
        f"{operation.name}.sizes-in-megabytes",
        f"Sizes in answers of {operation.name} are whole MB, where the document gives no unit.",
        sizes,
        family="meanings",
        of=sized,
    )


def _places(facts: Silences) -> Iterator[Freedom]:
    """A position or amount in an answer that ends or accepts is -1 where there is none any more, or not yet."""
    for operation in facts.called():
        for name, answer in operation.contract["responses"].items():
            if name not in ("accepted", "succeeded"):
                continue
            for field in leaves(answer["body"]):
                value = at(answer["body"], field)
                claims = facts.any_assumed(keywords_at(operation, answer["schema"], field, "minimum"))
                if claims and isinstance(value, dict) and value.get("$from") == "task.queue":
                    yield from facts.freedom(
                        f"{operation.name}.{name}-{field[-1]}-minus-one",
                        f"{field[-1]} of {operation.name} is -1 for a task that does not wait in the queue.",
                        [put(operation.name, pointer(f"/x-operation/responses/{name}/body", field), -1)],
                        family="no value yet",
                        of=[*claims, *_repeated(facts, operation, list(claims))],
                    )
