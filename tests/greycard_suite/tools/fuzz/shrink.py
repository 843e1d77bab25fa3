"""Makes what failed smaller while it still fails, so that a person sees what it was about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from greycard_suite.tools.fuzz.case import Case, Sent

TRIES = 150
SECONDS = 10.0


def smallest(case: Case, fails: Callable[[Case], bool], now: Callable[[], float]) -> Case:
    """The smallest case that is found within bounds and still fails; `case` itself when that does not fail again.

    A case that `must_answer` loses whole writes only: a piece of a request may be none.
    """
    if not fails(case):
        return case
    left, until = TRIES, now() + SECONDS
    smaller = True
    while smaller:
        smaller = False
        for candidate in _smaller(case):
            left -= 1
            if left <= 0 or now() > until:
                break
            if fails(candidate):
                case, smaller = candidate, True
                break
    return case


def _smaller(case: Case) -> Iterator[Case]:
    """The case without one of its writes, then without pieces of one."""
    if len(case.sent) > 1:
        for place in range(len(case.sent)):
            yield replace(case, sent=case.sent[:place] + case.sent[place + 1 :])
    if case.must_answer:
        return
    for place, one in enumerate(case.sent):
        for data in _shorter(one.data):
            yield replace(case, sent=(*case.sent[:place], Sent(data, one.methods), *case.sent[place + 1 :]))


def _shorter(data: bytes) -> Iterator[bytes]:
    size = len(data) // 2
    while size >= 1:
        for start in range(0, len(data), size):
            yield data[:start] + data[start + size :]
        size //= 2
