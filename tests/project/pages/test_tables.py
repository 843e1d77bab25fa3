"""The tables of the documentation are those that the data and the code give."""

from __future__ import annotations

from pathlib import Path

import pytest

from greycard_suite.tools import doc_tables as tables

ROOT = Path(__file__).parents[3]
PAGES = tuple(
    page.relative_to(ROOT).as_posix()
    for place in (".", "mocks", "client", "schemas", "tests")
    for page in sorted((ROOT / place).glob("*.md"))
)


@pytest.mark.parametrize("page", PAGES)
def test_no_table_is_stale(repo_root: Path, page: str) -> None:
    """Every table between markers is as it would be made now."""
    text = (repo_root / page).read_text(encoding="utf-8")
    assert tables.rewritten(text) == text, f"stale: run python -m greycard_suite.tools.doc_tables {page}"


def test_every_table_is_shown_somewhere(repo_root: Path) -> None:
    """No table is made that no page shows."""
    shown = "".join((repo_root / page).read_text(encoding="utf-8") for page in PAGES)
    assert [name for name in tables.tables() if f"<!-- table: {name} -->" not in shown] == []


@pytest.mark.parametrize("name", list(tables.tables()))
def test_a_table_has_a_head_and_even_rows(name: str) -> None:
    """Each table has rows, all with as many cells as its head."""
    lines = tables.tables()[name]().splitlines()
    assert len(lines) > 2
    assert {line.replace("\\|", "").count("|") for line in lines} == {lines[0].count("|")}


def test_only_what_stands_between_the_markers_changes() -> None:
    """An empty, a right and an old table become the same, and the text around them stays."""
    new = tables.drifts()
    for old in ("", new, "| old |\n"):
        text = f"before\n\n<!-- table: drifts -->\n{old}<!-- /table -->\n\nafter <!-- table: in a line -->\n"
        made = tables.rewritten(text)
        assert made == text.replace(f"-->\n{old}<", f"-->\n{new}<")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("<!-- table: nothing -->\n<!-- /table -->\n", "no table 'nothing'; known are statements"),
        ("<!-- table: drifts -->\n", "needs a line <!-- /table -->"),
        ("<!-- /table -->\n", "needs a line <!-- /table -->"),
        ("<!-- table: drifts -->\n<!-- table: drifts -->\n<!-- /table -->\n", "needs a line <!-- /table -->"),
    ],
)
def test_a_marker_without_effect_is_told(text: str, told: str) -> None:
    """An unknown name, and a marker without its other half, are errors that say what to write."""
    with pytest.raises(tables.TableError, match=told):
        tables.rewritten(text)


def test_bars_and_line_ends_stay_within_their_cell() -> None:
    """A cell cannot break its table."""
    assert tables.table(["a"], [["x|y\nz"]]).splitlines()[2] == "| x\\|y z |"


def test_the_command_rewrites_files_and_tells_of_stale_ones(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--check` changes nothing and fails for a stale file; without it the file is right afterwards."""
    page = tmp_path / "page.md"
    page.write_text("<!-- table: drifts -->\n<!-- /table -->\n", encoding="utf-8")
    assert tables.main(["--check", str(page)]) == 1
    assert capsys.readouterr().out == f"{page}: stale\n"
    assert tables.main([str(page)]) == 0
    assert capsys.readouterr().out == f"{page}: rewritten\n"
    assert tables.main(["--check", str(page)]) == 0
    assert tables.main([str(tmp_path / "missing.md")]) == 1
    assert "missing.md" in capsys.readouterr().err
