"""Reads a folder of evidence: its archive, its verdicts, what it says beside an older one. It writes and sends nothing.

What writes such folders is `reports.keep`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from greycard_suite.evidence.answer_fields import AnswerFields, answer_fields_of
from greycard_suite.evidence.archive import ARCHIVE, JOURNAL, Archive, open_archive
from greycard_suite.evidence.compare import Comparison, compare
from greycard_suite.evidence.har import EvidenceError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from greycard_schemas.loader import Vendor

VERDICTS = "verdicts.json"


def read_archive(directory: Path) -> Archive:
    """What a folder of evidence holds, of a whole run or of one that was cut off; raises EvidenceError."""
    found = open_archive(directory)
    wanted = {
        "kind",
        "base_url",
        "images",
        "static_images",
        "capabilities",
        "receiver",
        "patience",
        "poll_seconds",
        "variants",
        "credentials",
    }
    for name, setting in found.settings.items():
        if not isinstance(setting, dict) or not wanted <= set(setting):
            msg = f"{found.path}: the setting of {name} is incomplete; the archive must be as greycard wrote it"
            raise EvidenceError(msg)
    return found


def read_verdicts(directory: Path) -> dict[str, Any]:
    """The verdicts of a folder of evidence, or of one file; raises EvidenceError."""
    path = directory / VERDICTS if directory.is_dir() else directory
    text = _read(path)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        msg = f"{path} is not JSON ({error}); name a folder of evidence, or a file of 'greycard verify --json'"
        raise EvidenceError(msg) from None
    if not isinstance(found, dict) or not isinstance(found.get("claims"), list):
        msg = f"{path} holds no verdicts; name a folder of evidence, or a file of 'greycard verify --json'"
        raise EvidenceError(msg)
    return found


def recorded_variants(directory: Path) -> dict[str, dict[str, str]]:
    """The variants by which each recorded vendor was judged, to judge it so again; raises EvidenceError."""
    return {name: dict(setting["variants"]) for name, setting in read_archive(directory).settings.items()}


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        msg = f"{path} cannot be read: {reason}; name a folder that 'greycard verify --target live' wrote"
        raise EvidenceError(msg) from None


def compare_folders(before: Path, after: Path, vendors: Mapping[str, Vendor]) -> Comparison:
    """Compare two folders of evidence, or two verdicts files; raises EvidenceError."""
    return compare(
        read_verdicts(before),
        read_verdicts(after),
        _fields_of_answers(before, vendors),
        _fields_of_answers(after, vendors),
    )


def newest_before(folder: Path, document: Mapping[str, Any]) -> Path | None:
    """The newest older folder of evidence beside this one that a run can be compared with.

    That is a whole run, not one that was broken off, of the same kind of target, which asked the same vendor at the
    same address.
    """
    found: list[tuple[str, Path]] = []
    siblings = sorted(folder.absolute().parent.iterdir()) if folder.absolute().parent.is_dir() else []
    for path in siblings:
        if path == folder.absolute() or not (path / VERDICTS).is_file():
            continue
        try:
            other = read_verdicts(path)
            alike = other.get("target") == document["target"] and _asked(path, other) & _asked(folder, document)
        except EvidenceError:
            continue
        started = str(other.get("started", ""))
        whole = other.get("complete", not other.get("problems"))
        if alike and whole and started < str(document["started"]):
            found.append((started, path))
    return max(found)[1] if found else None


def _asked(folder: Path, document: Mapping[str, Any]) -> set[tuple[str, str]]:
    """Each vendor of a run with the address where it was asked; raises EvidenceError."""
    if "base_urls" in document:
        return {(str(name), str(url)) for name, url in document["base_urls"].items()}
    return {(name, str(setting["base_url"])) for name, setting in read_archive(folder).settings.items()}


def compared_with(
    before: Path | None, document: Mapping[str, Any], fields: AnswerFields, vendors: Mapping[str, Vendor]
) -> Comparison | None:
    """What changed since the run in the folder `before`; None where that is none, or cannot be read."""
    if before is None:
        return None
    try:
        return compare(read_verdicts(before), document, _fields_of_answers(before, vendors), fields)
    except (EvidenceError, KeyError, TypeError):
        return None  # what cannot be read is no run to compare with


def _fields_of_answers(directory: Path, vendors: Mapping[str, Vendor]) -> AnswerFields | None:
    if not any((directory / name).is_file() for name in (ARCHIVE, JOURNAL)):
        return None
    return answer_fields_of(read_archive(directory).records, vendors)
