"""One vendor's contract made ready to run: what the data say, looked up once and kept in fast shapes.

Reads contract data only; holds no state of any task or world.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from greycard_mocks.core.ids import id_form
from greycard_mocks.core.manners import manners_of
from greycard_mocks.core.plan import Timing, timeline_of
from greycard_mocks.core.rules import Rules
from greycard_schemas.auth import scheme_of
from greycard_schemas.templates import render

if TYPE_CHECKING:
    from greycard_schemas.claims.derive import Claim
    from greycard_schemas.loader import Vendor


class Runtime:
    """One vendor's contract, ready to run."""

    def __init__(self, vendor: Vendor, drifts: tuple[str, ...] = (), freedoms: tuple[str, ...] = ()) -> None:
        """`drifts` and `freedoms` are the ids of those that `vendor` was loaded with."""
        self.vendor = vendor
        self.drifts, self.freedoms = drifts, freedoms
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
        self.new_id = id_form(vendor.name, vendor.data)
        """A task's id from sixteen bytes."""
        self.manners = manners_of(vendor.name, vendor.data)
        self.deliveries = {str(one.contract["create"]): one for one in vendor.of_kind("delivery")}
        """What tells of a task, by the name of the operation that created it."""
        self.phases = {name: str(state["phase"]) for name, state in self.states.items()}
        """running, succeeded or failed, by the name of the state."""
        self.relapse: dict[str, Any] | None = self.lifecycle.get("relapse")
        self.rules = {name: Rules(operation, self.units) for name, operation in self.operations.items()}
        """Each operation as the steps need it."""
        self._refusals: dict[tuple[str, str | None], tuple[int, bytes]] = {}
        self._timelines: dict[tuple[Timing, str], tuple[tuple[float, str], ...]] = {}

    @cached_property
    def claims(self) -> dict[str, Claim]:
        """Every statement by id; derived when first asked for."""
        from greycard_schemas.claims.derive import claims_of

        return claims_of(self.vendor)

    @cached_property
    def doors(self) -> tuple[Any, ...]:
        """How its operations are reached: where the key is read from, and what the paths and methods are."""
        called = [one for one in self.operations.values() if one.kind != "delivery"]
        return self.auth, self.data["paths"], [(one.name, one.method, one.path) for one in called]

    @cached_property
    def timing(self) -> Timing:
        """The documented or assumed pace of a task."""
        life = self.lifecycle
        limit = life.get("limit_seconds")
        return Timing(
            running=tuple(life["running"]),
            offsets=tuple(float(one) for one in life["offsets_seconds"]),
            # a delivery before the answer to the create tells of a task that is done at once
            finish=0.0 if self.manners.deliver_early else float(life["finish_seconds"]),
            limit=None if limit is None else float(limit),
            limit_outcome=life.get("limit_outcome"),
        )

    @cached_property
    def usual_timelines(self) -> dict[str, tuple[tuple[float, str], ...]]:
        """The timeline of a task that nobody has made a scenario for, by the name of its final state."""
        return {outcome: self.timeline(self.timing, outcome) for outcome in self.outcomes()}

    def timeline(self, timing: Timing, outcome: str) -> tuple[tuple[float, str], ...]:
        """The timeline for this pace and end; the same object each time, so that many tasks share it."""
        key = (timing, outcome)
        found = self._timelines.get(key)
        if found is None:
            if len(self._timelines) > 1000:
                self._timelines.clear()
            found = self._timelines[key] = timeline_of(timing, outcome)
        return found

    def refusal(self, error: str, message: str | None = None) -> tuple[int, bytes]:
        """HTTP status and body of one of the vendor's errors; `message` stands in for the text in the data."""
        found = self._refusals.get((error, message))
        if found is None:
            spec = self.errors[error]
            facts = {"error.code": spec["code"], "error.message": spec["message"] if message is None else message}
            body = self.manners.write(render(spec["body"], facts.__getitem__))
            found = self._refusals[error, message] = (spec["http"], body)
        return found

    @property
    def usual_failure(self) -> str:
        """The name of the state in which a task ends that fails for no reason that has a state of its own."""
        failed = [name for name in self.outcomes() if self.phases[name] == "failed"]
        return "failed" if "failed" in failed else failed[0]

    def phase(self, state: str) -> str:
        """running, succeeded or failed."""
        return self.phases[state]

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
