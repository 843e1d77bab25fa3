"""What a run found as plain JSON: every statement with its verdict, the evidence for it, and how to see it again."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from greycard_suite.reports.curl_script import reproduce

if TYPE_CHECKING:
    from greycard_suite.judge.verdicts import Verdict
    from greycard_suite.runner.run import Report

LINE_CHARACTERS = 300


def as_json(report: Report) -> dict[str, Any]:
    """The report as plain JSON."""
    variants = {name: {key: list(seen) for key, seen in found.items()} for name, found in report.variants.items()}
    return {
        "target": report.target,
        "started": datetime.fromtimestamp(report.started, UTC).isoformat(timespec="seconds"),
        "vendors": list(report.vendors),
        "base_urls": dict(report.base_urls),
        "complete": report.complete,
        "status": report.status,
        "unreached": list(report.unreached),
        "conditions": list(report.conditions),
        "exercised": report.exercised[0],
        "observable": report.exercised[1],
        "claims": [
            {
                "id": one.claim.id, "vendor": one.claim.vendor, "operation": one.claim.operation,
                "kind": one.claim.kind, "source": one.claim.source, "statement": one.claim.statement,
                "origin": one.claim.origin, "verdict": one.verdict, "evidence": evidence(one),
                "reproduce": reproduce(report, one),
            }
            for one in report.all_verdicts
        ],
        "variants": variants,
        "notices": list(report.notices),
        "problems": [*report.problems, *report.failures],
    }  # fmt: skip


def evidence(verdict: Verdict) -> dict[str, Any]:
    """Why the verdict is what it is."""
    if verdict.finding is None:
        return {"reason": verdict.reason or "no test of this run looked at it"}
    found, call = verdict.finding, verdict.finding.call
    return {
        "expected": shortened(found.expected), "seen": shortened(found.seen),
        "test": found.test, "looks": verdict.looks,
        **({"reason": verdict.reason} if verdict.reason else {}),
        **({"one_of": list(found.one_of)} if found.one_of else {}),
        **({"status": call.status, "operation": call.operation, "call": call.number} if call else {}),
    }  # fmt: skip


def shortened(value: Any) -> Any:
    """A value as it is, where it is short and JSON has it; otherwise the beginning of its text."""
    try:
        text = json.dumps(value)
    except (TypeError, ValueError):
        return str(value)[:LINE_CHARACTERS]
    return value if len(text) <= LINE_CHARACTERS else text[:LINE_CHARACTERS] + "..."
