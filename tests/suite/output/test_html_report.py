"""The report and the folder of evidence: complete, self-contained, harmless, and without a secret."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from greycard_schemas.loader import load_contracts
from greycard_suite.evidence.folder import compare_folders, newest_before
from greycard_suite.evidence.timelines import task_lines
from greycard_suite.reports.html import render_report
from greycard_suite.reports.json import as_json
from greycard_suite.reports.keep import keep_evidence
from greycard_suite.runner.run import Report

SELECT = "runs_to_an_end or without_a_valid_key or as_long_as_documented"
HOSTILE = "</style><script>alert(1)</script>\u202e<img src=http://evil/x onerror=y>\x00]]>"
EMPTY = {"meta", "br", "line", "rect", "circle"}


class Parsed(HTMLParser):
    """What a browser would find in the page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the element."""
        self.found.append((tag, dict(attrs)))
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Every element ends where it began."""
        if tag in EMPTY:
            return
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


@pytest.fixture
def page(recorded: Callable[..., Report]) -> str:
    """The report of a run in which the vendor says hostile things."""
    report = recorded("picwish", select=SELECT)
    document = as_json(report)
    document["notices"] = [HOSTILE]
    document["problems"] = [HOSTILE]
    document["claims"][3] |= {
        "verdict": "violated",
        "evidence": {"expected": HOSTILE, "seen": {"a": HOSTILE}, "test": HOSTILE, "looks": 1},
        "reproduce": HOSTILE,
    }
    vendors = load_contracts(["picwish"])
    return render_report(document, vendors, lines=task_lines(report.calls["picwish"], vendors))


def test_the_page_stands_alone(page: str) -> None:
    """It has no script, no address outside, no inline style; the policy allows the one style sheet and nothing else."""
    parsed = Parsed(page)
    assert parsed.wrong == []
    assert parsed.open == []
    assert {tag for tag, _ in parsed.found} & {
        "script",
        "img",
        "link",
        "iframe",
        "object",
        "form",
        "base",
    } == set()
    names = {name for _, attributes in parsed.found for name in attributes}
    assert names & {"style", "src", "srcset", "onclick", "onerror", "action"} == set()
    assert all((attributes["href"] or "").startswith("#") for _, attributes in parsed.found if "href" in attributes)
    style = re.search("<style>(.*?)</style>", page, re.DOTALL)
    assert style is not None
    assert "url(" not in style[1]
    assert "@import" not in style[1]
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    policy = next(
        attributes["content"] for tag, attributes in parsed.found if tag == "meta" and attributes.get("http-equiv")
    )
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_every_link_leads_somewhere_and_every_claim_is_there(page: str) -> None:
    """Each cell of the matrix leads to its evidence; ids are unique."""
    parsed = Parsed(page)
    ids = [attributes["id"] for _, attributes in parsed.found if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = {(attributes["href"] or "")[1:] for _, attributes in parsed.found if "href" in attributes}
    assert links <= set(ids)
    assert {f"c{index}" for index in range(len(re.findall('<details class="claim [a-z]+" id=', page)))} <= links


def test_what_a_vendor_said_is_only_text(page: str) -> None:
    """Nothing that was recorded becomes markup, turns the direction of text, or is invisible."""
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "\u202e" not in page
    assert "\\u202e" in page
    assert "\x00" not in page


def test_timelines_are_drawn_to_scale(page: str) -> None:
    """A task's end stands where its seconds say, within the drawing."""
    shown = [float(x) for x in re.findall(r'<rect class="shade\d" x="([\d.]+)%"', page)]
    assert shown
    assert all(0 <= x <= 100 for x in shown)
    assert re.search(r"succeeded at \d+\.\d s", page)


def test_a_folder_of_evidence_is_whole(recorded: Callable[..., Report], tmp_path: Path) -> None:
    """Verdicts, JUnit, archive and report are written, and the next run is compared with them."""
    vendors = load_contracts(["picwish"])
    before, after = (
        recorded("picwish", select=SELECT),
        recorded("picwish", select=SELECT, started=1_700_000_500.0, extra_fields="on"),
    )
    for name, report in (("one", before), ("two", after)):
        keep_evidence(tmp_path / name, report, as_json(report), {"picwish": {"api_key": "test-verify"}}, vendors)
    assert {path.name for path in (tmp_path / "two").iterdir()} == {
        "verdicts.json",
        "junit.xml",
        "exchange.har",
        "report.html",
    }
    assert newest_before(tmp_path / "two", as_json(after)) == tmp_path / "one"
    assert newest_before(tmp_path / "one", as_json(before)) is None
    assert "This is the first run" in (tmp_path / "one" / "report.html").read_text(encoding="utf-8")
    assert "new field" in (tmp_path / "two" / "report.html").read_text(encoding="utf-8")
    assert [
        one.severity
        for one in compare_folders(tmp_path / "one", tmp_path / "two", vendors).changes
        if one.what == "field"
    ] == ["additive", "additive"]
    kept = json.loads((tmp_path / "one" / "verdicts.json").read_text(encoding="utf-8"))
    assert [(one["id"], one["verdict"]) for one in kept["claims"]] == [
        (one["id"], one["verdict"]) for one in as_json(before)["claims"]
    ]
    assert len(list(ET.parse(tmp_path / "one" / "junit.xml").iter("testcase"))) > 100  # noqa: S314 - our own file
    assert "Signature=redacted" in (tmp_path / "one" / "verdicts.json").read_text(encoding="utf-8")


def test_no_file_holds_a_key(recorded: Callable[..., Report], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that the vendor echoes is replaced; one that slips through is replaced in the file."""
    vendors = load_contracts(["picwish"])
    report = recorded("picwish", select=SELECT)
    canary = "canary-5up3r-secret"
    document: dict[str, Any] = {
        **as_json(report),
        "notices": [f"the vendor said {canary}", base64.b64encode(f"x:{canary}".encode()).decode()],
    }
    keep_evidence(tmp_path / "good", report, document, {"picwish": {"api_key": canary}}, vendors)
    for path in (tmp_path / "good").iterdir():
        assert canary not in path.read_text(encoding="utf-8")
    monkeypatch.setattr("greycard_suite.reports.keep.render_report", lambda *_, **__: f"<p>{canary}</p>")
    keep_evidence(tmp_path / "late", report, document, {"picwish": {"api_key": canary}}, vendors)
    assert (tmp_path / "late" / "report.html").read_text() == "<p>$GREYCARD_PICWISH_API_KEY</p>"
