"""`--greycard-freedom` names what was planted into the example applications, and nothing where nothing is planted."""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
from fnmatch import fnmatchcase
from math import ceil, log2
from pathlib import Path

import pytest

APPLICATIONS = Path(__file__).parents[2] / "example_apps"

PLANTED = {
    "form-of-ids": ("thumbnails", "picwish/free.ids-*"),
    "text-of-message": ("thumbnails", "picwish/free.refusals.words-*"),
    "order-of-states": ("batches", "wondershare/free.life.*"),
    "name-in-link": ("batches", "wondershare/free.link.*"),
    "status-numbers": ("orders", "magictiger/free.life.numbers-*"),
    "callback-after-order": ("orders", "magictiger/free.callback.early"),
    "one-webhook": ("portraits", "enhancor/free.webhook.twice"),
    "webhook-by-the-end": ("portraits", "enhancor/free.webhook.after-*"),
    "no-further-fields": ("portraits", "enhancor/free.answers.more-outside"),
}
"""Each reliance with its application, and the freedoms that show it."""

SEEDS = range(1, 9)
GREEN_SEEDS = range(1, 5)
MOST_SEEDS = 5
MOST_FREEDOMS = 130
"""Of one vendor, and so the most that can be drawn."""

pytestmark = pytest.mark.slow


def run(source_path: str, folder: Path, planted: str, *options: str) -> tuple[int, str]:
    """Exit status and output of an application's own tests; with a reliance they end at the first that fails."""
    environ = {name: one for name, one in os.environ.items() if not name.startswith(("PYTEST_", "COV"))}
    done = subprocess.run(
        [
            sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=line", *options,
            "-c", str(APPLICATIONS / "pytest.ini"), "--rootdir", str(APPLICATIONS), str(folder),
        ],
        env={**environ, "PYTHONPATH": source_path, "PLANTED": planted, "COLUMNS": "300"},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def found_at(source_path: str, planted: str) -> int:
    """The first seed that finds a reliance; what is said of it is right in every word that can be checked."""
    application, freedoms = PLANTED[planted]
    for seed in SEEDS:
        status, text = run(source_path, APPLICATIONS / application, planted, "-x", f"--greycard-freedom={seed}")
        if status == pytest.ExitCode.OK:
            continue
        line = re.search(rf"^FAILED \S+ - \[--greycard-freedom={seed}: (\S+?)( and (\S+?))?\]", text, re.MULTILINE)
        assert line, text
        named = [one for one in line.group(1, 3) if one]
        assert all(fnmatchcase(one, freedoms) for one in named), text
        runs = re.findall(r"relies on something that no document promises.*\((\d+) runs, ", text)
        assert runs, text
        assert max(map(int, runs)) <= most_runs(MOST_FREEDOMS), text
        return seed
    return SEEDS.stop


def most_runs(freedoms: int) -> int:
    """What a reduction may take."""
    return 2 * ceil(log2(freedoms)) + 3


def test_planted_reliances_are_found(source_path: str) -> None:
    """Each is green on the mock as it is; it is found by one seed of eight, of five in the median, and named."""
    first: dict[str, int] = {}
    for planted, (application, _) in PLANTED.items():
        status, text = run(source_path, APPLICATIONS / application, planted)
        assert status == pytest.ExitCode.OK, text
        first[planted] = found_at(source_path, planted)
    assert max(first.values()) in SEEDS, first
    assert statistics.median(first.values()) <= MOST_SEEDS, first


def test_what_relies_on_nothing_stays_green(source_path: str) -> None:
    """Where nothing is planted no application fails, whatever vendors are drawn."""
    found: list[str] = []
    for seed in GREEN_SEEDS:
        status, text = run(source_path, APPLICATIONS, "", f"--greycard-freedom={seed}")
        if status != pytest.ExitCode.OK:
            found += [line for line in text.splitlines() if line.startswith("FAILED")] or [text]
    assert found == [], "\n".join(found)
