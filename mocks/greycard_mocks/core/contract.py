"""One vendor's contract made ready to run: what the data say, looked up once and kept in fast shapes.

Reads contract data only; holds no state of any task or world.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from greycard_mocks.core.plan import Timing, is_finished, status_at, timeline_of
from greycard_schemas.auth import scheme_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from greycard_mocks.core.plan import TaskPlan
    from greycard_schemas.claims.derive import Claim
    from greycard_schemas.loader import Operation, Vendor

JSON_BODY_BYTES = 1 << 20
"""The largest JSON or form body (without files) that is read."""

MASK_BODY_BYTES = 72 << 20
"""The largest JSON body of an operation that takes a picture as Base64."""

DEFAULT_LINK_BYTES = 64 << 20
"""The most that is fetched from a link where the document gives no size."""


class Runtime:
    """One vendor's contract, ready to run."""

    def __init__(self, vendor: Vendor) -> None:
        self.vendor = vendor
        self.name = vendor.name
        self.data = vendor.data
        self.operations = vendor.operations
        self.order: tuple[str, ...] = tuple(vendor.data["order"])
        self.auth: dict[str, Any] = vendor.data["auth"]
        self.scheme = scheme_of(self.auth)
        self.errors: dict[str, Any] = vendor.data["errors"]
        self.rate: dict[str, Any] | None = vendor.data.get("rate")
        self.balance: dict[str, Any] | None = vendor.data.get("balance")
        self.lifecycle: dict[str, Any] = vendor.data["lifecycle"]
        self.states: dict[str, Any] = self.lifecycle["states"]
        self.link: dict[str, Any] = vendor.data["link"]
        self.units: dict[str, Any] = vendor.data.get("units", {})
        self.id_form = str(vendor.data.get("ids", {}).get("form", "uuid"))
        self.delivery: Operation | None = next(iter(vendor.of_kind("delivery")), None)
        self._validators: dict[str, Callable[[Any], bool]] = {}
        self._timelines: dict[tuple[Timing, str], tuple[tuple[float, str], ...]] = {}

    @cached_property
    def claims(self) -> dict[str, Claim]:
        """Every statement by id; derived when first asked for."""
        from greycard_schemas.claims.derive import claims_of

        return claims_of(self.vendor)

    @cached_property
    def timing(self) -> Timing:
        """The documented or assumed pace of a task."""
        life = self.lifecycle
        limit = life.get("limit_seconds")
        return Timing(
            running=tuple(life["running"]),
            offsets=tuple(float(one) for one in life["offsets_seconds"]),
            finish=float(life["finish_seconds"]),
            limit=None if limit is None else float(limit),
            limit_outcome=life.get("limit_outcome"),
        )

    def timeline(self, timing: Timing, outcome: str) -> tuple[tuple[float, str], ...]:
        """The timeline for this pace and end; the same object each time, so that many tasks share it."""
        key = (timing, outcome)
        found = self._timelines.get(key)
        if found is None:
            if len(self._timelines) > 1000:
                self._timelines.clear()
            found = self._timelines[key] = timeline_of(timing, outcome)
        return found

    def state_at(self, plan: TaskPlan, now: float) -> str:
        """The state that a reader sees: the plan's, unless tasks leave their end again (`relapse`)."""
        relapse = self.lifecycle.get("relapse")
        if relapse and is_finished(plan, now - relapse["after_seconds"]):
            return str(relapse["state"])
        return status_at(plan, now)

    def is_valid(self, operation: Operation, values: Any) -> bool:
        """Whether the values of a request satisfy the operation's schema."""
        validator = self._validators.get(operation.name)
        if validator is None:
            from greycard_schemas.compiled import compile_request

            validator = self._validators[operation.name] = compile_request(operation)
        try:
            return validator(values)
        except ValueError:  # a key that is no text in UTF-8, such as a lone surrogate
            known = operation.request.get("properties", {})
        try:
            return validator({name: value for name, value in values.items() if name in known})
        except ValueError:
            return False

    def body_limit(self, operation: Operation) -> int:
        """The largest request body that is read, in bytes, over all encodings."""
        pictures = operation.contract.get("pictures", {})
        if "file" in pictures:
            return self.megabytes(pictures["megabytes"]) + JSON_BODY_BYTES
        return MASK_BODY_BYTES if "mask" in pictures else JSON_BODY_BYTES

    def megabytes(self, number: float) -> int:
        """`number` MB in bytes, in the reading that this mock was started with."""
        return int(number * self.units.get("megabyte", 1 << 20))

    def phase(self, state: str) -> str:
        """running, succeeded or failed."""
        return str(self.states[state]["phase"])

    def state_of_value(self, value: Any) -> str | None:
        """The name of the state that the vendor writes as `value`."""
        return next((name for name, state in self.states.items() if str(state["value"]) == str(value)), None)

    def outcomes(self) -> list[str]:
        """The names of the states in which a task can end."""
        return [name for name in self.states if self.phase(name) != "running"]

    def source_of(self, claim: str) -> str:
        """The lines behind a statement, or its assumption; empty for an unknown id."""
        found = self.claims.get(claim)
        return found.source if found else ""

    def read_of(self, operation: Operation) -> Operation:
        """The operation that reads the tasks which `operation` creates."""
        return self.operations[operation.contract["read"]]

    def create_of(self, operation: Operation) -> Operation:
        """The operation that creates the tasks which `operation` reads, deletes or delivers."""
        return operation if operation.kind == "create" else self.operations[operation.contract["create"]]
