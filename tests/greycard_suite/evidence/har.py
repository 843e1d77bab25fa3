"""Recorded tests as an HTTP Archive (HAR 1.2), and back.

Writes only what `redaction` lets through. What the format has no place for stands under ``_greycard`` in the log; the
same records always give the same text. It neither sends nor judges.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from greycard_suite.evidence.har_entries import call_entry, call_from, delivery_entry, delivery_from
from greycard_suite.evidence.recording import Record
from greycard_suite.evidence.redaction import Redactor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from greycard_schemas.loader import Vendor
    from greycard_suite.call import Call, Delivery

FORMAT = 1
HEAD = b'{"log": '
ENTRIES = b', "entries": [\n'
"""What stands between the head of an archive and its entries, one per line."""

NO_ARCHIVE = (
    "exchange.har is no archive that greycard wrote; "
    "name the folder of evidence of a 'greycard verify --target live' run"
)


class EvidenceError(ValueError):
    """Evidence cannot be read; the message says what is wrong with it."""


def har_of(
    recorded: Mapping[str, Sequence[Record]],
    vendors: Mapping[str, Vendor],
    *,
    secrets: Mapping[str, str] | None = None,
    version: str = "0",
) -> dict[str, Any]:
    """A HAR of all records by vendor; `secrets` maps names of environment variables to the secrets in them."""
    return {
        "log": {
            **_head(recorded, vendors, secrets or {}, version),
            "entries": list(_entries(recorded, vendors, secrets or {})),
        }
    }


def har_text(har: Mapping[str, Any]) -> str:
    """The archive as text, one entry per line, so that two archives can be compared by line."""
    head = {name: value for name, value in har["log"].items() if name != "entries"}
    return "".join(_pieces(head, har["log"]["entries"]))


def har_pieces(
    recorded: Mapping[str, Sequence[Record]],
    vendors: Mapping[str, Vendor],
    *,
    secrets: Mapping[str, str],
    version: str,
) -> Iterator[str]:
    """The text of `har_of` piece by piece, each of whole lines, with one entry in memory at a time."""
    return _pieces(_head(recorded, vendors, secrets, version), _entries(recorded, vendors, secrets))


def _pieces(head: Mapping[str, Any], entries: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    yield HEAD.decode() + json.dumps(head, ensure_ascii=False)[:-1] + ENTRIES.decode()
    before = ""
    for one in entries:
        yield before + json.dumps(one, ensure_ascii=False)
        before = ",\n"
    yield "\n]}}\n"


def _head(
    recorded: Mapping[str, Sequence[Record]], vendors: Mapping[str, Vendor], secrets: Mapping[str, str], version: str
) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    tests: list[dict[str, Any]] = []
    for name, records in recorded.items():
        redactor = Redactor(vendors[name], secrets)
        for record in records:
            setting = redactor.value(record.setting)
            more: dict[str, Any] = {"cut_off": True} if record.cut_off else {}
            if settings.setdefault(name, setting) != setting:  # of a run that went on with another
                more["setting"] = setting
            tests.append({**_place(record), "started": record.started, "ended": record.ended, **more})
    return {
        "version": "1.2",
        "creator": {"name": "greycard", "version": version},
        "pages": [],
        "_greycard": {"format": FORMAT, "settings": settings, "tests": tests},
    }


def _entries(
    recorded: Mapping[str, Sequence[Record]], vendors: Mapping[str, Vendor], secrets: Mapping[str, str]
) -> Iterator[Mapping[str, Any]]:
    for name, records in recorded.items():
        redactor = Redactor(vendors[name], secrets)
        for record in records:
            if record.entries is not None:
                yield from record.entries
                continue
            place = _place(record)
            found = [(one.started, 0, one.number, call_entry(redactor, place, one)) for one in record.calls]
            found += [
                (one.at, 1, index, delivery_entry(redactor, record, place, one))
                for index, one in enumerate(record.deliveries)
            ]
            yield from (entry for *_, entry in sorted(found, key=lambda each: each[:3]))


def _place(record: Record) -> dict[str, Any]:
    return {"vendor": record.vendor, "test": record.test, "attempt": record.attempt}


def load_har(text: str) -> dict[str, Any]:
    """Read an archive that greycard wrote; raises EvidenceError for anything else."""
    try:
        har = json.loads(text)
        written = har["log"]["_greycard"]["format"]
        entries = har["log"]["entries"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise EvidenceError(NO_ARCHIVE) from None
    if not isinstance(entries, list):
        raise EvidenceError(NO_ARCHIVE)
    if written != FORMAT:
        msg = f"exchange.har has format {written!r}, this greycard reads {FORMAT}; use the one that wrote it"
        raise EvidenceError(msg)
    loaded: dict[str, Any] = har
    return loaded


def records_of(har: Mapping[str, Any]) -> list[Record]:
    """The records of an archive, as far as they were kept; raises EvidenceError when a part is missing."""
    try:
        log = har["log"]
        found: dict[tuple[str, str, int], tuple[list[Call], list[Delivery]]] = {}
        for entry in log["entries"]:
            facts = entry["_greycard"]
            calls, deliveries = found.setdefault((facts["vendor"], facts["test"], facts["attempt"]), ([], []))
            if facts["kind"] == "delivery":
                deliveries.append(delivery_from(entry, facts))
            else:
                calls.append(call_from(entry, facts))
        records = []
        for test in log["_greycard"]["tests"]:
            calls, deliveries = found.get((test["vendor"], test["test"], test["attempt"]), ([], []))
            calls.sort(key=lambda call: call.number)
            setting = test.get("setting") or log["_greycard"]["settings"][test["vendor"]]
            records.append(
                Record(
                    test["vendor"],
                    test["test"],
                    test["attempt"],
                    test["started"],
                    test["ended"],
                    tuple(calls),
                    tuple(deliveries),
                    setting,
                    {},
                    cut_off=bool(test.get("cut_off")),
                )
            )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        msg = f"exchange.har is incomplete ({type(error).__name__}: {error}); it must be as greycard wrote it"
        raise EvidenceError(msg) from None
    return records
