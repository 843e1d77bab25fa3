"""`greycard contracts new` and `check`, and the commands that look at --contracts before they do anything."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from greycard_mocks import Mock
from greycard_schemas import CONTRACTS, ContractError, load_contracts
from greycard_suite.cli import cli

OPENAPI = """
openapi: 3.1.0
paths:
  /api/relight/v1/queue:
    post:
      requestBody:
        content:
          application/json:
            schema: {type: object, required: [img_url, webhookUrl], properties: {
              img_url: {type: string}, webhookUrl: {type: string}, strength: {type: integer, maximum: 5}}}
"""


@pytest.fixture
def greycard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs a command in an empty folder; `greycard("contracts", "new", ...)`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GREYCARD_DOCUMENTS", raising=False)

    def run(*arguments: str) -> Result:
        done = CliRunner().invoke(cli, arguments)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done

    return run


def test_a_sibling_is_written_and_served(greycard: Any, tmp_path: Path) -> None:
    """The files are named, the next steps are said, check finds nothing, and the mock has the feature."""
    done = greycard("contracts", "new", "picwish", "colorize", "--like", "scale.create")
    assert done.exit_code == 0
    lines = done.output.splitlines()
    assert lines[:2] == ["contracts/picwish/colorize.create.json", "contracts/picwish/colorize.get.json"]
    assert "What to edit next" in done.output
    assert "path /api/tasks/visual/colorize;" in done.output
    checked = greycard("contracts", "check", "contracts")
    assert (checked.exit_code, checked.output.splitlines()[-1][:10]) == (0, "0 findings")
    assert "no document was read" in checked.output
    with Mock(["picwish"], contracts=[tmp_path / "contracts"], in_process=True) as mock:
        vendor = mock.vendor("picwish")
        form = {"type": "clean", "image_url": vendor.images.link(40, 30)}
        assert vendor.session().post(f"{vendor.url}/api/tasks/visual/colorize", data=form).status_code == 200


def test_nothing_is_overwritten(greycard: Any, tmp_path: Path) -> None:
    """Where one file is there, none is written, and the one is left as it is."""
    (tmp_path / "contracts" / "acme").mkdir(parents=True)
    (tmp_path / "contracts" / "acme" / "sources.json").write_text('{"S9": 1}', "utf-8")
    done = greycard("contracts", "new", "acme", "sharpen", "--like", "enhancor/queue")
    assert done.exit_code == 2
    assert "acme" in done.output
    assert [path.name for path in (tmp_path / "contracts" / "acme").iterdir()] == ["sources.json"]
    shutil.rmtree(tmp_path / "contracts")
    assert greycard("contracts", "new", "picwish", "sharpen", "--like", "scale.create").exit_code == 0
    again = greycard("contracts", "new", "picwish", "sharpen", "--like", "scale.create")
    assert (again.exit_code, "already" in again.output) == (2, True)
    (tmp_path / "contracts" / "picwish" / "sharpen.create.json").unlink()
    (tmp_path / "contracts" / "picwish" / "sharpen.get.json").rename(tmp_path / "kept.json")
    (tmp_path / "other" / "picwish").mkdir(parents=True)
    (tmp_path / "other" / "picwish" / "sharpen.get.json").mkdir()
    there = greycard("contracts", "new", "picwish", "sharpen", "--like", "scale.create", "-o", "other")
    assert there.exit_code == 2
    assert "Traceback" not in there.output


def test_a_new_vendor_says_whose_model_it_has(greycard: Any) -> None:
    """It needs the name of another vendor; what it has of that one is noted."""
    missing = greycard("contracts", "new", "acme", "sharpen", "--like", "queue")
    assert missing.exit_code == 2
    assert "say whose operation with --like VENDOR/OPERATION" in " ".join(missing.output.split())
    done = greycard("contracts", "new", "acme", "sharpen", "--like", "enhancor/queue")
    assert done.exit_code == 0
    assert "note: vendor.json:" in done.output
    other = greycard("contracts", "new", "picwish", "sharpen", "--like", "enhancor/queue")
    assert (other.exit_code, "its errors and states are its own" in " ".join(other.output.split())) == (2, True)
    verified = greycard("verify", "--vendor", "acme", "--contracts", "contracts")
    assert verified.exit_code == 0, verified.output


@pytest.mark.parametrize("ending", ["yaml", "json"])
def test_fields_come_from_an_openapi_document(greycard: Any, tmp_path: Path, ending: str) -> None:
    """As YAML or JSON; path and fields are its own, and what hung on gone fields is told."""
    yaml = pytest.importorskip("yaml")
    text = OPENAPI if ending == "yaml" else json.dumps(yaml.safe_load(OPENAPI))
    (tmp_path / f"api.{ending}").write_text(text, "utf-8")
    done = greycard("contracts", "new", "enhancor", "relight", "--like", "queue", "--from", f"api.{ending}")
    assert done.exit_code == 0, done.output
    assert "note: no field decides the price any more; it is 240" in done.output
    made = load_contracts(["enhancor"], folders=[tmp_path / "contracts"])["enhancor"].operations["relight.queue"]
    assert (made.path, set(made.fields)) == ("/api/relight/v1/queue", {"img_url", "webhookUrl", "strength"})
    assert made.contract["price"]["fixed"] == 240
    assert greycard("contracts", "check", "contracts").exit_code == 0


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.json", b"{", "it is not JSON"),
        ("a.json", b"\xff\xfe", "it is no text in UTF-8"),
        ("a.yaml", b"a: [", "it is not YAML"),
        ("a.yaml", b"1", "neither an OpenAPI document"),
        ("a.json", b'{"paths": {"/x": {"post": {"requestBody": 7}}}}', "no body of a kind that is known"),
        ("a.json", b'{"log": {"entries": [{"request": {"method": "POST"}}]}}', "no single POST"),
        ("a.har", b'{"log": {"entries": 7}}', "not of the form"),
        ("a.json", b"[" * 100_000, "it is not JSON"),
    ],
)
def test_what_cannot_be_read_is_a_sentence(greycard: Any, tmp_path: Path, name: str, content: bytes, said: str) -> None:
    """Status 2, the file's name and what is wrong with it; nothing is written."""
    if name.endswith("yaml"):
        pytest.importorskip("yaml")
    (tmp_path / name).write_bytes(content)
    done = greycard("contracts", "new", "enhancor", "relight", "--like", "queue", "--from", name)
    assert done.exit_code == 2
    assert said in " ".join(done.output.split())
    assert not (tmp_path / "contracts").exists()


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A folder with a stray file, a replaced vendor.json and a wrong limit."""
    folder = tmp_path / "data"
    (folder / "picwish").mkdir(parents=True)
    data = json.loads((CONTRACTS / "picwish" / "vendor.json").read_text("utf-8"))
    data["rate"]["limit"] = "two"
    (folder / "picwish" / "vendor.json").write_text(json.dumps(data), "utf-8")
    (folder / "stray.json").write_text("{}", "utf-8")
    return folder


@pytest.mark.parametrize(
    "command",
    [
        ("serve",),
        ("verify",),
        ("claims",),
        ("openapi", "picwish"),
        ("verify", "-j", "2"),
    ],
    ids=" ".join,
)
def test_each_command_ends_with_the_findings(greycard: Any, broken: Path, command: tuple[str, ...]) -> None:
    """Status 2 and every finding, before anything is served or judged."""
    done = greycard(*command, "--contracts", str(broken))
    assert done.exit_code == 2
    assert "cannot be used: 2 findings" in done.output
    assert "picwish/vendor.json#/rate/limit: 'two' is not of type 'integer'" in done.output
    assert "stray.json: lies beside the vendors' folders" in done.output


def test_data_that_depart_are_only_held_to_what_can_be_served(greycard: Any, broken: Path) -> None:
    """--mock-contracts may say what no document says, and is refused where a mock could not serve it."""
    wrong = greycard("verify", "--vendor", "picwish", "--mock-contracts", str(broken))
    assert (wrong.exit_code, "'two' is not of type" in wrong.output) == (2, True)
    (broken / "stray.json").unlink()
    place = broken / "picwish" / "vendor.json"
    place.write_text(place.read_text("utf-8").replace('"two"', "3").replace('"limit": "S2:64, S2:89", ', ""), "utf-8")
    found = greycard("verify", "--vendor", "picwish", "--mock-contracts", str(broken))
    assert (found.exit_code, "picwish#rate/limit" in found.output) == (1, True)


def test_a_replaced_file_is_said_and_used(greycard: Any, broken: Path) -> None:
    """On the error stream, so that what is printed can be piped."""
    (broken / "stray.json").unlink()
    place = broken / "picwish" / "vendor.json"
    place.write_text(place.read_text("utf-8").replace('"two"', "3"), "utf-8")
    done = greycard("claims", "picwish", "--contracts", str(broken))
    assert done.exit_code == 0
    assert "replaces the shipped picwish/vendor.json" in done.stderr
    assert "at most 3 requests in 1 s" in done.stdout


def test_a_mock_in_python_is_refused_the_same(broken: Path) -> None:
    """One ContractError with all findings, when the mock is first used."""
    mock = Mock(["picwish"], contracts=[broken], in_process=True)
    with mock, pytest.raises(ContractError, match="cannot be used: 2 findings"):
        mock.vendor("picwish")
