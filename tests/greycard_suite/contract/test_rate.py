"""The documented rate: so many requests in a window are answered, one more is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from greycard_suite.contract.declare import Case, suite_test
from greycard_suite.contract.test_access import unknown_values
from greycard_suite.judge.variants_seen import note_value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from greycard_schemas.loader import Vendor
    from greycard_suite.call import Call
    from greycard_suite.targets.target import Target


def _limited(vendor: Vendor) -> Iterable[Case]:
    return [Case("burst")] if vendor.data.get("rate") else []


@suite_test("#rate/*", "#errors/rate_limited/*", cases=_limited, requests=14)
def test_one_request_more_than_the_rate_is_refused(target: Target, case: Case) -> None:
    """Within one window the documented number of requests is answered and the next one is refused."""
    del case
    rate = target.vendor.data["rate"]
    limit, window, place = rate["limit"], rate["window_seconds"], f"{target.vendor.name}#rate"
    for scope in ("all", "create"):
        target.clock.sleep(window + 0.5)
        calls = [_knock(target, scope) for _ in range(limit + 1)]
        if calls[-1].started + calls[-1].elapsed - calls[0].started >= window:
            target.verdicts.excuse(
                "#rate/*", "the way to the target is too slow to send so many requests in one window"
            )
            return
        # what a knock is answered with otherwise is no matter: one that is answered differently was refused
        refused = [call for call in calls if _code(target, call) != _code(target, calls[0])]
        if refused or scope == "create":
            break
    last = calls[-1]
    early = [call for call in calls[:-1] if call in refused]
    holds = last in refused and not early
    target.verdicts.judge(
        f"{place}/limit",
        holds,
        expected=f"{limit} answered in {window} s, the next refused",
        seen=[_code(target, call) for call in calls],
        call=last,
    )
    if not refused:
        for call in calls[:1]:
            _ = call
        return
    note_value(target.vendor, target.verdicts, "vendor", "/rate/scope", scope)
    if rate["scope"] == scope or scope == "all":
        target.verdicts.judge(f"{place}/scope", rate["scope"] == scope, expected=rate["scope"], seen=scope, call=last)
    wanted = target.vendor.data["errors"][rate["error"]]["code"]
    seen = _code(target, refused[-1])
    target.verdicts.judge(f"{place}/error", str(seen) == str(wanted), expected=wanted, seen=seen, call=last)
    target.judge.error(rate["error"], refused[-1])
    _judge_window(target, scope, calls, window)
    target.clock.sleep(window if "exact_time" in target.capabilities else window + 0.3)
    again = _knock(target, scope)
    answered = _code(target, again) == _code(target, calls[0])
    target.verdicts.judge(
        f"{place}/window_seconds",
        answered,
        expected=f"answered {window} s later",
        seen=_code(target, again),
        call=again,
    )
    target.clock.sleep(window + 0.3)


def _judge_window(target: Target, scope: str, calls: list[Call], window: float) -> None:
    """Still within the window of the requests that were answered, one more is refused."""
    target.clock.sleep(calls[0].started + window * 0.7 - target.clock.now())
    early = _knock(target, scope)
    if early.started + early.elapsed - calls[0].started < window:
        refused = _code(target, early) != _code(target, calls[0])
        claim = f"{target.vendor.name}#rate/window_seconds"
        target.verdicts.judge(
            claim, refused, expected=f"refused within {window} s", seen=_code(target, early), call=early
        )


def _knock(target: Target, scope: str) -> Call:
    """A request that costs nothing: reading a task that does not exist, or a create that is refused anyway."""
    kind = "read" if scope == "all" else "create"
    operation = target.vendor.of_kind(kind)[0]
    values = unknown_values(target, operation.name) if kind == "read" else {}
    if kind == "create":
        values = target.request(operation)
        required = operation.request["required"]
        choices = [name for name, schema in operation.request["properties"].items() if "enum" in schema]
        values[min(choices, key=lambda name: name not in required)] = "greycard-wrong"
    return target.send(operation, values, paced=False)


def _code(target: Target, call: Call) -> object:
    from greycard_suite.judge.read_answer import code_of

    return code_of(target.vendor, call)
