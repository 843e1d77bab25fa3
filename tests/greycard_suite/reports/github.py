"""What a run found as GitHub Actions shows it: annotations on the run, and a summary in Markdown. It judges nothing."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from greycard_suite.reports.words import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from greycard_suite.judge.verdicts import Verdict
    from greycard_suite.runner.run import Report

MOST = 10
"""GitHub shows at most so many annotations of a kind in each step."""

LONGEST = 400


def annotation_lines(report: Report) -> Iterator[str]:
    """Workflow commands, worst first: an error for each violation, a warning for whatever could not be checked."""
    violated = [one for one in report.all_verdicts if one.verdict == "violated"]
    for one in violated[:MOST]:
        yield _command("error", one.claim.id, f"{one.claim.statement} ({one.claim.source}): {_seen(one)}")
    if len(violated) > MOST:
        yield _command("error", "greycard", f"{len(violated) - MOST} more claims are violated; see the summary")
    unwell = [*report.unreached, *report.conditions, *report.problems]
    unwell += [f"the test {name} broke down" for name in report.failures]
    for words in unwell[:MOST]:
        yield _command("warning", "greycard", words)
    refuted = [one for one in report.all_verdicts if one.verdict == "refuted"]
    for one in refuted[:MOST]:
        yield _command("notice", one.claim.id, f"assumption refuted: {one.claim.statement}: {_seen(one)}")


def summary(report: Report) -> str:
    """The counts of each vendor, and each violation with its line, in Markdown."""
    lines = ["## greycard verify", "", "| vendor | holds | violated | blocked | not exercised |"]
    lines.append("| --- | ---: | ---: | ---: | ---: |")
    for name, found in report.verdicts.items():
        counts = Counter(one.verdict for one in found if one.claim.is_claim)
        cells = [str(counts[verdict]) for verdict in ("holds", "violated", "blocked", "not exercised")]
        lines.append(f"| {' | '.join([report.judged[name].title if name in report.judged else name, *cells])} |")
    violated = [one for one in report.all_verdicts if one.verdict == "violated"]
    if violated:
        lines += ["", "| violated | line | expected | seen |", "| --- | --- | --- | --- |"]
        lines += [f"| {' | '.join(_cells(one))} |" for one in violated]
    for words in (*report.unreached, *report.conditions, *report.problems):
        lines += ["", f"- {_cell(words)}"]
    return "\n".join(lines) + "\n"


def _cells(one: Verdict) -> list[str]:
    finding = one.finding
    expected, seen = (plain(finding.expected), plain(finding.seen)) if finding is not None else ("", "")
    return [_cell(f"{one.claim.statement} ({one.claim.id})"), _cell(one.claim.source), _cell(expected), _cell(seen)]


def _seen(one: Verdict) -> str:
    finding = one.finding
    return "" if finding is None else f"expected {plain(finding.expected)}, seen {plain(finding.seen)}"


def _cell(text: str) -> str:
    short = text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
    return " ".join(short.replace("&", "&amp;").replace("<", "&lt;").replace("|", "\\|").split())


def _command(kind: str, title: str, words: str) -> str:
    """One workflow command, with what GitHub reads as its syntax escaped."""
    short = words if len(words) <= LONGEST else f"{words[:LONGEST]}..."
    escaped = short.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    name = title.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A").replace(":", "%3A").replace(",", "%2C")
    return f"::{kind} title={name}::{escaped}"
