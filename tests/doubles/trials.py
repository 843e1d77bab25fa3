"""Judges doubles with each of their traits, and says whether the judge was right.

    PYTHONPATH=schemas:mocks:client:tests python -m doubles.trials --jobs 2 -o trials.json

A personality must end with status 0 and accuse nobody; a condition must accuse nobody; a change must end with
status 1 and name a claim of a line that it breaks. The exit status is 1 when the judge was wrong anywhere.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from doubles.disputed import ALSO, DISPUTED, MISSED
from doubles.judged import VENDORS, double_of, judged
from greycard_schemas.claims.derive import claims_of
from greycard_schemas.loader import load_contracts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greycard_suite.runner.run import Report

KEY_REFUSED = "refuses the key"
"""What the suite says where no operation lets the key in: a change of the vendor's then looks like a wrong key."""

_LINE = re.compile(r"(S\d):([\d,\s\-]+)")


@dataclass(frozen=True, slots=True)
class Trial:
    """One run over a double with one trait (none: the plain double): what was named, and whether that is right."""

    vendor: str
    trait: str
    kind: str
    sentence: str
    right: bool
    status: int
    named: tuple[str, ...]
    """What was called violated, with the lines, what was expected and what was seen."""

    beside: tuple[str, ...]
    """Of these, claims of no line that the change breaks."""

    problems: tuple[str, ...]


def lines_of(source: str) -> frozenset[str]:
    """The lines that a source cites, one by one: ``S2:10-12,14`` are S2:10, S2:11, S2:12 and S2:14."""
    found = set()
    for document, numbers in _LINE.findall(source):
        for part in numbers.split(","):
            first, _, last = part.strip().partition("-")
            if first.isdigit():
                found |= {f"{document}:{number}" for number in range(int(first), int(last or first) + 1)}
    return frozenset(found)


def kinds_of(vendor: str) -> dict[str, str]:
    """Every trait of the vendor's double and which kind it is; the plain double first, under an empty name."""
    made = double_of(vendor)
    return {
        "": "plain",
        **dict.fromkeys(made.personalities, "personality"),
        **dict.fromkeys(made.conditions, "condition"),
        **dict.fromkeys(made.changes, "change"),
        **dict.fromkeys(DISPUTED[vendor], "disputed"),
        **dict.fromkeys(MISSED.get(vendor, {}), "missed"),
    }


def tried(vendor: str, trait: str) -> Trial:
    """Judge the double with this trait."""
    made, kind = double_of(vendor), kinds_of(vendor)[trait]
    sentence = made.sentence(trait) if trait else "the document as it stands"
    try:
        report = judged(vendor, (trait,) if trait else ())
    except Exception as error:  # noqa: BLE001 - a run that breaks down is a wrong verdict, and the next goes on
        return Trial(vendor, trait, kind, sentence, False, -1, (), (), (f"{type(error).__name__}: {error}"[-400:],))
    claims = claims_of(load_contracts([vendor])[vendor])
    cites = (*made.changes[trait].lines, *ALSO.get(vendor, {}).get(trait, ())) if kind == "change" else ()
    broken = frozenset[str]().union(*(lines_of(one) for one in cites))
    violated = [one for one in report.all_verdicts if one.verdict == "violated"]
    hit, named, beside = False, [], []
    for one in violated:
        group = (one.finding.one_of if one.finding else ()) or (one.claim.id,)
        cited = frozenset[str]().union(*(lines_of(claims[name].source) for name in group if name in claims))
        hit = hit or bool(cited & broken)
        look = one.finding
        words = f"{one.claim.id} ({one.claim.source})" + (
            f": expected {_short(look.expected)}; seen {_short(look.seen)} [{look.test}]" if look else ""
        )
        named.append(words)
        if not cited & broken:
            beside.append(one.claim.id)
    key_refused = report.status == 3 and any(KEY_REFUSED in one for one in report.problems)
    right = {
        "change": (report.status == 1 and hit) or key_refused,
        "disputed": True,
        "missed": True,
        "condition": not violated and report.status in (0, 3),
    }.get(kind, report.status == 0 and not violated)
    right = right and not report.failures
    return Trial(vendor, trait, kind, sentence, right, report.status, tuple(named), tuple(beside), _problems(report))


def _problems(report: Report) -> tuple[str, ...]:
    broken = [f"{test}: {' '.join(words.split())[-300:]}" for test, words in report.failures.items()]
    return (*(str(one)[:300] for one in report.problems), *broken)


def _short(value: object) -> str:
    text = " ".join((value if isinstance(value, str) else repr(value)).split())
    return text if len(text) <= 160 else f"{text[:160]} ..."


def _tried(pair: tuple[str, str]) -> Trial:
    return tried(*pair)


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge the doubles as asked and tell where the judge was wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--vendors", nargs="*", default=list(VENDORS))
    parser.add_argument("--traits", default="*", metavar="PATTERN", help="only traits whose name fits")
    parser.add_argument("--kinds", nargs="*", default=["plain", "personality", "condition", "change"])
    parser.add_argument("--again", type=Path, help="only what was judged wrongly in this earlier output")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("-o", "--output", type=Path, help="everything as JSON")
    options = parser.parse_args(arguments)
    wanted = [
        (vendor, trait)
        for vendor in options.vendors
        for trait, kind in kinds_of(vendor).items()
        if kind in options.kinds and fnmatchcase(trait, options.traits)
    ]
    if options.again:
        before = json.loads(options.again.read_text(encoding="utf-8"))
        judged_wrongly = {(one["vendor"], one["trait"]) for one in before if not one["right"]}
        wanted = [pair for pair in wanted if pair in judged_wrongly]
    done: list[Trial] = []
    with ProcessPoolExecutor(options.jobs) as pool:
        for one in pool.map(_tried, wanted):
            done.append(one)
            if not one.right:
                _say(f"WRONG {one.vendor} {one.kind} {one.trait}: {one.sentence} (status {one.status})")
                for words in (*one.named, *one.problems)[:6]:
                    _say(f"    {words}")
            if options.output:
                text = json.dumps([asdict(each) for each in done], indent=1)
                options.output.write_text(f"{text}\n", encoding="utf-8")
    told = Counter((one.vendor, one.kind, one.right) for one in done)
    for vendor in options.vendors:
        for kind in options.kinds:
            right, wrong = told[vendor, kind, True], told[vendor, kind, False]
            if right + wrong:
                _say(f"{vendor:12} {kind:12} {right} of {right + wrong} right")
    return 0 if all(one.right for one in done) else 1


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
