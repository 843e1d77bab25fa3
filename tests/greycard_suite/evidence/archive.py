"""Where each recorded call lies in a file of evidence; calls are read from there when they are looked at.

Reads the archive of a whole run and the journal of one that is under way or was cut off. It keeps no call, so that
the memory it takes does not grow with what a vendor has answered. It writes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from greycard_suite.evidence.har import ENTRIES, FORMAT, HEAD, EvidenceError, load_har, records_of
from greycard_suite.evidence.har_entries import call_from, delivery_from
from greycard_suite.evidence.recording import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from greycard_suite.call import Call, Delivery

ARCHIVE = "exchange.har"
JOURNAL = "exchange.jsonl"
"""What a run has sent and received so far, one line each; a whole run leaves the archive instead."""

Place = tuple[str, str, int]
"""Vendor, test and number of the try."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Line:
    """Where one line of a file begins, and how many bytes it has; `moment` and `number` say where it belongs."""

    start: int
    length: int
    moment: float = 0.0
    number: int = 0


class Stored(Sequence[T], Generic[T]):
    """A sequence whose members are read from a file, each time that one is asked for."""

    def __init__(self, path: Path, lines: Sequence[Line], made: Callable[[Mapping[str, Any]], T]) -> None:
        self._path, self._lines, self._made = path, lines, made

    def __len__(self) -> int:
        return len(self._lines)

    @overload
    def __getitem__(self, index: int) -> T: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...

    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        if isinstance(index, slice):
            return Stored(self._path, self._lines[index], self._made)
        try:
            return self._made(read_line(self._path, self._lines[index]))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            msg = f"{self._path} is incomplete ({type(error).__name__}: {error}); it must be as greycard wrote it"
            raise EvidenceError(msg) from None


def read_line(path: Path, line: Line) -> dict[str, Any]:
    """One line of a file as JSON; raises EvidenceError when the file is gone or has changed."""
    try:
        with path.open("rb") as file:
            file.seek(line.start)
            found: dict[str, Any] = json.loads(file.read(line.length))
    except (OSError, ValueError, RecursionError) as error:
        msg = f"{path} cannot be read ({error}); it has changed while it was used"
        raise EvidenceError(msg) from None
    return found


@dataclass
class Try:
    """One try of one test, as far as it is on record; `ended` is None while it is under way, or for ever.

    `intents` are the requests that may cost something, by number, as they were about to be sent; those that were
    `answered` have a call too. `cut_off`: a run ended before it did, and another went on with it.
    """

    place: Place
    setting: Mapping[str, Any]
    started: float
    ended: float | None = None
    calls: list[Line] = field(default_factory=list)
    deliveries: list[Line] = field(default_factory=list)
    intents: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    answered: dict[int, Line] = field(default_factory=dict)
    cut_off: bool = False

    def stored_calls(self, path: Path) -> Stored[Call]:
        """Its calls in their order, read from this file."""
        return Stored(path, sorted(self.calls, key=lambda one: one.number), _call)

    def record(self, path: Path) -> Record:
        """What is kept of it, with its calls and deliveries in this file."""
        ended = self.ended if self.ended is not None else max((one.moment for one in self.calls), default=self.started)
        calls, deliveries = self.stored_calls(path), Stored(path, self.deliveries, _delivery)
        lines = sorted(
            [(one.moment, 0, one.number, one) for one in self.calls]
            + [(one.moment, 1, index, one) for index, one in enumerate(self.deliveries)],
            key=lambda each: each[:3],
        )
        entries = Stored(path, [one for *_, one in lines], dict[str, Any])
        vendor, test, attempt = self.place
        cut_off = self.cut_off or self.ended is None
        return Record(vendor, test, attempt, self.started, ended, calls, deliveries, self.setting, {}, entries, cut_off)


def _call(entry: Mapping[str, Any]) -> Call:
    return call_from(entry, entry["_greycard"])


def _delivery(entry: Mapping[str, Any]) -> Delivery:
    return delivery_from(entry, entry["_greycard"])


@dataclass
class Archive:
    """What a file of evidence holds: settings by vendor, tries by place, the tests that are `done`.

    `arrived` are the deliveries by vendor as they came in, before it was known which test they belong to.
    """

    path: Path
    settings: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    tries: dict[Place, Try] = field(default_factory=dict)
    done: dict[tuple[str, str], None] = field(default_factory=dict)
    arrived: dict[str, list[Line]] = field(default_factory=dict)
    size: int = 0
    """Bytes of the whole lines of the file."""
    whole: list[Record] | None = None
    """The records themselves, of an archive that somebody has laid out otherwise."""

    @property
    def records(self) -> list[Record]:
        """Every try as a record, in the order in which they began."""
        if self.whole is not None:
            return self.whole
        return [one.record(self.path) for one in self.tries.values()]

    def entries(self) -> Iterator[Mapping[str, Any]]:
        """The entries of all tries, one after the other."""
        for record in self.records:
            yield from record.entries or ()

    def deliveries(self, vendor: str) -> Stored[Delivery]:
        """What arrived for a vendor, in the order in which it did."""
        return Stored(self.path, self.arrived.get(vendor, []), _delivery)

    def cut_off(self) -> list[Try]:
        """The tries of tests that had begun and were not done when the run ended."""
        return [one for (vendor, test, _), one in self.tries.items() if (vendor, test) not in self.done]

    def begin(self, place: Place, setting: Mapping[str, Any], started: float, *, anew: bool) -> None:
        """A try begins; `anew`: what is on record of it and of later tries of its test no longer counts."""
        self.settings.setdefault(place[0], setting)
        if anew:
            for other in [one for one in self.tries if one[:2] == place[:2] and one[2] >= place[2]]:
                del self.tries[other]
        self.done.pop(place[:2], None)
        if place in self.tries:
            self.tries[place].cut_off = True
            self.tries[place].ended = None
        else:
            self.tries[place] = Try(place, setting, started)

    def forget_cut_off(self) -> None:
        """Go on as if the tests that were under way when the run was cut off had not begun."""
        for one in self.cut_off():
            del self.tries[one.place]

    def note(self, facts: Mapping[str, Any], start: int, length: int) -> None:
        """Take up one line of the file; raises KeyError, TypeError or ValueError when it says too little."""
        kind = facts["kind"]
        if kind == "arrived":
            self.arrived.setdefault(facts["vendor"], []).append(Line(start, length, float(facts["at"])))
            return
        if kind == "run":
            return
        if kind == "decided":
            self.done[facts["vendor"], facts["test"]] = None
            return
        place: Place = (facts["vendor"], facts["test"], facts["attempt"])
        if kind == "begin":
            self.begin(place, facts["setting"], float(facts["started"]), anew=bool(facts["anew"]))
            return
        known = self.tries[place]
        if kind == "intent":
            known.intents[facts["number"]] = facts
        elif kind == "unsent":
            known.intents.pop(facts["number"], None)
        elif kind == "call":
            line = Line(start, length, float(facts["started"]), int(facts["number"]))
            known.calls.append(line)
            if "intent" in facts:
                known.answered[facts["intent"]] = line
        elif kind == "delivery":
            known.deliveries.append(Line(start, length, float(facts["at"])))
        elif kind == "end":
            known.ended = float(facts["ended"])
        else:
            raise ValueError(kind)


def lines_of(path: Path) -> Iterator[tuple[int, bytes]]:
    """The whole lines of a file and where each begins; a last line that was cut off in the middle is left out."""
    start = 0
    try:
        with path.open("rb") as file:
            for line in file:
                if not line.endswith(b"\n"):
                    return
                yield start, line
                start += len(line)
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror}; name a folder that 'greycard verify --target live' wrote"
        raise EvidenceError(msg) from None


def open_archive(directory: Path) -> Archive:
    """The evidence in a folder: the journal where there is one, else the archive; raises EvidenceError."""
    journal = directory / JOURNAL
    if journal.is_file():
        return read_journal(journal)
    return read_har(directory / ARCHIVE)


def read_har(path: Path) -> Archive:
    """The archive of a whole run; raises EvidenceError."""
    found = _by_lines(path)
    return found if found is not None else _as_a_whole(path)


def read_journal(path: Path) -> Archive:
    """The journal of a run, as far as it was written; raises EvidenceError."""
    found = Archive(path)
    for number, (start, line) in enumerate(lines_of(path), 1):
        try:
            facts = json.loads(line)["_greycard"]
            written = facts["format"] if facts["kind"] == "run" else FORMAT
            found.note(facts, start, len(line))
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            msg = f"{path}, line {number} is none that greycard wrote ({type(error).__name__}: {error})"
            raise EvidenceError(msg) from None
        if written != FORMAT:
            msg = f"{path} has format {written!r}, this greycard reads {FORMAT}; use the one that wrote it"
            raise EvidenceError(msg)
        found.size = start + len(line)
    return found


def _by_lines(path: Path) -> Archive | None:
    """An archive as `har.har_pieces` writes it, one entry per line; None for one that is laid out otherwise."""
    lines = lines_of(path)
    _, first = next(lines, (0, b""))
    if not first.startswith(HEAD) or not first.endswith(ENTRIES):
        return None
    found = Archive(path)
    try:
        head = load_har(first.decode().removesuffix(ENTRIES.decode()) + ENTRIES.decode().strip() + "]}}")["log"]
        for name, setting in head["_greycard"]["settings"].items():
            found.settings[name] = setting
        for test in head["_greycard"]["tests"]:
            place = (test["vendor"], test["test"], test["attempt"])
            setting = test.get("setting") or found.settings[place[0]]
            found.begin(place, setting, test["started"], anew=False)
            found.tries[place].ended = test["ended"]
            found.tries[place].cut_off = bool(test.get("cut_off"))
        for start, line in lines:
            entry = line.rstrip(b",\n")
            if entry == b"]}}":
                break
            if entry:
                found.note(json.loads(entry)["_greycard"], start, len(entry))
        else:
            return None
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        if isinstance(error, EvidenceError):
            raise
        msg = f"exchange.har is incomplete ({type(error).__name__}: {error}); it must be as greycard wrote it"
        raise EvidenceError(msg) from None
    found.done = dict.fromkeys((vendor, test) for vendor, test, _ in found.tries)
    return found


def _as_a_whole(path: Path) -> Archive:
    try:
        har = load_har(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        msg = f"{path} cannot be read: {reason}; name a folder that 'greycard verify --target live' wrote"
        raise EvidenceError(msg) from None
    entries: dict[Place, list[Mapping[str, Any]]] = {}
    records = records_of(har)
    for entry in har["log"]["entries"]:
        facts = entry["_greycard"]
        entries.setdefault((facts["vendor"], facts["test"], facts["attempt"]), []).append(entry)
    records = [replace(one, entries=entries.get((one.vendor, one.test, one.attempt), [])) for one in records]
    found = Archive(path, settings=har["log"]["_greycard"].get("settings", {}), whole=records)
    found.done = dict.fromkeys((one.vendor, one.test) for one in records)
    return found
