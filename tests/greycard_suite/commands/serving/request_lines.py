"""How a request or a delivery is said in the output of `greycard serve`: as a line to read, or as a JSON object.

The words are those of the journal; what others sent is made fit for a terminal.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from greycard_mocks.core.journal import verdict_of
from greycard_mocks.dashboard.reasons import why_of
from greycard_suite.terminal import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from greycard_mocks.core.contract import Runtime
    from greycard_mocks.core.journal import Entry

COLOURS = {"ok": "green", "refused": "red", "unmatched": "magenta", "noted": "yellow", "fault": "cyan"}
"""The colour of each outcome."""

_OPTION = re.compile(r"(--(?:variant|freedom) \S+) (?:accepts|allows)")
_LONGEST = 600


def outcome_of(entry: Entry) -> str:
    """ok, refused, unmatched, noted (carried out, but a picture fails) or fault."""
    return "unmatched" if entry.get("unmatched") else verdict_of(entry)


@dataclass(frozen=True, slots=True)
class TextForm:
    """A line for people; `runtimes` are the vendors as they are served."""

    runtimes: Mapping[str, Runtime]
    colour: bool

    def request(self, entry: Entry, seconds: float, at: float) -> str:
        """Time of day, status, method, path, task, milliseconds, and what is to be said of it."""
        if entry.kind == "delivery":
            return self._delivery(entry, at)
        outcome = outcome_of(entry)
        parts = [
            self._styled(f"{datetime.fromtimestamp(at, UTC).astimezone():%H:%M:%S}", dim=True),
            self._styled(str(entry["status"]), fg=COLOURS[outcome], bold=True),
            f"{printable(entry['method'], 20)} {printable(entry['path'], 200)}",
        ]
        if entry.get("task"):
            parts.append(f"task {printable(entry['task'], 100)}")
        parts.append(self._styled(_milliseconds(seconds), dim=True))
        if words := self._words(entry, outcome):
            parts.append(self._styled(words, fg=COLOURS[outcome if outcome != "ok" else "noted"]))
        return "  ".join(parts)

    def _delivery(self, entry: Entry, at: float) -> str:
        done = str(entry["outcome"])
        style = {"fg": "green" if done == "acknowledged" else "red"}
        return "  ".join(
            [
                self._styled(f"{datetime.fromtimestamp(at, UTC).astimezone():%H:%M:%S}", dim=True),
                self._styled(str(entry["status"] or "---"), **style, bold=True),
                f"-> POST {printable(entry['url'], 200)}  task {printable(entry['task'], 100)}",
                self._styled(f"attempt {entry['attempt']} {done}", **style),
                *([printable(entry["reason"], _LONGEST)] if entry["reason"] else []),
            ]
        )

    def _words(self, entry: Entry, outcome: str) -> str:
        why = why_of(self.runtimes.get(str(entry.get("vendor"))), entry)
        said = []
        if entry.get("fault"):
            said.append(f"fault {entry['fault']}")
        if why is not None:
            cited = ", ".join(f"{one.document}:{one.lines}" for one in why.lines) or (
                "assumed" if why.assumption else ""
            )
            fails = outcome == "noted" and "#pictures/" in why.claim
            label = "accepted, but its task fails" if fails else outcome
            said.append(f"{label}{f' ({cited})' if cited else ''}: {printable(why.detail, _LONGEST)}")
        if ignored := entry.get("ignored"):
            said.append(f"ignored: {printable(', '.join(ignored), 200)}")
        return "; ".join(said)

    def dropped(self, count: int) -> str:
        """So many lines found no room."""
        return self._styled(f"... {count} lines left out: this output does not take them fast enough", fg="yellow")

    def _styled(self, text: str, **style: Any) -> str:
        return click.style(text, **style) if self.colour else text


@dataclass(frozen=True, slots=True)
class JsonForm:
    """A JSON object in each line; `runtimes` are the vendors as they are served."""

    runtimes: Mapping[str, Runtime]

    def request(self, entry: Entry, seconds: float, at: float) -> str:
        """Everything that the line for people has, by name."""
        if entry.kind == "delivery":
            names = ("task", "url", "attempt", "status", "outcome", "reason")
            told = {"event": "delivery", "at": _moment(at), **{name: entry[name] for name in names}}
            return json.dumps({**told, "reason": entry["reason"] or None})
        why = why_of(self.runtimes.get(str(entry.get("vendor"))), entry)
        option = _OPTION.search(why.detail) if why is not None else None
        return json.dumps(
            {
                "event": "request",
                "at": _moment(at),
                "vendor": entry.get("vendor"),
                "operation": entry.get("operation"),
                "method": entry["method"],
                "path": entry["path"],
                "status": entry["status"],
                "task": entry.get("task"),
                "milliseconds": round(seconds * 1000, 3),
                "outcome": outcome_of(entry),
                "fault": entry.get("fault") or None,
                "ignored": entry.get("ignored", []),
                "reason": why.detail if why is not None else None,
                "claim": why.claim or None if why is not None else None,
                "lines": [f"{one.document}:{one.lines}" for one in why.lines] if why is not None else [],
                "option": option[1] if option else None,
            }
        )

    def dropped(self, count: int) -> str:
        """So many lines found no room."""
        return json.dumps({"event": "dropped", "lines": count})


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"
