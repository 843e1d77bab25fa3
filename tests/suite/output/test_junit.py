"""The JUnit file says what readers such as Jenkins and GitLab take from it, and counts what it holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from greycard_suite.judge.verdicts import Verdict
from greycard_suite.reports.junit import as_junit
from greycard_suite.runner.run import Report

PATCHES = [{"op": "replace", "file": "vendor", "path": "/errors/unauthorized/http", "value": 418}]
SELECT = "key or plain"


@pytest.fixture(scope="module")
def report(recorded: Callable[..., Report]) -> Report:
    """A run in which something is violated, something holds and something was not looked at."""
    return recorded("picwish", patches=PATCHES, select=SELECT)


@pytest.fixture(scope="module")
def root(report: Report) -> ET.Element:
    """What a reader of its file sees."""
    return ET.fromstring(as_junit(report))  # noqa: S314 - our own text


def claims(report: Report) -> list[Verdict]:
    """The verdicts that have a test case."""
    return [one for one in report.all_verdicts if one.claim.is_claim]


def test_a_case_is_found_by_class_and_name(report: Report, root: ET.Element) -> None:
    """GitLab knows a case by class and name, of which it keeps the first: all differ, and none has an empty part."""
    found = [(case.get("classname", ""), case.get("name", "")) for case in root.iter("testcase")]
    assert len(set(found)) == len(found) == len(claims(report))
    assert all(all(classname.split(".")) and name for classname, name in found)
    assert ("greycard.picwish", "picwish#rate/limit") in found
    assert any(classname == "greycard.picwish.scale.create" for classname, _ in found)


def test_an_outcome_is_told_as_attribute_and_as_text(report: Report, root: ET.Element) -> None:
    """Jenkins shows the attribute, GitLab the text, which for a violation says what was seen and how to see it."""
    for tag, verdict in (("failure", "violated"), ("skipped", "not exercised")):
        told = list(root.iter(tag))
        assert len(told) == sum(one.verdict == verdict for one in claims(report)) > 0
        assert all(one.get("message") and one.text for one in told)
    text = next(root.iter("failure")).text or ""
    assert "expected" in text
    assert "seen" in text
    assert "curl" in text


def test_the_counts_are_those_of_the_cases(root: ET.Element) -> None:
    """Each suite, and all of them together, count what they hold."""
    for suite in (root, *root):
        cases = list(suite.iter("testcase"))
        assert suite.get("tests") == str(len(cases))
        assert suite.get("failures") == str(len(list(suite.iter("failure"))))
        assert suite.get("skipped") == str(len(list(suite.iter("skipped"))))
        assert suite.get("errors") == "0"


def test_the_time_of_a_test_is_told_once(report: Report, root: ET.Element) -> None:
    """The claims that one test decided share its seconds, so that their sum is what the run took."""
    deciding = {one.finding.test for one in claims(report) if one.finding is not None}
    spent = sum(seconds for test, seconds in report.seconds.items() if test in deciding)
    assert spent > 0
    assert float(root.get("time", 0)) == pytest.approx(spent, abs=0.01)
    assert {case.get("time") for case in root.iter("testcase") if case.find("skipped") is not None} == {"0.000000"}


def test_a_suite_says_what_was_judged(root: ET.Element) -> None:
    """Version, target, address and documents are properties of a vendor's suite; lines and sentence those of a case."""
    (suite,) = root
    said = {one.get("name"): one.get("value") for one in suite.findall("properties/property")}
    assert said["target"] == "mock"
    assert said["documents"] == "S2"
    assert said["base_url"]
    assert suite.get("timestamp")
    for case in suite.iter("testcase"):
        assert {one.get("name") for one in case.findall("properties/property")} == {"source", "statement"}


def test_what_keeps_a_run_from_green_is_an_error(report: Report) -> None:
    """A job that ends with 3 has a case that says why; what XML cannot hold is replaced."""
    unwell = replace(
        report, problems=("no answer \x00 came",), failures={"test_x[picwish]": "Traceback\nKeyError: 'a'\n"}
    )
    root = ET.fromstring(as_junit(unwell))  # noqa: S314 - our own text
    cases = [case for case in root.iter("testcase") if case.find("error") is not None]
    assert [(case.get("classname"), case.get("name")) for case in cases] == [
        ("greycard.run", "no answer \N{REPLACEMENT CHARACTER} came"),
        ("greycard.tests", "test_x[picwish]"),
    ]
    assert [one.get("message") for one in root.iter("error")][1] == "KeyError: 'a'"
    assert root.get("errors") == "2"
