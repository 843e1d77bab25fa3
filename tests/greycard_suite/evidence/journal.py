"""Writes what a live run sends and receives while it does so: redacted, one line each, so that a killed run keeps it.

Before a request that may cost something its intent is written, after it the answer. A run that goes on with another
begins with all that the other has written. Nothing is sent or judged here.
"""

from __future__ import annotations

import json
import os
import shutil
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from greycard_suite.evidence.archive import ARCHIVE, JOURNAL, Archive, Place, open_archive, read_journal
from greycard_suite.evidence.har import FORMAT
from greycard_suite.evidence.har_entries import call_entry, delivery_entry
from greycard_suite.evidence.recording import Record
from greycard_suite.evidence.redaction import Redactor
from greycard_suite.evidence.secret_gate import SecretGate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from greycard_schemas.loader import Vendor
    from greycard_suite.call import Call, Delivery


class EvidenceUnwritableError(RuntimeError):
    """What was sent and answered cannot be written down, so that nothing more may be sent."""


@dataclass(eq=False)
class Journal:
    """The journal of one run, in `folder`; the folder and the file come into being with the first line.

    `secrets` maps names of environment variables to the secrets in them.
    """

    folder: Path
    vendors: Mapping[str, Vendor]
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    version: str = "0"
    archive: Archive = field(init=False)
    _file: int = -1
    _closed: bool = False
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self.archive = Archive(self.folder / JOURNAL)
        self._gate = SecretGate(self.secrets)
        self._redactors = {name: Redactor(vendor, self.secrets) for name, vendor in self.vendors.items()}

    def go_on_with(self, other: Path) -> None:
        """Begin with what the run in the folder `other`, which may be this one, has on record.

        Raises EvidenceError when that cannot be read, OSError when this folder cannot be written.
        """
        found = open_archive(other)
        self.folder.mkdir(parents=True, exist_ok=True)
        path, made = self.folder / JOURNAL, self.folder / f".{JOURNAL}.new"
        if found.path.name == ARCHIVE:
            with made.open("wb") as file:
                file.writelines(_bytes(line) for line in _lines_of(found))
            made.replace(path)
        elif found.path.resolve() != path.resolve():
            shutil.copyfile(found.path, made)
            made.replace(path)
        self.archive = read_journal(path)
        os.truncate(path, self.archive.size)  # what was being written when the run was cut off

    def begin(self, record: Record, *, anew: bool) -> None:
        """A try begins; of the record only place, start and setting count. `anew`: as `Archive.begin`."""
        setting = self._redactors[record.vendor].value(record.setting)
        self._append({**_place(record), "kind": "begin", "started": record.started, "anew": anew, "setting": setting})

    def intend(self, place: Place, operation: str, facts: Mapping[str, Any]) -> int:
        """A request that may cost something is about to be sent; returns its number within its try."""
        with self._lock:
            number = max(self.archive.tries[place].intents, default=0) + 1
            self._append({**_named(place), "kind": "intent", "number": number, "operation": operation, **facts})
        return number

    def not_sent(self, place: Place, number: int) -> None:
        """The request of this intent was not sent after all."""
        self._append({**_named(place), "kind": "unsent", "number": number})

    def answered(self, place: Place, call: Call, intent: int | None = None) -> None:
        """A request was answered."""
        entry = call_entry(self._redactors[place[0]], _named(place), call)
        if intent is not None:
            entry["_greycard"]["intent"] = intent
        self._append(entry["_greycard"], entry)

    def arrived(self, vendor: str, receiver: str, credentials: Mapping[str, str], delivery: Delivery) -> None:
        """A delivery has come in at the address `receiver` of a vendor."""
        record = Record(vendor, "", 0, delivery.at, delivery.at, (), (), {"receiver": receiver}, credentials)
        entry = delivery_entry(self._redactors[vendor], record, {"vendor": vendor}, delivery)
        entry["_greycard"]["kind"] = "arrived"
        self._append(entry["_greycard"], entry)

    def end(self, record: Record) -> None:
        """A try is over: of the record its end and its deliveries count, the calls are written already."""
        redactor, place = self._redactors[record.vendor], _place(record)
        for one in record.deliveries:
            entry = delivery_entry(redactor, record, place, one)
            self._append(entry["_greycard"], entry)
        self._append({**place, "kind": "end", "ended": record.ended})

    def record(self, of: Record) -> Record:
        """The record of the same try as `of`, with its calls and deliveries in the file."""
        return self.archive.tries[of.vendor, of.test, of.attempt].record(self.archive.path)

    def decided(self, vendor: str, test: str, verdicts: Sequence[Mapping[str, Any]]) -> None:
        """A test is done, and found this of the statements it looked at."""
        kept = self._redactors[vendor].value(list(verdicts))
        self._append({"vendor": vendor, "test": test, "kind": "decided", "verdicts": kept})

    def close(self) -> None:
        """Write nothing more: whoever still wants to is told that the run is over."""
        with self._lock:
            self._closed = True
            if self._file >= 0:
                os.close(self._file)
                self._file = -1

    def remove(self) -> None:
        """The archive of the run is written, and holds all of this."""
        self.close()
        self.archive.path.unlink(missing_ok=True)

    def _append(self, facts: Mapping[str, Any], line: Mapping[str, Any] | None = None) -> None:
        """Write one line; raises EvidenceUnwritableError."""
        content = self._gate.clean(_bytes({"_greycard": facts} if line is None else line))
        with self._lock:
            if self._closed:
                msg = "the run is over"
                raise EvidenceUnwritableError(msg)
            if self._file < 0:
                self._open()
            self._write(content)
            self.archive.note(facts, self.archive.size, len(content))
            self.archive.size += len(content)

    def _open(self) -> None:
        path = self.archive.path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o644)
        except OSError as error:
            raise self._unwritable(error) from None
        if self.archive.size == 0:
            self._append({"kind": "run", "format": FORMAT, "version": self.version})

    def _write(self, content: bytes) -> None:
        written = 0
        try:
            while written < len(content):
                written += os.write(self._file, content[written:])
        except OSError as error:
            raise self._unwritable(error) from None
        finally:
            if written < len(content):  # also where the user interrupts: no half a line amid others
                with suppress(OSError):
                    os.ftruncate(self._file, self.archive.size)

    def _unwritable(self, error: OSError) -> EvidenceUnwritableError:
        return EvidenceUnwritableError(
            f"{self.archive.path} cannot be written: {error.strerror}; nothing more was sent"
        )


def _lines_of(archive: Archive) -> Iterator[Mapping[str, Any]]:
    """The lines of a journal that holds what an archive does."""
    yield {"_greycard": {"kind": "run", "format": FORMAT, "version": "0"}}
    for record in archive.records:
        place = _place(record)
        begin = _line(place, kind="begin", started=record.started, anew=False, setting=dict(record.setting))
        yield from [begin, begin] if record.cut_off else [begin]  # who goes on with a try begins it once more
        yield from record.entries or ()
        yield _line(place, kind="end", ended=record.ended)
    for vendor, test in archive.done:
        yield _line({"vendor": vendor, "test": test}, kind="decided", verdicts=[])


def _line(place: Mapping[str, Any], **facts: Any) -> dict[str, Any]:
    return {"_greycard": {**place, **facts}}


def _place(record: Record) -> dict[str, Any]:
    return _named((record.vendor, record.test, record.attempt))


def _named(place: Place) -> dict[str, Any]:
    return dict(zip(("vendor", "test", "attempt"), place, strict=True))


def _bytes(line: Mapping[str, Any]) -> bytes:
    return json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace") + b"\n"
