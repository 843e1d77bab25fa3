"""The documented rate: what is within it is answered under any way of counting, what is beyond it is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from greycard_suite.contract.declare import Case, suite_test
from greycard_suite.contract.test_access import unknown_values
from greycard_suite.judge.rates import QUIET_WINDOWS, Request, contradicted, offsets
from greycard_suite.judge.read_answer import code_of
from greycard_suite.judge.variants_seen import note_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from greycard_schemas.loader import Vendor
    from greycard_suite.call import Call
    from greycard_suite.targets.target import Target

NOT_MET = (
    "requests that are refused anyway never were too many for this vendor, and no others were sent; "
    "a run with --credits for 20 tasks tries it with requests that are accepted"
)
UNWELL = "the vendor answered with errors of its own when the rate was tried"
TOO_SLOW = "answers take so long that requests sent one after the other never exceed the documented rate"


def _limited(vendor: Vendor) -> Iterable[Case]:
    return [Case("burst"), Case("accepted", credits=20)] if vendor.data.get("rate") else []


@suite_test("#rate/*", "#errors/rate_limited/*", cases=_limited, requests=60)
def test_one_request_more_than_the_rate_is_refused(target: Target, case: Case) -> None:
    """Bursts within one window and an even row at the rate: some limiter of that rate explains who is refused.

    Requests that cost nothing are tried first; those that are refused anyway need not count, so accepted ones follow.
    """
    if case.id == "burst":
        _ = _judged(target, "all", lambda: _knock(target, "all")) or _judged(
            target, "create", lambda: _knock(target, "create")
        )
        target.verdicts.excuse("#rate/*", NOT_MET)
    elif f"{target.vendor.name}#rate/limit" not in target.verdicts.findings:
        create = target.vendor.of_kind("create")[0]
        task = target.create(create)
        if task is None:
            return
        target.finish(task)
        read = target.vendor.operations[create.contract["read"]]
        named = {read.contract["task"]["parameter"]: task.task_id}
        _ = _judged(target, "all", lambda: target.send(read, named, paced=False)) or _judged(
            target, "create", lambda: _create(target), last=True
        )


def _judged(target: Target, scope: str, send: Callable[[], Call], *, last: bool = False) -> bool:
    """Send as planned and judge the rate by it; False when nothing was refused, and that need not be the end of it."""
    rate = target.vendor.data["rate"]
    limit, window, place = rate["limit"], rate["window_seconds"], f"{target.vendor.name}#rate"
    calls = _sent(target, limit, window, send)
    if calls[0].status >= 500:
        target.verdicts.excuse("#rate/*", UNWELL)
        return False
    # what a knock is answered with otherwise is no matter: one that is answered differently was refused
    wanted = str(target.vendor.data["errors"][rate["error"]]["code"])
    codes = [wanted if str(call.status) == wanted else str(code_of(target.vendor, call)) for call in calls]
    answered = next((code for code in codes if code != wanted), wanted)
    refused = [call for call, code in zip(calls, codes, strict=True) if code != answered]
    broken = contradicted(
        [Request(call.started, call.started + call.elapsed, call in refused) for call in calls], limit, window
    )
    if not refused and not broken:
        target.verdicts.excuse("#rate/*", TOO_SLOW)
        return False
    if not refused and not last:
        return False
    shown = "".join("x" if call in refused else "." for call in calls)
    steps = 3 * (limit + 1)
    seen = " ".join((shown[:steps], shown[steps : 2 * steps], shown[2 * steps :]))
    words = "(. answered, x refused: two times three bursts within a window, then an even row at the rate)"
    for part, expected in (("limit", limit), ("window_seconds", window)):
        target.verdicts.judge(
            f"{place}/{part}",
            part not in broken,
            expected=f"{expected}, as some limiter of {limit} requests in {window} s would do it",
            seen=f"{seen} {words}",
            call=(refused or calls)[-1],
        )
    if not refused:
        return True
    note_value(target.vendor, target.verdicts, "vendor", "/rate/scope", scope)
    if rate["scope"] == scope or scope == "all":
        call = refused[-1]
        target.verdicts.judge(f"{place}/scope", rate["scope"] == scope, expected=rate["scope"], seen=scope, call=call)
    code = code_of(target.vendor, refused[-1])
    target.verdicts.judge(f"{place}/error", str(code) == wanted, expected=wanted, seen=code, call=refused[-1])
    target.judge.error(rate["error"], refused[-1])
    return True


def _sent(target: Target, limit: int, window: float, send: Callable[[], Call]) -> list[Call]:
    """The answers to requests at the planned moments, after a silence and before another."""
    target.clock.sleep(QUIET_WINDOWS * window)
    began = target.clock.now()
    calls = []
    for offset in offsets(limit, window):
        target.clock.sleep(began + offset - target.clock.now())
        calls.append(send())
    target.clock.sleep(QUIET_WINDOWS * window)
    return calls


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


def _create(target: Target) -> Call:
    """A create that is accepted."""
    create = target.vendor.of_kind("create")[0]
    content = target.images.bytes(*target.good_size(create), "jpg")
    files = None if target.needs_link(create) else target.upload(create, content)
    values = target.request(create)
    call = target.send(create, values, files=files, paced=False, credits=1)
    target.follow(create, call, values)
    return call
