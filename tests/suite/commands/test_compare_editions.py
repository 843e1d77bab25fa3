"""`greycard compare` of two folders of contract data: findings with line, direction and document; exit statuses."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from greycard_schemas.claims.derive import claims_of
from greycard_schemas.inclusion import editions
from greycard_schemas.inclusion.algebra import Inclusion
from greycard_schemas.loader import CONTRACTS, load_contracts
from greycard_suite.cli import cli
from greycard_suite.score.impact import changed_statements

SIBLINGS = CONTRACTS.parents[1] / "siblings"


def compared(before: Path, after: Path, *options: str) -> Result:
    """What the command answers."""
    return CliRunner().invoke(cli, ["compare", str(before), str(after), *options])


def edition(folder: Path, file: str = "", old: str = "", new: str = "") -> Path:
    """PicWish in a folder of its own, with one text of one file replaced everywhere."""
    shutil.copytree(CONTRACTS / "picwish", folder / "picwish")
    if file:
        path = folder / "picwish" / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
    return folder


def changes(result: Result) -> list[tuple[str, str, str, str, Any]]:
    """Severity, statement, lines, direction and witness of a comparison as JSON."""
    found = json.loads(result.output)["changes"]
    return [(one["severity"], one["subject"], one["source"], one["direction"], one["witness"]) for one in found]


def test_a_copy_is_equal(tmp_path: Path) -> None:
    """Nothing changed, every statement was compared, and the status is 0."""
    result = compared(CONTRACTS, edition(tmp_path))
    assert result.exit_code == 0, result.output
    assert "Nothing changed: " in result.output
    count = sum(len(claims_of(vendor)) for vendor in load_contracts().values())
    assert f" {count} statements are the same." in result.output


def test_each_finding_has_its_line_direction_and_document(tmp_path: Path) -> None:
    """In the text, in JSON and in Markdown; a word that became another one breaks and adds."""
    other = edition(tmp_path, "scale.create.json", '"face"', '"portrait"')
    result = compared(CONTRACTS, other)
    assert result.exit_code == 1
    assert '  ✗ picwish/scale.create#request/type/enum (S2:21)  request {"type": "face"}\n' in result.output
    enum = "picwish/scale.create#request/type/enum"
    assert changes(compared(CONTRACTS, other, "--format", "json")) == [
        ("breaking", enum, "S2:21", "request", {"type": "face"}),
        ("additive", enum, "S2:21", "request", {"type": "portrait"}),
    ]
    assert '(S2:21) `request {"type": "face"}` |' in compared(CONTRACTS, other, "--format", "markdown").output


def test_more_of_everything_breaks_nothing(tmp_path: Path) -> None:
    """A higher rate, and operations that are new: status 0."""
    result = compared(CONTRACTS, edition(tmp_path, "vendor.json", '"limit": 2,', '"limit": 9,'), "--format", "json")
    assert result.exit_code == 0
    assert changes(result) == [("additive", "picwish#rate/limit", "S2:64, S2:89", "limit", {"limit": 9})]
    result = compared(CONTRACTS, SIBLINGS, "--format", "json")
    assert result.exit_code == 0
    assert {one[0] for one in changes(result)} == {"additive"}
    assert compared(SIBLINGS, CONTRACTS).exit_code == 1, "what was there is gone"


def test_a_folder_with_a_whole_vendor_has_nothing_else_of_it(tmp_path: Path) -> None:
    """An operation whose file is missing is gone; a vendor that only one folder has is new, or gone."""
    other = edition(tmp_path / "one")
    shutil.copytree(SIBLINGS / "picwish", other / "picwish", dirs_exist_ok=True)
    assert [one[:2] for one in changes(compared(other, CONTRACTS, "--format", "json"))] == [
        ("breaking", "picwish/segmentation.create"),
        ("breaking", "picwish/segmentation.get"),
    ]
    shutil.copytree(other / "picwish", tmp_path / "two" / "acme")
    for path in (tmp_path / "two" / "acme").iterdir():
        text = path.read_text(encoding="utf-8").replace("greycard:picwish/", "greycard:acme/")
        path.write_text(text.replace('"vendor": "picwish"', '"vendor": "acme"'), encoding="utf-8")
    result = compared(CONTRACTS, tmp_path / "two", "--format", "json")
    assert [one[:2] for one in changes(result)] == [("additive", "acme")], result.output
    assert [one[:2] for one in changes(compared(tmp_path / "two", CONTRACTS, "--format", "json"))] == [
        ("breaking", "acme")
    ]


def test_an_operation_whose_file_is_missing_is_gone(tmp_path: Path) -> None:
    """Where the folder has the vendor itself, the shipped file does not stand in for it."""
    shutil.copytree(CONTRACTS / "wondershare", tmp_path / "wondershare")
    for path in (tmp_path / "wondershare").glob("rw.*"):
        path.unlink()
    found = changes(compared(CONTRACTS, tmp_path, "--format", "json"))
    assert {one[:2] for one in found if one[0] == "breaking"} >= {("breaking", "wondershare/rw.batch")}


def test_a_run_that_has_folders_is_a_run(tmp_path: Path) -> None:
    """Its verdicts tell it from contract data."""
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "x.json").write_text("{}", encoding="utf-8")
    (tmp_path / "verdicts.json").write_text('{"claims": []}', encoding="utf-8")
    result = compared(tmp_path, tmp_path)
    assert result.exit_code == 3
    assert "the later run checked nothing" in result.output


def test_what_cannot_be_decided_is_said_and_ends_with_3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither yes nor no: the statement is undecided, without a document."""
    other = edition(tmp_path, "scale.create.json", '"face"', '"portrait"')
    monkeypatch.setattr(editions, "includes", lambda *_, **__: Inclusion(holds=None))
    result = compared(CONTRACTS, other)
    assert result.exit_code == 3
    assert "UNDECIDED" in result.output
    assert "  ? picwish/scale.create#request/type/enum (S2:21)\n" in result.output
    assert {one[0] for one in changes(compared(CONTRACTS, other, "--format", "json"))} == {"undecided"}


def test_impact_reads_the_comparison_of_editions(tmp_path: Path) -> None:
    """What breaks in a new edition can be held against what an application relies on."""
    other = edition(tmp_path / "new", "scale.create.json", '"face"', '"portrait"')
    file = tmp_path / "changes.json"
    file.write_text(compared(CONTRACTS, other, "--format", "json").output, encoding="utf-8")
    assert list(changed_statements(file)) == ["picwish/scale.create#request/type/enum"]


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("contracts", "evidence", "evidence does not; name two runs, or two folders of contract data"),
        ("evidence", "contracts", "evidence does not; name two runs, or two folders of contract data"),
        ("contracts", "broken", "not JSON"),
        ("broken", "broken", "not JSON"),
    ],
)
def test_wrong_use_is_told(before: str, after: str, words: str, tmp_path: Path) -> None:
    """A run beside contract data, and data that cannot be read: status 2 and one sentence."""
    (tmp_path / "evidence").mkdir()
    (tmp_path / "evidence" / "verdicts.json").write_text('{"claims": []}', encoding="utf-8")
    broken = edition(tmp_path / "broken")
    (broken / "picwish" / "vendor.json").write_text("{", encoding="utf-8")
    places = {"contracts": CONTRACTS, "evidence": tmp_path / "evidence", "broken": broken}
    result = compared(places[before], places[after])
    assert result.exit_code == 2
    assert words in " ".join(result.output.split())
    assert "Traceback" not in result.output


def test_the_help_says_directions_and_statuses() -> None:
    """All that a person has to know stands in the help."""
    text = " ".join(CliRunner().invoke(cli, ["compare", "--help"]).output.split())
    for words in ("two editions of contract data", "0 nothing breaks", "1 something", "2 wrong use", "3 the later run"):
        assert words in text
