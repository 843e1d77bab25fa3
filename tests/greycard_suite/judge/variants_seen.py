"""Notes, from answers that arrive anyway, which option of a variant was seen, and what no document speaks of.

Observation never judges a claim.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greycard_schemas.loader import once
from greycard_schemas.variants import values_at
from greycard_suite.judge import read_answer

if TYPE_CHECKING:
    from greycard_schemas.loader import Operation, Vendor
    from greycard_suite.call import Call
    from greycard_suite.judge.verdicts import Verdicts


def observe_answer(vendor: Vendor, verdicts: Verdicts, operation: Operation | None, name: str, call: Call) -> None:
    """Look at one answer: `name` is accepted, running, ..., or the name of an error (then `operation` is None)."""
    file = "vendor" if operation is None else operation.name
    note_options(verdicts, file, name, call.status, call.json)
    if operation is not None and name == "accepted" and "sync" in operation.contract:
        _observe_sync(vendor, verdicts, operation, call)
    if operation is not None and isinstance(call.json, dict):
        schema = operation.definition(operation.contract["responses"][name]["schema"])
        unknown = list(read_answer.unknown_fields(operation, schema, call.json))
        expected = _expected(vendor, operation) if unknown else frozenset[str]()
        for field in unknown:
            if field.rpartition(".")[2] not in expected:
                verdicts.notice(f"{operation.name}: a field that no document names: {field}")


def note_options(verdicts: Verdicts, file: str, name: str, status: int | None, document: Any) -> None:
    """Note which options an answer fits, or a delivery, which has no `status`; see `greycard_schemas.variants`."""
    for variant, option in verdicts.observer.options(file, name, status, document).items():
        verdicts.option(variant, option)


def note_value(vendor: Vendor, verdicts: Verdicts, file: str, path: str, seen: Any) -> None:
    """Note the options by which `seen` is what the contract data say at one place."""
    for variant, values in values_at(vendor, file, path).items():
        for option, value in values.items():
            if value == seen:
                verdicts.option(variant, option)


def note_allowed(vendor: Vendor, verdicts: Verdicts, operation: Operation, parameter: str, *, allowed: bool) -> None:
    """Note whether a vendor takes the values of a parameter that are for some accounts only (``x-on-request``)."""
    for values in values_at(vendor, operation.name, f"/$defs/request/properties/{parameter}/enum").values():
        seen = (max if allowed else min)(values.values(), key=len)
        note_value(vendor, verdicts, operation.name, f"/$defs/request/properties/{parameter}/enum", seen)


def _observe_sync(vendor: Vendor, verdicts: Verdicts, operation: Operation, call: Call) -> None:
    """Whether a create that does not ask for its result at once is given it all the same."""
    sync = operation.contract["sync"]
    if not (isinstance(call.fields, dict) and sync["parameter"] in call.fields):
        at_once = read_answer.status_of(vendor, call) is not read_answer.MISSING
        note_value(vendor, verdicts, operation.name, "/x-operation/sync/always", at_once)


def _expected(vendor: Vendor, operation: Operation) -> frozenset[str]:
    """Every field name that the vendor's answers are known to have; a synchronous create answers like a read."""
    known = once(operation, "names in answers", lambda: _names_in_answers(operation))
    if "read" not in operation.contract:
        return known
    read = vendor.operations[operation.contract["read"]]
    return known | once(read, "names in answers", lambda: _names_in_answers(read))


def _names_in_answers(operation: Operation) -> frozenset[str]:
    names: set[str] = set()

    def collect(node: Any) -> None:
        if isinstance(node, dict):
            for key, child in node.items():
                names.add(key)
                collect(child)
        elif isinstance(node, list):
            for child in node:
                collect(child)

    for response in operation.contract["responses"].values():
        collect(response["body"])
    return frozenset(names)
