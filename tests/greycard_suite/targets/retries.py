"""When a request is made once more: refused as one too many, or answered with an error of the vendor's own.

Bounded, and given up for the run where it has not helped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from greycard_suite.judge import preconditions
from greycard_suite.targets.wire import RETRY_SECONDS, is_busy, retry_after

if TYPE_CHECKING:
    from collections.abc import Callable

    from greycard_suite.call import Call
    from greycard_suite.clock import Clock
    from greycard_suite.judge.answers import Judge
    from greycard_suite.targets.waits import Waits
    from greycard_suite.targets.wire import Wire

UNWELL_SECONDS = (1.0, 4.0, 16.0)
"""How long to wait before each new try of a request that was answered with HTTP 500 or more."""


def answered(
    judge: Judge, wire: Wire, clock: Clock, waits: Waits | None, call: Call, resend: Callable[[int], Call], cost: int
) -> Call:
    """The answer to a request after as many tries as make sense; errors of the vendor's own stay without `waits`.

    `resend` takes the credits that the next try may cost: what was refused has cost nothing, but a vendor that answers
    with an error of its own may have taken them (`cost`).
    """
    for pause in RETRY_SECONDS:
        if not (is_busy(call) or preconditions.is_too_many(judge, call)):
            break
        gap = wire.pace.slow_down(clock, retry_after(call, pause))
        judge.verdicts.notice(
            f"requests were refused as too many (HTTP {call.status}) although they were paced; "
            f"waited, tried again and went on with one request in {gap:.2g} s"
        )
        call = resend(0)
    if waits is None or call.status < 500 or not waits.is_hopeful(call.operation):
        return call
    for pause in UNWELL_SECONDS:
        clock.sleep(pause)
        call = resend(cost)
        if call.status < 500:
            judge.verdicts.notice("requests were answered with HTTP 500 or more for a while; they were tried again")
            return call
    waits.lose_hope(call.operation)
    return call
