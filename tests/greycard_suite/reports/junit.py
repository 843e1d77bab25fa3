"""What a run found as JUnit XML, for CI: one test case per claim. It judges nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from greycard_suite.reports.curl_script import reproduce

if TYPE_CHECKING:
    from greycard_suite.runner.run import Report


def as_junit(report: Report) -> str:
    """The report as JUnit XML: one test case per claim; what was not looked at is skipped with its reason."""
    cases = []
    for one in report.all_verdicts:
        if not one.claim.is_claim:
            continue
        inner = ""
        if one.verdict == "violated" and one.finding is not None:
            group = one.finding.one_of
            words = (
                f"{one.claim.statement} ({one.claim.source}): "
                + (f"this, or another of {', '.join(group)}: " if group else "")
                + f"expected {one.finding.expected!r}, seen {one.finding.seen!r}\n{reproduce(report, one)}"
            )
            inner = f"<failure message={quoteattr(_xml(one.claim.statement))}>{escape(_xml(words))}</failure>"
        elif one.by_use:
            inner = f"<system-out>{escape(_xml(f'holds {one.reason}'))}</system-out>"
        elif one.verdict == "blocked":
            inner = f"<skipped message={quoteattr(_xml(f'blocked: {one.reason}'))}/>"
        elif one.verdict == "not exercised":
            inner = f"<skipped message={quoteattr(_xml(one.reason or 'no test of this run looked at it'))}/>"
        cases.append(
            f"<testcase classname={quoteattr(_xml(f'{one.claim.vendor}.{one.claim.operation}'))} "
            f"name={quoteattr(_xml(one.claim.id))}>{inner}</testcase>"
        )
    for name, text in report.failures.items():
        cases.append(
            f'<testcase classname="suite" name={quoteattr(_xml(name))}><error>{escape(_xml(text))}</error></testcase>'
        )
    failures = sum("<failure" in case for case in cases)
    skipped = sum("<skipped" in case for case in cases)
    head = (
        f'<testsuite name="greycard" tests="{len(cases)}" failures="{failures}" '
        f'errors="{len(report.failures)}" skipped="{skipped}">'
    )
    return '<?xml version="1.0" encoding="utf-8"?>\n' + head + "".join(cases) + "</testsuite>\n"


def _xml(text: str) -> str:
    """`text` without the characters that XML cannot hold."""
    return "".join(
        c
        if c in "\t\n" or 0x20 <= ord(c) < 0xD800 or 0xE000 <= ord(c) < 0xFFFE or ord(c) > 0xFFFF
        else "\N{REPLACEMENT CHARACTER}"
        for c in text
    )
