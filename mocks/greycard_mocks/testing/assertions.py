"""Compares what a test expects with the journal and says in words what differs, with the document's lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greycard_mocks.core.world import RESULT
from greycard_schemas.nearest import similar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from greycard_mocks.core.contract import Runtime
    from greycard_mocks.core.journal import Entry
    from greycard_mocks.core.world import World

SHOWN = 10
_ABSENT = "nothing"


def requested(
    world: World,
    operation: str,
    *,
    times: int | None,
    values: Mapping[str, Any],
    status: int | None,
    unmatched: Sequence[Entry],
) -> tuple[list[Entry], str | None]:
    """(the requests that fit, None or why the expectation fails); `unmatched` are those of no operation."""
    runtime = world.runtime
    wanted = runtime.operations.get(operation)
    if operation != RESULT and (wanted is None or wanted.kind == "delivery"):
        names = [*(name for name, one in runtime.operations.items() if one.kind != "delivery"), RESULT]
        return (
            [],
            f"{runtime.name} has no operation {operation!r}; choose from {', '.join(names)}{similar(operation, names)}",
        )
    entries = world.journal.of_kind("request", "download")
    found = [entry for entry in entries if not _differences(entry, operation, values, status)]
    if (found and times is None) or len(found) == times:
        return found, None
    amount = "at least once" if times is None else "never" if times == 0 else f"{times} time{'s' * (times != 1)}"
    parts = [f"values {dict(values)!r}"] if values else []
    parts += [f"status {status}"] if status is not None else []
    what = f"{operation} with {' and '.join(parts)}" if parts else operation
    lines = [f"{runtime.name}: expected {what} {amount}, got it {len(found)} times"]
    for entry in entries[-SHOWN:]:
        differences = "; ".join(_differences(entry, operation, values, status)) or "fits"
        lines.append(f"  {_shown(entry)}: {differences}")
    if len(entries) > SHOWN:
        lines.insert(1, f"  (the last {SHOWN} of {len(entries)} requests)")
    if not entries:
        lines.append("  no request came with this world's credential; does the application use .url and .credentials?")
    lines += [f"  {_shown(entry)}: {entry['reason']}" for entry in unmatched[-SHOWN:] if entry not in entries]
    lines += _document(runtime, operation, values)
    return found, "\n".join(lines)


def delivered(world: World, task: str | None, *, times: int | None, outcome: str) -> tuple[list[Entry], str | None]:
    """(the delivery attempts that fit, None or why the expectation fails)."""
    runtime = world.runtime
    if not runtime.deliveries:
        return [], f"{runtime.name} sends no callbacks or webhooks"
    attempts = [entry for entry in world.journal.of_kind("delivery") if task is None or entry["task"] == task]
    found = [entry for entry in attempts if entry["outcome"] == outcome]
    if (found and times is None) or len(found) == times:
        return found, None
    amount = "at least one" if times is None else str(times)
    of_task = f" of task {task}" if task else ""
    lines = [f"{runtime.name}: expected {amount} delivery {outcome}{of_task}, got {len(found)}"]
    for one in attempts[-SHOWN:]:
        why = f" ({one['reason']})" if one["reason"] else ""
        lines.append(
            f"  #{one.number} task {one['task']} attempt {one['attempt']} to {one['url']}: "
            f"{one['outcome']}, HTTP {one['status']}{why}"
        )
    now = world.clock.now()
    with world.lock:
        due = world.dues.listed()[:SHOWN]
    lines += [
        f"  attempt {one.number} for task {one.task_id} is due in {one.moment - now:.3f} s; advance the clock"
        for one in due
    ]
    if not attempts and not due:
        lines.append("  nothing was sent and nothing is due: no task has ended, or no address was given")
    plan = world.tasks.get(task) if task is not None else None
    told = [runtime.deliveries.get(plan.operation)] if plan is not None else list(runtime.deliveries.values())
    for operation in filter(None, told):
        source = operation.contract.get("x-source", {})
        cited = ", ".join(
            f"{rule} ({source[rule]})"
            for rule in ("attempts", "spacing_seconds", "acknowledgement")
            if isinstance(source.get(rule), str)
        )
        lines.append(f"  document: {operation.name}{': ' if cited else ''}{cited}")
    return found, "\n".join(lines)


def refusals(runtime: Runtime, found: Sequence[Entry]) -> str | None:
    """None, or all refused requests (`found`) with their reasons."""
    if not found:
        return None
    lines = [f"{runtime.name}: expected no refusals, got {len(found)}"]
    lines += [f"  {_shown(entry)}: {entry['reason']}" for entry in found[-SHOWN:]]
    return "\n".join(lines)


def _differences(entry: Entry, operation: str, values: Mapping[str, Any], status: int | None) -> list[str]:
    if entry["operation"] != operation:
        what = f"it is {entry['operation']}" if entry["operation"] else str(entry["reason"])
        return [f"not {operation}: {what}"]
    found = []
    sent = entry.facts.get("values", {})
    for name, value in values.items():
        if name not in sent or sent[name] != value or type(sent[name]) is not type(value):
            had = repr(sent[name]) if name in sent else _ABSENT
            found.append(f"{name} is {had}, not {value!r}")
    if status is not None and entry["status"] != status:
        found.append(f"status is {entry['status']}, not {status}")
    if found and entry["reason"]:
        found.append(f"refused: {entry['reason']}")
    return found


def _shown(entry: Entry) -> str:
    return f"#{entry.number} {entry['method']} {entry['path']} -> {entry['status']}"


def _document(runtime: Runtime, name: str, values: Mapping[str, Any]) -> list[str]:
    if name == RESULT:
        return []
    operation = runtime.operations[name]
    source = operation.contract.get("x-source", {})
    cited_path = source.get("path", source.get("method", "assumed"))
    lines = [f"  document: {name} is {operation.method} {operation.path} ({cited_path})"]
    properties = operation.fields
    for field in values:
        if field not in properties:
            lines.append(
                f"  document: {name} has no field {field!r}; it has {', '.join(properties)}{similar(field, properties)}"
            )
            continue
        cited = {
            keyword: line for keyword, line in properties[field].get("x-source", {}).items() if isinstance(line, str)
        }
        if cited:
            shown = ", ".join(
                f"{keyword} {properties[field].get(keyword)!r} ({line})" for keyword, line in cited.items()
            )
            lines.append(f"  document: {field}: {shown}")
    return lines
