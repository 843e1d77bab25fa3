"""Shows a person what a run found: a table by operation, each violation with what to do about it, the counts."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from greycard_suite.reports.curl_script import reproduce
from greycard_suite.reports.json import shortened
from greycard_suite.reports.words import plain

if TYPE_CHECKING:
    from rich.console import Console

    from greycard_schemas.loader import Vendor
    from greycard_suite.judge.verdicts import Verdict
    from greycard_suite.runner.run import Report

SYMBOLS = {"holds": "✓", "violated": "✗", "blocked": "▪", "not exercised": "·", "confirmed": "✓", "refuted": "≠"}
STYLES = {
    "holds": "green",
    "violated": "bold red",
    "blocked": "magenta",
    "not exercised": "dim",
    "confirmed": "green",
    "refuted": "yellow",
}


def show(report: Report, console: Console, *, every: bool = False) -> None:
    """Print the table of claims by operation, the counts, and each violation with what to do about it."""
    from rich.table import Table

    for name in report.vendors:
        found = report.verdicts[name]
        table = Table(
            title=f"{report.judged[name].title} ({', '.join(sorted(report.judged[name].sources))})",
            title_justify="left",
            box=None,
            pad_edge=False,
        )
        for column in ("operation", "holds", "violated", "blocked", "not exercised", "assumptions"):
            table.add_column(column, justify="left" if column == "operation" else "right")
        for operation in dict.fromkeys(one.claim.operation for one in found):
            table.add_row(*_row(operation or "(all)", [one for one in found if one.claim.operation == operation]))
        table.add_row(*_row("total", list(found)), style="bold")
        console.print(table)
        if every:
            for one in found:
                console.print(
                    f"  [{STYLES[one.verdict]}]{SYMBOLS[one.verdict]} {_words(one):16}[/] "
                    f"{escape_markup(one.claim.id)} ({escape_markup(one.claim.source)[:60]})"
                )
        for variant, seen in report.variants.get(name, {}).items():
            declared = report.judged[name].variants.get(variant)
            if set(seen) != {declared}:
                console.print(f"  variant {variant}: seen {', '.join(seen)} (judged by {declared})")
        console.print()
    _show_violations(report, console)
    _show_rest(report, console)


def _words(verdict: Verdict) -> str:
    """The verdict in words; what holds by use alone says so."""
    return f"{verdict.verdict} by use" if verdict.by_use else verdict.verdict


def escape_markup(text: str) -> str:
    """Text that rich shall print as it is."""
    from rich.markup import escape as escaped

    return escaped("".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text))


def _row(title: str, found: list[Verdict]) -> tuple[str, ...]:
    counts = Counter(one.verdict for one in found if one.claim.is_claim)
    others = Counter(one.verdict for one in found if not one.claim.is_claim)
    violated = f"[bold red]{counts['violated']}[/]" if counts["violated"] else "0"
    words = f"{others['confirmed'] + others['holds']} confirmed" + (
        f", [yellow]{others['refuted']} refuted[/]" if others["refuted"] else ""
    )
    blocked = f"[magenta]{counts['blocked']}[/]" if counts["blocked"] else "0"
    return escape_markup(title), str(counts["holds"]), violated, blocked, str(counts["not exercised"]), words


def _show_violations(report: Report, console: Console) -> None:
    """Each violation, and each group of statements of which one is violated, once."""
    shown: set[tuple[str, ...]] = set()
    for one in report.all_verdicts:
        if one.verdict != "violated" or one.finding is None:
            continue
        group = one.finding.one_of
        if group and group in shown:
            continue
        shown.add(group)
        if group:
            console.print(f"[bold red]✗ one of these {len(group)} statements[/], what was seen does not tell which:")
        for member in [two for two in report.all_verdicts if two.claim.id in group] or [one]:
            console.print(
                f"[bold red]✗ {escape_markup(member.claim.id)}[/]  {escape_markup(member.claim.source)}", soft_wrap=True
            )
            console.print(f"    {escape_markup(member.claim.statement)}", soft_wrap=True)
        console.print(f"    expected  {escape_markup(plain(shortened(one.finding.expected)))}", soft_wrap=True)
        console.print(f"    seen      {escape_markup(plain(shortened(one.finding.seen)))}", soft_wrap=True)
        option = accepting_option(report.judged[one.claim.vendor], one)
        if option:
            console.print(f"    if that is how this vendor is: --variant {escape_markup(option)}", soft_wrap=True)
        for line in reproduce(report, one).splitlines():
            console.print(f"    {escape_markup(line)}", soft_wrap=True, highlight=False)
        console.print()


def accepting_option(vendor: Vendor, verdict: Verdict) -> str:
    """The variant option under which this statement reads otherwise, as ``picwish.edition=current``; or empty."""
    for variant, spec in vendor.data.get("variants", {}).items():
        for option, rule in spec["options"].items():
            if option == vendor.variants.get(variant):
                continue
            for patch in rule["patch"]:
                claim = verdict.claim
                places = (claim.pointer, f"{claim.pointer}/{claim.value}")  # the second: one entry of a list
                if patch["file"] == claim.file and any(f"{one}/".startswith(f"{patch['path']}/") for one in places):
                    return f"{vendor.name}.{variant}={option}"
    return ""


def _show_blocks(report: Report, console: Console) -> None:
    """What could not be looked at, by what stood in the way."""
    blocked = Counter(one.reason for one in report.all_verdicts if one.verdict == "blocked")
    for reason, count in blocked.most_common():
        console.print(f"[magenta]▪[/] {count} statements are blocked: {escape_markup(reason)}", soft_wrap=True)
    for condition in report.conditions:
        console.print(f"[magenta]▪[/] a condition of the account: {escape_markup(condition)}", soft_wrap=True)
    for sentence in report.unreached:
        console.print(f"[bold magenta]![/] not carried to its end: {escape_markup(sentence)}", soft_wrap=True)


def _show_rest(report: Report, console: Console) -> None:
    for one in report.all_verdicts:
        if one.verdict == "refuted" and one.finding is not None:
            expected = escape_markup(plain(shortened(one.finding.expected)))
            seen = escape_markup(plain(shortened(one.finding.seen)))
            console.print(
                f"[yellow]≠[/] assumption refuted: {escape_markup(one.claim.id)}: expected {expected}, seen {seen}",
                soft_wrap=True,
            )
    for notice in report.notices:
        console.print(f"[dim]note: {escape_markup(notice)}[/]", soft_wrap=True)
    for name, text in report.failures.items():
        last = text.strip().splitlines()[-1] if text.strip() else ""
        console.print(
            f"[bold red]! the test {escape_markup(name)} broke down[/]: {escape_markup(last)}", soft_wrap=True
        )
    for problem in report.problems:
        console.print(f"[bold red]![/] {escape_markup(problem)}", soft_wrap=True)
    _show_blocks(report, console)
    counts = Counter(one.verdict for one in report.all_verdicts if one.claim.is_claim)
    by_use = sum(one.by_use for one in report.all_verdicts if one.claim.is_claim)
    if by_use:
        console.print(
            f"[dim]{by_use} of the claims that hold do so by use: nothing contradicted them while they were used[/]",
            soft_wrap=True,
        )
    exercised, observable = report.exercised
    blocked_words = f"{counts['blocked']} blocked, " if counts["blocked"] else ""
    console.print(
        f"{exercised} of {observable} observable statements were exercised "
        f"({100 * exercised / (observable or 1):.0f} %): "
        f"{counts['holds']} claims hold, {counts['violated']} violated, {blocked_words}"
        f"{counts['not exercised']} not exercised "
        f"({report.ran} tests against the {'mock' if report.target == 'mock' else report.target + ' target'})",
        soft_wrap=True,
    )
