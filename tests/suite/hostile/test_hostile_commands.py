"""The commands at a vendor that misbehaves, and at the evidence of a run against it.

They end in time and memory, say what is right, and neither print nor write the key.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from greycard_mocks.images.testcards import card
from greycard_schemas.loader import load_contracts
from greycard_suite.cli import cli
from greycard_suite.credentials import variables
from greycard_suite.evidence.profile import load_profile
from greycard_suite.redact.secrets import Secrets
from greycard_suite.reports.json import as_json
from greycard_suite.runner.profiles import chosen
from greycard_suite.runner.run import Report
from greycard_suite.tools.hostile_outcomes import NEVER_ENDING, OUTCOMES, REACHED
from greycard_suite.tools.hostile_vendor import HostileVendor
from greycard_suite.tools.misbehaviours import HTML, MISBEHAVIOURS, spellings_in

pytestmark = pytest.mark.wire

KEY = "canary-5f1d8c7e9b/with+odd=letters"
SECRETS = Secrets({"KEY": KEY})
DEEP = chosen(os.environ) == "deep"
VENDORS = ("enhancor", "picwish", "wondershare", "magictiger") if DEEP else ("enhancor",)
QUICK = (
    "silent", "dripping_body", "key_echoed", "control_characters_in_every_field_of_a_refusal",
    "json_of_eight_megabytes",
)  # fmt: skip
RUNS = tuple(MISBEHAVIOURS) if DEEP else QUICK
"""A run that is answered takes its time: one of each kind, and all with HYPOTHESIS_PROFILE=deep."""

ERRORS = {
    "TimedOut": "not done within the deadline of .* s; raise --deadline if",
    "TransportError": "the connection broke|could not be completed",
    "InvalidRequest": "HTTP 400: ",
    "UnexpectedResponse": "is not followed|is longer than|not a JSON object|the body starts|neither a link nor Base64",
    "ApiError": "HTTP 200: ",
}
"""By the error of the client, what the reason of a picture that failed says."""

FOUND = {
    "1, violated": "[1-9][0-9]* violated",
    "3, not reached": "0 claims hold, 0 violated",
    "1, breaking": "what the documents promise, or what was always there, is no longer so",
    "3, nothing checked": "the later run checked nothing",
    "0, a profile": "use it with --profile",
}
"""By a command's outcome, what it prints."""


def greycard(*words: str) -> Result:
    """The command in this process; what would be a traceback is raised."""
    names = [name for vendor in load_contracts().values() for name in variables(vendor).values()]
    runner = CliRunner(env={**dict.fromkeys(names, KEY), "COLUMNS": "100"})
    return runner.invoke(cli, words, catch_exceptions=False)


def prints_nothing_hostile(done: Result) -> None:
    """Nothing of the key, in any spelling, and nothing that steers a terminal."""
    data = done.output.encode(errors="surrogatepass")
    assert (spellings_in(data, KEY), SECRETS.found_in(data)) == ([], False)
    for line in done.output.splitlines():
        assert line.isprintable(), line


def keeps_nothing_hostile(folder: Path) -> None:
    """No file has anything of the key, and none that a browser shows has markup of the vendor's."""
    for path in (path for path in folder.rglob("*") if path.is_file()):
        data = path.read_bytes()
        assert (path.name, spellings_in(data, KEY), SECRETS.found_in(data)) == (path.name, [], False)
        assert path.suffix not in (".html", ".xml") or HTML.encode() not in data


def test_every_misbehaviour_has_its_outcome() -> None:
    """Data and table leave none out and know no other."""
    assert set(OUTCOMES) == set(MISBEHAVIOURS)


@pytest.mark.parametrize("name", MISBEHAVIOURS)
@pytest.mark.parametrize("vendor", VENDORS)
def test_enhance_survives(
    vendor: str, name: str, tmp_path: Path, bounded: Callable[[float], AbstractContextManager[None]]
) -> None:
    """A picture fails with its reason, within --deadline, and leaves no file."""
    seconds = 0.5 if name in NEVER_ENDING else 3.0
    picture, folder = tmp_path / "a.jpg", tmp_path / "results"
    picture.write_bytes(card(40, 30, "jpg"))
    with HostileVendor(name) as hostile, bounded(seconds):
        where = ["--vendor", vendor, "--base-url", hostile.url, "-o", str(folder)]
        done = greycard("enhance", str(picture), *where, "--deadline", str(seconds))
    reason = done.stderr.splitlines()[0]
    found = [error for error, said in ERRORS.items() if re.search(f"a.jpg: failed: .*({said})", reason)]
    assert (done.exit_code, len(found)) == (1, 1), reason
    assert vendor != "enhancor" or OUTCOMES[name].enhance == f"1, {found[0]}"
    assert list(folder.iterdir()) == []
    assert hostile.asked_elsewhere == []
    prints_nothing_hostile(done)
    keeps_nothing_hostile(tmp_path)


@pytest.fixture(scope="session")
def good_run(recorded: Callable[..., Report], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The verdicts of a run that found nothing."""
    path = tmp_path_factory.mktemp("good") / "verdicts.json"
    path.write_text(json.dumps(as_json(recorded("enhancor"))), encoding="utf-8")
    return path


@pytest.mark.slow
@pytest.mark.parametrize("name", RUNS)
def test_a_run_and_its_evidence_survive(
    name: str, good_run: Path, tmp_path: Path, bounded: Callable[[float], AbstractContextManager[None]]
) -> None:
    """`verify` keeps evidence, and all that reads it says what the run said, in five seconds.

    A run that is not answered ends with its deadline. One that is answered at once goes on to its end.
    """
    outcome, folder, profile = OUTCOMES[name], tmp_path / "run", tmp_path / "profile.json"
    answered = outcome.verify == REACHED
    deadline = 0.5 if name in NEVER_ENDING else 3.0

    def does(use: str, seconds: float, *words: str) -> None:
        with bounded(seconds):
            done = greycard(*words)
        told = getattr(outcome, use)
        assert f"{done.exit_code}, " == told[:3], done.output
        assert re.search(FOUND[told], " ".join(done.output.split()))
        prints_nothing_hostile(done)

    with HostileVendor(name) as hostile:
        target = ["--target", "live", "--vendor", "enhancor", "--base-url", f"enhancor={hostile.url}"]
        files = ["-o", str(folder), "--json", str(tmp_path / "v.json"), "--junit", str(tmp_path / "v.xml")]
        limits = ["--deadline", str(deadline), "--patience", "1"]
        does("verify", 120.0 if answered else 2 * deadline, "verify", *target, *files, *limits)
    assert hostile.asked_elsewhere == []
    assert (folder / "report.html").is_file()
    does("replay", 0.0, "verify", "--replay", str(folder), "--json", str(tmp_path / "again.json"))
    does("compare", 0.0, "compare", str(good_run), str(folder), "--all")
    does("calibrate", 0.0, "calibrate", str(folder), "-o", str(profile))
    load_profile(profile)
    keeps_nothing_hostile(tmp_path)
