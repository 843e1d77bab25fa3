"""Contract data held against the text that they cite, and the lines that rule something and that nothing cites."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest

from greycard_schemas import load_contracts, load_vendor
from greycard_schemas.authoring.cited import checked
from greycard_schemas.authoring.feature import new_vendor
from greycard_schemas.lint.wording import looks_normative

DOCUMENTS = Path(os.environ.get("GREYCARD_DOCUMENTS", "") or "nowhere")
TEXT = """# Acme relighting

| Field | Type | Required | Description |
`strength` | Int | at most 5
- Q: Is there a limit?
A picture must have less than 7 MB.
Have fun.
Results expire after 90 seconds.
"""


@pytest.fixture
def acme(tmp_path: Path) -> Any:
    """A vendor after Enhancor whose document is TEXT; `acme(change)` writes both and says where."""
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "009_acme.txt").write_text(TEXT, "utf-8")
    source = {
        "title": "Acme",
        "language": "en",
        "file": "009_acme.txt",
        "sha256": hashlib.sha256(TEXT.encode()).hexdigest(),
    }

    def write(change: Any) -> tuple[Path, Path]:
        feature = new_vendor(load_vendor("enhancor"), "queue", "acme", "relight")
        feature.files["sources"] = {"S9": source}
        change(feature.files)
        folder = tmp_path / "contracts" / "acme"
        folder.mkdir(parents=True, exist_ok=True)
        for name, resource in feature.files.items():
            (folder / f"{name}.json").write_text(json.dumps(resource), "utf-8")
        return folder.parent, documents

    return write


def limited(megabytes: float, source: str, life: str) -> Any:
    """A change that gives a limit and the life of a link, each with its source."""

    def change(files: dict[str, Any]) -> None:
        pictures = files["relight.queue"]["x-operation"]["pictures"]
        pictures["link_megabytes"] = megabytes
        pictures["x-source"]["link_megabytes"] = source
        files["vendor"]["link"] |= {"life_seconds": 90}
        files["vendor"]["link"]["x-source"]["life_seconds"] = life

    return change


def test_what_the_lines_say_is_held_and_the_rest_is_listed(acme: Any) -> None:
    """Right citations are counted; a line with a rule that nothing cites is told, heads and questions are not."""
    folder, documents = acme(limited(7, "S9:6", "S9:8"))
    found = checked(folder, documents)
    assert (found.findings, found.held) == ([], 2)
    assert [place for place, _ in found.uncited] == ["S9:4"]
    assert checked(folder / "acme", documents) == found
    assert checked(folder).held == 0


@pytest.mark.parametrize(
    ("change", "place", "said"),
    [
        (limited(8, "S9:6", "S9:8"), "/x-operation/pictures/link_megabytes", "S9:6 does not say 8"),
        (limited(7, "S9:7", "S9:8"), "/x-operation/pictures/link_megabytes", "S9:7 does not say 7"),
        (limited(7, "S9:6", "S9:6"), "/link/life_seconds", "S9:6 does not say 90"),
        (limited(7, "S9:60", "S9:8"), "/x-operation/pictures/link_megabytes", "the document has 9 lines"),
        (limited(7, "S8:6", "S9:8"), "/x-operation/pictures/link_megabytes", "sources.json has no S8"),
    ],
)
def test_a_number_that_its_line_does_not_hold_is_found(acme: Any, change: Any, place: str, said: str) -> None:
    """Another number, another line, a line that is not there, a document that is not there."""
    folder, documents = acme(change)
    assert [(one.pointer, said in one.message) for one in checked(folder, documents).findings] == [(place, True)]


def test_a_place_that_holds_nothing_of_it_is_told(acme: Any) -> None:
    """A second place that is cited for a number and does not speak of it is no fault, and can be listed."""
    folder, documents = acme(limited(7, "S9:6, S9:7", "S9:8"))
    found = checked(folder, documents)
    assert found.findings == []
    assert [place for place, _ in found.loose] == ["S9:7"]


@pytest.mark.skipif(not DOCUMENTS.is_dir(), reason="set GREYCARD_DOCUMENTS to the folder with the documents' text")
def test_nearly_every_line_of_the_shipped_documents_that_rules_something_is_cited() -> None:
    """What is left refers to other places, or says that there is nothing."""
    found = checked(None, DOCUMENTS)
    assert found.findings == []
    assert found.held > 700
    assert {place for place, _ in found.uncited} == {"S1:143", "S2:108"}
    assert {one.partition(":")[0] for one, _ in found.loose} <= {
        name for vendor in load_contracts().values() for name in vendor.sources
    }


@pytest.mark.parametrize(
    ("line", "language", "expected"),
    [
        ("The picture must be a JPEG.", "en", True),
        ("sides 64<= width", "en", False),
        ("sides <= 64", "en", True),
        ("up to 20 pictures", "en", True),
        ("Field | Required | Type | Value | Description |", "en", False),
        ("### Required Parameters", "en", False),
        ("Welcome to our service.", "en", False),
        ("最大不超过15MB", "zh", True),
        ("- Q: 有限制吗?", "zh", False),
        ("欢迎", "zh", False),
        ("must", "xx", True),
    ],
)
def test_lines_that_look_normative(line: str, language: str, expected: bool) -> None:  # noqa: FBT001
    """By words of the document's language; of an unknown one by those of English."""
    assert looks_normative(line, language) is expected
