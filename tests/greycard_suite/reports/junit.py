"""What a run found as JUnit XML, for CI: one test case per claim, one suite per vendor. It judges nothing.

Jenkins, GitHub actions and GitLab read it. Of GitLab's it has all but `file`: a claim stands in no file of the reader's
repository. The library junitparser would do the counting alone; what XML cannot hold it lets through.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from greycard_client import __version__
from greycard_suite.reports.curl_script import reproduce
from greycard_suite.reports.words import plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from greycard_suite.judge.verdicts import Verdict
    from greycard_suite.runner.run import Report

COUNTED = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def as_junit(report: Report) -> str:
    """The report as JUnit XML: what was not looked at is skipped with its reason, what broke down is an error.

    The seconds of a test are shared between the claims that it decided.
    """
    decided = Counter(one.finding.test for one in report.all_verdicts if one.claim.is_claim and one.finding)
    shares = {test: seconds / decided[test] for test, seconds in report.seconds.items() if decided[test]}
    root = ET.Element("testsuites", name="greycard")
    for name, found in report.verdicts.items():
        suite = _suite(root, report, name, _about(report, name))
        for one in found:
            if one.claim.is_claim:
                suite.append(_case(report, one, shares))
    unwell = (*report.unreached, *report.conditions, *report.problems)
    if unwell or report.failures:
        suite = _suite(root, report, "the run", {})
        suite.extend(_broken("greycard.run", words, words) for words in unwell)
        suite.extend(_broken("greycard.tests", name, text) for name, text in report.failures.items())
    for one in (*root, root):
        cases = list(one.iter("testcase"))
        one.set("tests", str(len(cases)))
        for plural, tag in COUNTED.items():
            one.set(plural, str(sum(case.find(tag) is not None for case in cases)))
        one.set("time", f"{sum(float(case.get('time', 0)) for case in cases):.3f}")
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(root: ET.Element, report: Report, name: str, about: Mapping[str, str]) -> ET.Element:
    started = datetime.fromtimestamp(report.started, UTC).isoformat(timespec="seconds")
    suite = ET.SubElement(root, "testsuite", name=_xml(name), timestamp=started)
    _properties(suite, about)
    return suite


def _about(report: Report, name: str) -> dict[str, str]:
    """What a vendor's suite says of the run."""
    vendor = report.judged.get(name)
    seen = {f"variant {key}": ", ".join(options) for key, options in report.variants.get(name, {}).items()}
    return {
        "greycard": __version__,
        "target": report.target,
        "base_url": report.base_urls.get(name, ""),
        "vendor": vendor.title if vendor else name,
        "documents": ", ".join(sorted(vendor.sources)) if vendor else "",
        **seen,
    }


def _properties(owner: ET.Element, about: Mapping[str, str]) -> None:
    properties = ET.SubElement(owner, "properties") if about else owner
    for key, value in about.items():
        ET.SubElement(properties, "property", name=_xml(key), value=_xml(value))


def _case(report: Report, one: Verdict, shares: Mapping[str, float]) -> ET.Element:
    """The test case of a claim, whose class is its operation."""
    claim, finding = one.claim, one.finding
    seconds = shares.get(finding.test, 0.0) if finding is not None else 0.0
    case = ET.Element(
        "testcase",
        classname=_xml(".".join(filter(None, ("greycard", claim.vendor, claim.operation)))),
        name=_xml(claim.id),
        time=f"{seconds:.6f}",
    )
    _properties(case, {"source": claim.source, "statement": claim.statement})
    if one.verdict == "violated" and finding is not None:
        group: Sequence[str] = finding.one_of
        words = (
            f"{claim.statement} ({claim.source}): "
            + (f"this, or another of {', '.join(group)}: " if group else "")
            + f"expected {plain(finding.expected)}, seen {plain(finding.seen)}\n{reproduce(report, one)}"
        )
        _told(case, "failure", claim.statement, words).set("type", "violated")
    elif one.by_use:
        ET.SubElement(case, "system-out").text = _xml(f"holds {one.reason}")
    elif one.verdict == "blocked":
        _told(case, "skipped", f"blocked: {one.reason}")
    elif one.verdict == "not exercised":
        _told(case, "skipped", one.reason or "no test of this run looked at it")
    return case


def _broken(classname: str, name: str, text: str) -> ET.Element:
    """A test case for what could not be judged."""
    case = ET.Element("testcase", classname=classname, name=_xml(name), time="0")
    _told(case, "error", text.strip().splitlines()[-1] if text.strip() else name, text).set("type", "not judged")
    return case


def _told(case: ET.Element, tag: str, message: str, words: str = "") -> ET.Element:
    """An outcome with its message twice, since some readers show the attribute and GitLab the text."""
    found = ET.SubElement(case, tag, message=_xml(message))
    found.text = _xml(words or message)
    return found


def _xml(text: str) -> str:
    """`text` without the characters that XML cannot hold."""
    return "".join(
        c
        if c in "\t\n" or 0x20 <= ord(c) < 0xD800 or 0xE000 <= ord(c) < 0xFFFE or ord(c) > 0xFFFF
        else "\N{REPLACEMENT CHARACTER}"
        for c in text
    )
