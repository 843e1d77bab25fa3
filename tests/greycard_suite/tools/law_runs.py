"""Tries the two laws many times in several processes, and shows for each fault the smallest set of freedoms behind it.

    python -m greycard_suite.tools.law_runs --draws 200 --drift-draws 3 --jobs 2 -o laws.json

Law 1 is tried with every draw of each vendor (with `--singles` also with each freedom alone), law 2 with each drift
beside some draws. The exit status is 1 when a law was broken. What the laws say stands in `laws`.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from greycard_schemas.loader import load_contracts
from greycard_suite.tools import laws
from greycard_suite.tools.drift_table import reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence


@dataclass(frozen=True, slots=True)
class Try:
    """One run to make: of which law, over which vendor, with which seed or single freedom, beside which drift."""

    law: int
    vendor: str
    seed: int = 0
    single: str = ""
    drift: str = ""
    plain: bool = False
    shrink: bool = True

    @property
    def freedoms(self) -> tuple[str, ...]:
        """The ids that this try switches on."""
        if self.single:
            return (self.single,)
        if self.drift:
            return laws.drawn_beside(laws.drifts(self.vendor)[self.drift], self.seed, plain=self.plain)
        return laws.drawn(self.vendor, self.seed, plain=self.plain)


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault, with the smallest set of freedoms that brings it about."""

    law: int
    vendor: str
    seed: int
    drift: str
    freedoms: tuple[str, ...]
    kind: str
    claim: str
    expected: str
    seen: str
    test: str


MOST = 6
"""How many claims of one group of faults are named."""

_SEEN: dict[tuple[str, str, frozenset[str]], list[laws.Fault]] = {}
"""In one process: what each set of freedoms brought about over a vendor and a drift, so that it is not tried again."""


def carried_out(one: Try) -> tuple[Try, list[Finding]]:
    """Make one run, and shrink what breaks its law."""
    ids = one.freedoms

    def tried(some: tuple[str, ...]) -> list[laws.Fault]:
        key = (one.vendor, one.drift, frozenset(some))
        if key not in _SEEN:
            _SEEN[key] = (
                laws.first_law(one.vendor, some)
                if one.law == 1
                else laws.second_law(laws.drifts(one.vendor)[one.drift], some)
            )
        return _SEEN[key]

    findings = []
    for fault in tried(ids):
        least = _least(one, ids, fault, tried) if one.shrink and len(ids) > 1 else ids
        findings.append(Finding(one.law, one.vendor, one.seed, one.drift, least, **asdict(fault)))
    return one, findings


def _least(
    one: Try, ids: tuple[str, ...], fault: laws.Fault, tried: Callable[[tuple[str, ...]], list[laws.Fault]]
) -> tuple[str, ...]:
    """The smallest set of `ids` that brings the fault about: most faults are those of one freedom, which is tried."""

    def breaks(some: tuple[str, ...]) -> bool:
        return any(other.sign == fault.sign for other in tried(some))

    if breaks(()):
        return ()
    for single in ids if one.law == 1 else ():
        if breaks((single,)):
            return (single,)
    mine = frozenset(ids)
    known = [
        some
        for (vendor, drift, some), faults in _SEEN.items()
        if (vendor, drift) == (one.vendor, one.drift)
        and some <= mine
        and any(other.sign == fault.sign for other in faults)
    ]
    fewest = min(known, key=len)
    return laws.smallest(sorted(fewest), breaks)


def tries(options: argparse.Namespace) -> Iterator[Try]:
    """Every run that the command asks for."""
    more: dict[str, Any] = {"plain": options.plain, "shrink": not options.no_shrink}
    for vendor in options.vendors or load_contracts():
        if options.singles:
            for name, freedom in laws.freedoms(vendor).items():
                if freedom.is_plain or not options.plain:
                    yield Try(1, vendor, single=name, **more)
        for seed in range(options.seed, options.seed + options.draws):
            yield Try(1, vendor, seed, **more)
        for name, drift in laws.drifts(vendor).items():
            if reason(drift, "live") or not fnmatchcase(name, options.drifts):
                continue
            for seed in range(options.seed, options.seed + options.drift_draws):
                yield Try(2, vendor, seed, drift=name, **more)


def main(arguments: Sequence[str] | None = None) -> int:
    """Try the laws as often as asked, and tell what broke them; 1 when something did."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--draws", type=int, default=20, help="draws for each vendor (law 1)")
    parser.add_argument("--drift-draws", type=int, default=0, help="draws beside each drift (law 2)")
    parser.add_argument("--drifts", default="*", metavar="PATTERN", help="only drifts whose id fits")
    parser.add_argument("--singles", action="store_true", help="each freedom alone as well")
    parser.add_argument("--vendors", nargs="*", default=[], help="only these vendors")
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--plain", action="store_true", help="no freedom that is a matter of manners")
    parser.add_argument("--no-shrink", action="store_true", help="do not look for the smallest set")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("-o", "--output", type=Path, help="everything as JSON")
    parser.add_argument("--markdown", type=Path, help="the faults as a list by vendor and claim")
    options = parser.parse_args(arguments)
    wanted, started = list(tries(options)), time.monotonic()
    found: list[Finding] = []
    broken, text = Counter[int](), ""
    with ProcessPoolExecutor(options.jobs) as pool:
        for number, (one, findings) in enumerate(pool.map(carried_out, wanted, chunksize=1), 1):
            found += findings
            broken[one.law] += bool(findings)
            if number % 20 == 0 or number == len(wanted):
                _say(f"{number} of {len(wanted)} runs, {sum(broken.values())} broke a law", file=sys.stderr)
            text = _told(options, wanted[:number], found, broken, time.monotonic() - started)
    _say(text)
    return 1 if found else 0


def _told(
    options: argparse.Namespace, made: Sequence[Try], found: Sequence[Finding], broken: Counter[int], seconds: float
) -> str:
    """The faults so far as Markdown, also written to where the command was told to: a long run may be cut."""
    totals = {
        f"law {law}": {"runs": sum(one.law == law for one in made), "broken": broken[law]}
        for law in sorted({one.law for one in made})
    }
    text = markdown(distinct(found), f"{totals}, in {seconds:.0f} s, seeds from {options.seed}")
    if options.markdown:
        options.markdown.write_text(text + "\n", encoding="utf-8")
    if options.output:
        document = {"totals": totals, "seed": options.seed, "findings": [asdict(one) for one in found]}
        options.output.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return text


def distinct(found: Iterable[Finding]) -> list[tuple[Finding, int]]:
    """Each fault once for each smallest set, with how often it was met, in the order of vendors and claims."""
    met: dict[tuple[object, ...], list[Finding]] = {}
    for one in found:
        met.setdefault((one.law, one.vendor, one.kind, one.claim, one.drift, one.freedoms), []).append(one)
    return sorted(
        ((some[0], len(some)) for some in met.values()),
        key=lambda each: (each[0].law, each[0].vendor, each[0].kind, each[0].claim, len(each[0].freedoms)),
    )


def markdown(told: Iterable[tuple[Finding, int]], head: str) -> str:
    """The faults as a list by law, vendor and the smallest set; what one set brings about stands together."""
    groups: dict[tuple[object, ...], list[tuple[Finding, int]]] = {}
    for one, times in told:
        groups.setdefault((one.law, one.vendor, one.kind, one.drift, one.freedoms), []).append((one, times))
    lines, title = [f"# Laws: {head}"], ""
    for some in groups.values():
        one, times = some[0]
        heading = f"\n## law {one.law}, {one.vendor}, {one.kind}\n"
        if heading != title:
            title = heading
            lines.append(heading)
        beside = f" under drift `{one.drift}`" if one.drift else ""
        claims = ", ".join(f"`{each.claim}`" for each, _ in some[:MOST])
        more = f" and {len(some) - MOST} more" if len(some) > MOST else ""
        lines += [
            f"- {claims}{more}{beside} ({times} times, first with seed {one.seed})",
            f"  - freedoms: {', '.join(one.freedoms) or 'none: it is so without any'}",
        ]
        if one.expected or one.seen or one.test:
            lines.append(f"  - expected {one.expected}; seen {one.seen} {f'[{one.test}]' if one.test else ''}".rstrip())
    return "\n".join(lines)


def _say(text: str, file: object = None) -> None:
    print(text, file=file, flush=True)  # type: ignore[call-overload]


if __name__ == "__main__":
    raise SystemExit(main())
