"""Explains a request that no vendor has: the nearest operation and what differs from it. Words only."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from greycard_mocks.core.contract import Runtime
    from greycard_mocks.core.exchange import Request
    from greycard_mocks.engine.engine import Engine
    from greycard_schemas.loader import Operation

MAX_PATH = 200


def explain_unmatched(engine: Engine, request: Request) -> tuple[Runtime | None, str]:
    """(the vendor whose paths these are, a sentence that says what to send instead)."""
    path = request.path[:MAX_PATH]
    operations = [
        (runtime, operation)
        for runtime in engine.runtimes.values()
        for operation in runtime.operations.values()
        if operation.kind != "delivery"
    ]
    owner = _owner(engine, path)
    for runtime, operation in operations:
        if _same_path(operation, path) and operation.method != request.method:
            return (
                runtime,
                f"{operation.name} is {operation.method} {operation.path}, not {request.method[:20]}"
                + _lines(operation, "method"),
            )
    if owner is not None:
        operations = [(runtime, operation) for runtime, operation in operations if runtime is owner]
    nearest = max(operations, key=lambda pair: difflib.SequenceMatcher(None, pair[1].path, path).ratio(), default=None)
    if nearest is None:
        return owner, f"no operation has the path {path}"
    _, operation = nearest
    called = f"{operation.name}: {operation.method} {operation.path}"
    return owner, f"no operation has the path {path}; the nearest is {called}" + _lines(operation, "path")


def _owner(engine: Engine, path: str) -> Runtime | None:
    runtimes = list(engine.runtimes.values())
    tidy = re.sub("/+", "/", path)
    for runtime in runtimes:
        prefix = runtime.data["paths"]["prefix"]
        if prefix != "/" and tidy.startswith(prefix):
            return runtime
    for runtime in runtimes:
        if any(tidy.rstrip("/") == name for name in runtime.data["paths"].get("names", ())):
            return runtime
    return runtimes[0] if len(runtimes) == 1 else None


def _same_path(operation: Operation, path: str) -> bool:
    pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(operation.path))
    return re.fullmatch(pattern, re.sub("/+", "/", path).rstrip("/")) is not None


def _lines(operation: Operation, key: str) -> str:
    source = str(operation.contract.get("x-source", {}).get(key, ""))
    return f" ({source})" if source and not source.startswith("assumed") else ""
