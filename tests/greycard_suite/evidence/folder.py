"""Keeps what a run found in a folder: verdicts, JUnit, the archive of the exchange, and the report to read.

Everything is redacted before it is written, and written through the vault. It sends and judges nothing.
"""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from greycard_schemas.auth import KNOWN_SECRET
from greycard_suite.evidence.answer_fields import Shape, shape_of
from greycard_suite.evidence.compare import Comparison, compare
from greycard_suite.evidence.har import EvidenceError, har_of, har_text, records_of
from greycard_suite.evidence.redaction import Redactor
from greycard_suite.evidence.secret_gate import Vault
from greycard_suite.evidence.timelines import task_lines
from greycard_suite.reports.html import render_report
from greycard_suite.targets.credentials import TEST_KEY, variables
from greycard_suite.targets.replay import ARCHIVE, VERDICTS, read_har, read_verdicts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from greycard_schemas.loader import Vendor
    from greycard_suite.runner.run import Report


def keep_evidence(
    folder: Path,
    report: Report,
    document: Mapping[str, Any],
    targets: Any,
    vendors: Mapping[str, Vendor],
    *,
    previous: Path | None = None,
) -> None:
    """Write the evidence of a run; `document` is the verdicts as JSON.

    `previous` is the run to compare with: a folder or a verdicts file; by default the newest one beside
    `folder`. Raises SecretLeakError when anything would hold a secret, OSError when a file cannot be written.
    """
    from greycard_suite.reports.terminal_json_junit import as_junit

    together = secrets_of(targets, vendors)
    vault, clean = Vault(together.values()), Redactor(next(iter(vendors.values())), together)
    verdicts = clean.value(dict(document))
    har = har_of(report.calls, vendors, secrets=together, version=_version())
    before = previous or newest_before(folder, verdicts)
    records = records_of(har)
    vault.write(folder / VERDICTS, json.dumps(verdicts, indent=2, ensure_ascii=False) + "\n")
    vault.write(folder / ARCHIVE, har_text(har))
    vault.write(folder / "junit.xml", clean.text(as_junit(report)))
    page = render_report(
        verdicts, vendors, lines=task_lines(records, vendors), entries=har["log"]["entries"],
        comparison=_compared(before, verdicts, shape_of(records, vendors), vendors),
    )  # fmt: skip
    vault.write(folder / "report.html", page)


def write_redacted(path: Path, text: str, targets: Any, vendors: Mapping[str, Vendor]) -> None:
    """Write one file of a run (verdicts, JUnit) outside the folder of evidence.

    Raises as `keep_evidence` does.
    """
    secrets = secrets_of(targets, vendors)
    Vault(secrets.values()).write(path, Redactor(next(iter(vendors.values())), secrets).text(text))


def secrets_of(targets: Any, vendors: Mapping[str, Vendor]) -> dict[str, str]:
    """The secrets of a run by the environment variable that holds each.

    None for the mock and its own keys.
    """
    found: dict[str, str] = {}
    for vendor, credentials in (getattr(targets, "credentials", None) or {}).items():
        names = variables(vendors[vendor])
        for key, secret in credentials.items():
            if secret not in (TEST_KEY, KNOWN_SECRET):
                found[names.get(key, next(iter(names.values())))] = secret
    return found


def compare_folders(before: Path, after: Path, vendors: Mapping[str, Vendor]) -> Comparison:
    """Compare two folders of evidence, or two verdicts files; raises EvidenceError."""
    return compare(read_verdicts(before), read_verdicts(after), _shape(before, vendors), _shape(after, vendors))


def newest_before(folder: Path, document: Mapping[str, Any]) -> Path | None:
    """The newest folder of evidence beside this one that is older.

    Of the same kind of target and a common vendor.
    """
    found: list[tuple[str, Path]] = []
    siblings = sorted(folder.absolute().parent.iterdir()) if folder.absolute().parent.is_dir() else []
    for path in siblings:
        if path == folder.absolute() or not (path / VERDICTS).is_file():
            continue
        try:
            other = read_verdicts(path)
        except EvidenceError:
            continue
        started = str(other.get("started", ""))
        if (
            other.get("target") == document["target"]
            and set(other.get("vendors", ())) & set(document["vendors"])
            and started < str(document["started"])
        ):
            found.append((started, path))
    return max(found)[1] if found else None


def _compared(
    before: Path | None, document: Mapping[str, Any], shape: Shape, vendors: Mapping[str, Vendor]
) -> Comparison | None:
    if before is None:
        return None
    try:
        return compare(read_verdicts(before), document, _shape(before, vendors), shape)
    except (EvidenceError, KeyError, TypeError):
        return None  # what cannot be read is no run to compare with


def _shape(directory: Path, vendors: Mapping[str, Vendor]) -> Shape | None:
    if not (directory / ARCHIVE).is_file():
        return None
    return shape_of(records_of(read_har(directory)), vendors)


def _version() -> str:
    try:
        return version("greycard")
    except PackageNotFoundError:
        return "0"
