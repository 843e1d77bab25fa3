"""Keeps what a run found in a folder: verdicts, JUnit, the archive of the exchange, and the report to read.

Everything is redacted before it is written, and written through the secret gate. It sends and judges nothing.
"""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from greycard_suite.credentials import secrets_of
from greycard_suite.evidence.answer_fields import answer_fields_of
from greycard_suite.evidence.archive import ARCHIVE, read_har
from greycard_suite.evidence.folder import VERDICTS, compared_with, newest_before
from greycard_suite.evidence.har import har_pieces
from greycard_suite.evidence.redaction import Redactor
from greycard_suite.evidence.secret_gate import SecretGate
from greycard_suite.evidence.timelines import task_lines
from greycard_suite.reports.html import render_report
from greycard_suite.reports.junit import as_junit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from greycard_schemas.loader import Vendor
    from greycard_suite.runner.run import Report


def keep_evidence(
    folder: Path,
    report: Report,
    document: Mapping[str, Any],
    credentials: Mapping[str, Mapping[str, str]],
    vendors: Mapping[str, Vendor],
    *,
    previous: Path | None = None,
) -> None:
    """Write the evidence of a run; `document` is the verdicts as JSON.

    `previous` is the run to compare with: a folder or a verdicts file; by default the newest one beside
    `folder`. Raises SecretLeakError when a file's name would hold a secret, OSError when a file cannot be written.
    """
    together = secrets_of(credentials, vendors)
    gate, clean = SecretGate(together), Redactor(next(iter(vendors.values())), together)
    verdicts = clean.value(dict(document))
    before = previous or newest_before(folder, verdicts)
    gate.write(folder / VERDICTS, json.dumps(verdicts, indent=2, ensure_ascii=False) + "\n")
    gate.write(folder / ARCHIVE, har_pieces(report.calls, vendors, secrets=together, version=version_of_greycard()))
    archive = read_har(folder / ARCHIVE)  # what was redacted, one entry in memory at a time
    records = archive.records
    gate.write(folder / "junit.xml", clean.text(as_junit(report)))
    page = render_report(
        verdicts, vendors, lines=task_lines(records, vendors), entries=archive.entries(),
        comparison=compared_with(before, verdicts, answer_fields_of(records, vendors), vendors),
    )  # fmt: skip
    gate.write(folder / "report.html", page)


def write_redacted(
    path: Path, text: str, credentials: Mapping[str, Mapping[str, str]], vendors: Mapping[str, Vendor]
) -> None:
    """Write one file of a run (verdicts, JUnit) outside the folder of evidence; raises as `keep_evidence` does."""
    secrets = secrets_of(credentials, vendors)
    SecretGate(secrets).write(path, Redactor(next(iter(vendors.values())), secrets).text(text))


def version_of_greycard() -> str:
    """The version of greycard that is installed; 0 for sources that are not."""
    try:
        return version("greycard")
    except PackageNotFoundError:
        return "0"
