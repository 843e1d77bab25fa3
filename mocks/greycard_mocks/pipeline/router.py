"""Finds the operation that a method and a path name: the vendors' own, and the download of a result. No words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from greycard_mocks.core.paths import RESULTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from greycard_mocks.core.contract import Runtime
    from greycard_schemas.loader import Operation


@dataclass(frozen=True, slots=True)
class Route:
    """One operation of one vendor, as a request names it."""

    method: str
    path: str
    runtime: Runtime
    operation: Operation


class Match(msgspec.Struct, frozen=True):
    """What a request is for: a vendor's operation, or (None) a result picture; and the parameters in the path."""

    route: Route | None
    parameters: Mapping[str, str]


_PARAMETER = re.compile(r"\{\w+\}")
_RESULT = f"{RESULTS}/{{world}}/{{task}}/{{name}}"


class Router:
    """The routes of all vendors of one process."""

    def __init__(self, runtimes: Iterable[Runtime]) -> None:
        self.use(runtimes)

    def use(self, runtimes: Iterable[Runtime]) -> None:
        """Know the routes of these vendors, and no others any more."""
        self.runtimes = tuple(runtimes)
        self.routes = [
            Route(operation.method, operation.path, runtime, operation)
            for runtime in self.runtimes
            for operation in runtime.operations.values()
            if operation.kind != "delivery"
        ]
        self.shapes = [(pattern_of(route.path), route) for route in self.routes]
        """Each with the pattern of its path."""
        self.fixed: dict[tuple[str, str], Match] = {}
        """Those without a parameter in their path."""
        self._by_start: dict[tuple[str, str], tuple[Route, str]] = {}
        """Those whose only parameter is all that follows the last slash: by what stands before it."""
        self._patterns: list[tuple[re.Pattern[str], str, Route | None]] = []
        for route in self.routes:
            start, _, last = route.path.rpartition("/")
            if "{" in start or ("{" in last and (not _PARAMETER.fullmatch(last) or self._comes_behind(route))):
                self._patterns.append((pattern_of(route.path), route.method, route))
            elif "{" in last:
                self._by_start.setdefault((route.method, start), (route, last[1:-1]))
            else:
                self.fixed.setdefault((route.method, route.path), Match(route, {}))
        self._patterns.append((pattern_of(_RESULT), "GET", None))

    def _comes_behind(self, route: Route) -> bool:
        """Whether another pattern of the same method was there before, and has the first say."""
        return any(method == route.method for _, method, _ in self._patterns)

    def match(self, method: str, path: str) -> Match | None:
        """What a request is for; None when no vendor has it. HEAD asks for what GET would give."""
        wanted = "GET" if method == "HEAD" else method
        found = self.fixed.get((wanted, path))
        if found is not None:
            return found
        start, _, last = path.rpartition("/")
        begun = self._by_start.get((wanted, start))
        if begun is not None and last:
            route, parameter = begun
            return Match(route, {parameter: last})
        for pattern, expected, named in self._patterns:
            if expected == wanted and (hit := pattern.fullmatch(path)):
                return Match(named, hit.groupdict())
        if "//" in path or path.endswith("/"):
            tidy = re.sub("/+", "/", path).rstrip("/")
            if tidy and tidy != path:
                again = self.match(wanted, tidy)
                if again and again.route and again.route.runtime.data["paths"]["tolerate_slashes"]:
                    return again
        return None

    def owner_of(self, path: str) -> Runtime | None:
        """The vendor whose paths begin like this one; the only one when there is but one."""
        tidy = re.sub("/+", "/", path)
        for runtime in self.runtimes:
            prefix = runtime.data["paths"]["prefix"]
            if prefix != "/" and tidy.startswith(prefix):
                return runtime
        for runtime in self.runtimes:
            if tidy.rstrip("/") in runtime.data["paths"].get("names", ()):
                return runtime
        return self.runtimes[0] if len(self.runtimes) == 1 else None


def pattern_of(path: str) -> re.Pattern[str]:
    """A path template such as ``/tasks/{task_id}`` as a pattern with a group for each parameter."""
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(path)))
