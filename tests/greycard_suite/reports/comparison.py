"""Shows a comparison on a terminal in one screen, or as Markdown; text from a vendor is made harmless."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from greycard_suite.evidence.change import SEVERITIES, Change
from greycard_suite.evidence.compare import Comparison
from greycard_suite.reports.terminal import escape_markup

if TYPE_CHECKING:
    from rich.console import Console

STYLES = {"breaking": "bold red", "undecided": "bold yellow", "additive": "green", "silent": "yellow"}
MEANINGS = {
    "breaking": "what the documents promise, or what was always there, is no longer so",
    "undecided": "it could not be decided whether this breaks anything; look at it yourself",
    "additive": "something new, or something that holds again",
    "silent": "behaviour that no document promises has changed",
}
MOST_CHARACTERS = 160
"""Characters of a document that are shown; the JSON form has it whole."""

MOST_LINES = 12
"""Changes of one severity that a terminal shows; the rest are counted."""


def headline(comparison: Comparison) -> str:
    """The comparison in one line."""
    same = f"{comparison.same} statements {'have the same verdict' if comparison.of_runs else 'are the same'}."
    if not comparison.changes:
        return f"Nothing changed: {same}"
    counts = ", ".join(f"{len(found)} {name}" for name in SEVERITIES if (found := comparison.of(name)))
    number = len(comparison.changes)
    return f"{number} change{'' if number == 1 else 's'} ({counts}); {same}"


def witness_of(change: Change) -> str:
    """The document that shows a change, as short JSON after its direction; empty where none does."""
    if not change.direction:
        return ""
    text = json.dumps(change.witness)
    return f"{change.direction} {text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 3] + '...'}"


def show(comparison: Comparison, console: Console, *, every: bool = False) -> None:
    """Print the comparison; all of it when `every`, otherwise as much as fits one screen."""
    console.print(f"before  {escape_markup(comparison.before)}\nafter   {escape_markup(comparison.after)}")
    console.print(f"[bold]{escape_markup(headline(comparison))}[/]\n", soft_wrap=True)
    for severity in SEVERITIES:
        found = comparison.of(severity)
        if not found:
            continue
        console.print(f"[{STYLES[severity]}]{severity.upper()}[/] [dim]{MEANINGS[severity]}[/]", soft_wrap=True)
        for one in found if every else found[:MOST_LINES]:
            source = f" ({one.source})" if one.source else ""
            shown = f"  {escape_markup(witness_of(one))}" if one.direction else ""
            subject = f"{escape_markup(one.subject)}[dim]{escape_markup(source)}[/]{shown}"
            console.print(f"  [{STYLES[severity]}]{_sign(one)}[/] {subject}", soft_wrap=True)
            console.print(f"      {escape_markup(one.sentence)}", soft_wrap=True)
            words = [
                f"[dim]{word}[/] {escape_markup(text)}"
                for word, text in (("was", one.before), ("now", one.after))
                if text
            ]
            if words:
                console.print(f"      {'  '.join(words)}", soft_wrap=True)
        if not every and len(found) > MOST_LINES:
            console.print(f"  and {len(found) - MOST_LINES} more; --all shows them", style="dim")
        console.print()
    if comparison.unchecked:
        some = f"{', '.join(comparison.unchecked[:4])}{' ...' if len(comparison.unchecked) > 4 else ''}"
        console.print(
            f"[dim]{_unchecked(comparison)}: {escape_markup(some)}[/]",
            soft_wrap=True,
        )


def as_markdown(comparison: Comparison) -> str:
    """The comparison as Markdown."""
    lines = [
        f"### greycard: {_cell(headline(comparison))}",
        "",
        f"{_cell(comparison.before)} → {_cell(comparison.after)}",
        "",
    ]
    for severity in SEVERITIES:
        found = comparison.of(severity)
        if found:
            lines += [
                f"**{severity.capitalize()}**: {MEANINGS[severity]}",
                "",
                "| what | statement | was | now |",
                "|---|---|---|---|",
            ]
            for one in found:
                source = f" ({_cell(one.source)})" if one.source else ""
                cells = (
                    _code(one.subject),
                    f"{_cell(one.sentence)}{source}{' ' if one.direction else ''}{_code(witness_of(one))}",
                    _code(one.before),
                    _code(one.after),
                )
                lines.append(f"| {' | '.join(cells)} |")
            lines.append("")
    if comparison.unchecked:
        names = "".join(f"- {_code(name)}\n" for name in comparison.unchecked)
        lines += [
            f"<details><summary>{_unchecked(comparison)}</summary>",
            "",
            names,
            "</details>",
            "",
        ]
    return "\n".join(lines)


def _unchecked(comparison: Comparison) -> str:
    return f"{len(comparison.unchecked)} claims that held before were not looked at now"


def _sign(change: Change) -> str:
    if change.severity == "undecided":
        return "?"
    if change.what == "claim":
        return "✗" if change.severity == "breaking" else "✓" if change.severity == "additive" else "≠"
    if change.what == "field":
        return "+" if change.severity == "additive" else "-"
    return "≠"


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def _cell(text: str) -> str:
    """Text that Markdown shows as it is: no markup, no table column, no mention, no link."""
    safe = _printable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for char in "\\`*_[]|~!#":
        safe = safe.replace(char, "\\" + char)
    return safe.replace("@", "@\N{ZERO WIDTH NON-JOINER}").replace("://", ":\N{ZERO WIDTH NON-JOINER}//")


def _code(text: str) -> str:
    """Text as code in a table; a bar would end the cell even there."""
    safe = _printable(text).replace("`", "'").replace("|", "\N{BROKEN BAR}")
    return f"`{safe}`" if safe.strip() else ""
