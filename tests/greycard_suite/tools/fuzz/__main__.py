"""Sends generated requests to a mock of its own, right and wrong ones, and says what it did not bear.

    python -m greycard_suite.tools.fuzz --minutes 30
    python -m greycard_suite.tools.fuzz --seed 7 --only 4711

Every case follows from the seed, which is new each time and printed, and its number. Wrong is: a status of 500 and
more that was not asked for, a request that is neither answered nor closed in time, an answer that is none, anything
on stderr, an end of the process, right requests that do not go well afterwards, and descriptors, threads or memory
that are not given back. The exit status is 1 when anything was wrong.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys

from greycard_schemas.errors import ContractError
from greycard_schemas.loader import load_contracts
from greycard_suite.tools.fuzz.case import Case
from greycard_suite.tools.fuzz.server import Served
from greycard_suite.tools.fuzz.session import Figures, Finding, Session

SHOWN_BYTES = 2000


def main(arguments: list[str] | None = None) -> int:
    """As the module says."""
    parser = argparse.ArgumentParser(
        "python -m greycard_suite.tools.fuzz", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=1.0, help="how long requests are sent")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32), help="a new one unless said")  # noqa: S311 - no secret
    parser.add_argument("--vendor", action="append", default=[], help="only this one; may be said again")
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--only", type=int, metavar="NUMBER", help="send this one case of the seed and show it")
    chosen = parser.parse_args(arguments)
    if not 0 < chosen.minutes < 1e6 or not 0 < chosen.threads <= 16:
        parser.error("--minutes must be over 0, --threads from 1 to 16")
    try:
        contracts = load_contracts(chosen.vendor)
    except ContractError as error:
        parser.error(str(error))
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the mock is stopped too
    _say(f"seed {chosen.seed}")
    with Served(tuple(contracts), chosen.seed) as served:
        session = Session(served, contracts, chosen.seed)
        if chosen.only is not None:
            case, wrong = session.only(chosen.only)
            _say(f"{case.kind}:\n{shown(case)}\n{wrong or 'nothing was wrong with it'}")
            return 1 if wrong else 0
        figures = session.run(chosen.minutes * 60, chosen.threads)
        stopped = served.close()
        if stopped:
            figures.findings.append(Finding(stopped))
    again = "".join(f" --vendor {vendor}" for vendor in chosen.vendor)
    for one in figures.findings:
        _say(f"\nWRONG: {one.what}")
        if one.case is not None:
            _say(f"repeat: python -m greycard_suite.tools.fuzz --seed {chosen.seed}{again} --only {one.case.number}")
            _say(f"{one.case.kind}, as small as it was found:\n{shown(one.case)}")
    _say(told(figures, chosen.minutes * 60))
    return 1 if figures.findings else 0


def told(figures: Figures, seconds: float) -> str:
    """The figures of a run in a few lines."""
    kinds = ", ".join(f"{count} {kind}" for kind, count in figures.kinds.most_common())
    statuses = ", ".join(f"{count} x {status}" for status, count in sorted(figures.statuses.items()))
    before, after = figures.before, figures.after
    return (
        f"\n{figures.requests} requests in {sum(figures.kinds.values())} cases, {seconds:g} s: "
        f"{len(figures.findings)} findings; slowest case {figures.slowest:.1f} s\n"
        f"cases: {kinds}\nanswers: {statuses}\n"
        f"before and after: descriptors {before.descriptors} and {after.descriptors}, "
        f"threads {before.threads} and {after.threads}, memory {before.memory} and {after.memory} MiB"
    )


def shown(case: Case) -> str:
    """What a case sends, as Python would write it, long ones shortened."""
    lines = list[str]()
    for one in case.sent:
        more = f" ... ({len(one.data)} bytes)" if len(one.data) > SHOWN_BYTES else ""
        lines.append(f"  {one.data[:SHOWN_BYTES]!r}{more}")
    return "\n".join(lines)


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - a command


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
