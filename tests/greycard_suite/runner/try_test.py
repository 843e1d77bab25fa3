"""Tries one suite test: with a fresh target, and once more when it saw a violation that has to be confirmed.

Knows no pytest item: the plugin decides when a test is tried and what becomes of the outcome.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from greycard_suite.evidence.recording import EvidenceLacksError, Record
from greycard_suite.judge.minimal_calls import traced
from greycard_suite.runner.recorder import Recorder
from greycard_suite.targets.wire import BudgetSpentError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from greycard_suite.contract.declare import Case
    from greycard_suite.judge.verdicts import Finding, Verdicts
    from greycard_suite.targets.target import Target


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one test.

    `skipped` says why it could not be judged; `excuse` why statements were not exercised (all of the vendor, or with
    `excuse_own` the test's own); `stops` that the run is over; `problem` what the user has to mend.
    """

    broken: tuple[Finding, ...] = ()
    records: tuple[Record, ...] = ()
    error: Exception | None = None
    skipped: str = ""
    excuse: str = ""
    excuse_own: bool = False
    stops: bool = False
    problem: str = ""


def try_test(
    name: str,
    body: Callable[..., None],
    case: Case,
    vendor: str,
    targets: Any,
    verdicts: Verdicts,
    *,
    confirm: bool,
) -> Outcome:
    """Run a test's body against a target of `targets`; what it saw goes into `verdicts`. Raises nothing."""
    mine, recorder = verdicts.child(name), Recorder()

    def once() -> Target:
        target: Target = targets.target(vendor, mine)
        recorder.begin(name, target)
        given = {"target": target, "case": case}
        body(**{key: given[key] for key in body.__code__.co_varnames[: body.__code__.co_argcount]})
        mine.pending = traced(mine.pending, target.vendor, target.wire.calls)
        if hasattr(targets, "clean_up"):
            targets.clean_up(target)
        return target

    def records() -> tuple[Record, ...]:
        recorder.end()
        return tuple(recorder.records)

    unconfirmed: set[str] | None = set() if confirm else None
    try:
        once()
        seen = {one.claim: one for one in mine.violations()}
        confirmed: set[str] | None = None
        if seen and confirm:
            first, mine.pending = mine.pending, []
            once()
            confirmed = set(seen) & {one.claim for one in mine.violations()}
            mine.pending = [*first, *mine.pending]
        mine.keep(confirmed)
    except BudgetSpentError as error:
        mine.keep(unconfirmed)
        mine.notice(str(error))
        return Outcome(records=records(), skipped=str(error), excuse=str(error), stops=True)
    except UnreachableError as error:
        mine.keep(unconfirmed)
        text = str(error)
        return Outcome(records=records(), skipped=text, excuse=text, problem=text, stops=targets.kind != "mock")
    except EvidenceLacksError as error:
        if hasattr(targets, "drop_record") and targets.drop_record(vendor, name):
            return try_test(name, body, case, vendor, targets, verdicts, confirm=confirm)
        mine.keep(unconfirmed)
        return Outcome(records=records(), skipped=str(error), excuse=str(error), excuse_own=True)
    except Exception as error:  # noqa: BLE001 - whatever breaks a test is reported with it
        mine.keep(unconfirmed)
        return Outcome(records=records(), error=error)
    broken = tuple(one for claim, one in seen.items() if confirmed is None or claim in confirmed)
    return Outcome(broken=broken, records=records())
