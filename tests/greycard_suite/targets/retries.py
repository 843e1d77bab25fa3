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
    from greycard_suite.targets.target import Target

UNWELL_SECONDS = (1.0, 4.0, 16.0)
"""How long to wait before each new try of a request that was answered with HTTP 500 or more."""


def answered(target: Target, call: Call, resend: Callable[[], Call]) -> Call:
    """The answer to a request after as many tries as make sense."""
    for pause in RETRY_SECONDS:
        if not (is_busy(call) or preconditions.is_too_many(target.judge, call)):
            break
        gap = target.wire.pace.slow_down(target.clock, retry_after(call, pause))
        target.verdicts.notice(
            f"requests were refused as too many (HTTP {call.status}) although they were paced; "
            f"waited, tried again and went on with one request in {gap:.2g} s"
        )
        call = resend()
    if target.kind != "live" or call.status < 500 or not target.waits.is_hopeful(call.operation):
        return call
    for pause in UNWELL_SECONDS:
        target.clock.sleep(pause)
        call = resend()
        if call.status < 500:
            target.verdicts.notice("requests were answered with HTTP 500 or more for a while; they were tried again")
            return call
    target.waits.lose_hope(call.operation)
    return call
