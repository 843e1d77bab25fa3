"""Takes the place of pytest's own loop: the collected tests are run in children, again and again, and scored."""

from __future__ import annotations

import gc
import json
import os
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import pytest

from greycard_mocks.testing.children import CAN_FORK
from greycard_schemas.nearest import similar
from greycard_suite.score.told.dismissed import DismissedError, in_force, load_dismissed, notes_on
from greycard_suite.score.told.tell import lines_of, status_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from greycard_schemas.drifts.model import Drift
    from greycard_schemas.loader import Vendor
    from greycard_suite.score.score import Score
    from greycard_suite.score.told.dismissed import Dismissed


SLOWER = "Nothing could be forked: each drift had an interpreter of its own, which takes longer and tells the same."


class ScorePlugin:
    """Runs the score in place of the tests; registered by `options` where it is asked for."""

    def __init__(self, config: pytest.Config) -> None:
        if hasattr(config.option, "dist"):
            config.option.dist, config.option.numprocesses = "no", None  # the score has processes of its own
        self._config = config
        self._wanted = str(config.getoption("--greycard-score"))
        self._shard = _shard(config.getoption("--greycard-shard"))
        for option in ("json", "markdown", "stryker"):
            _refuse_unwritable(config.getoption(f"--greycard-score-{option}"))
        self._score: Score | None = None
        self._seconds = 0.0
        self._items: dict[str, pytest.Item] = {}
        self._dismissed = self._load_dismissed()
        self._notes: list[str] = []
        self._known: list[str] = []

    def _load_dismissed(self) -> tuple[Dismissed, ...]:
        try:
            return load_dismissed(self._config.getini("greycard_dismissed"))
        except DismissedError as error:
            raise pytest.UsageError(str(error)) from None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> object:
        """Score the collected tests; errors of collection are left to pytest."""
        if session.testsfailed and not session.config.option.continue_on_collection_errors:
            return None
        if not session.items:
            return None
        self._score = self._scored(session)
        return True

    def _scored(self, session: pytest.Session) -> Score:
        from greycard_mocks.testing.spawned import Fresh
        from greycard_suite.score.score import Scoring
        from greycard_suite.score.spawned import bench_of

        begun, config = perf_counter(), session.config
        folder = config._tmp_path_factory.getbasetemp() / "greycard-score"  # type: ignore[attr-defined]  # noqa: SLF001 - as pytest's own fixtures have it
        bench = bench_of(session, folder)
        plain, self._items = bench.plain, dict(bench.items)
        vendors = self._vendors(plain)
        choosing = os.environ.get("GREYCARD_SCORE_CHOOSING") != "off"  # to hold the choice against a run of everything
        fresh = None if CAN_FORK else Fresh.of(config, folder)
        scoring = Scoring(
            bench, count=os.cpu_count() or 1, choosing=choosing, progress=self._progress(config), fresh=fresh
        )
        try:
            scoring.take_baseline()
            gc.collect()
            gc.freeze()  # what is there now is shared with the children, and looked at by no collector
            score = scoring.score
            if score.reached and len(score.blind) < len([one for one in score.usual.values() if one.touch.vendors]):
                used = {name for one in score.usual.values() for name in one.touch.vendors}
                wanted = {name: patterns for name, patterns in vendors.items() if name in used}
                scoring.try_drifts(self._drifts(wanted, plain))
                scoring.try_probes()
        finally:
            gc.unfreeze()
            scoring.close()
        today = datetime.now(UTC).date()
        self._notes = [*notes_on(self._dismissed, score.outcomes, today), *([] if CAN_FORK else [SLOWER])]
        self._known = in_force(self._dismissed, today)
        self._seconds = perf_counter() - begun
        self._write(score, plain)
        return score

    def _write(self, score: Score, plain: Mapping[str, Vendor]) -> None:
        """Write the files that were asked for."""
        wanted: dict[str, str | None] = {
            kind: self._config.getoption(f"--greycard-score-{kind}") for kind in ("json", "markdown", "html", "stryker")
        }
        before = _earlier(wanted["json"])  # which the new one replaces
        if target := wanted["json"]:
            from greycard_schemas.claims.derive import claims_of
            from greycard_suite.score.told.as_json import as_json

            used = {one.drift.vendor for one in score.outcomes.values()}
            claims = {name: one for vendor in used for name, one in claims_of(plain[vendor]).items()}
            _keep(target, json.dumps(as_json(score, claims, self._known), indent=1, ensure_ascii=False) + "\n")
        if target := wanted["markdown"]:
            from greycard_suite.score.told.markdown import as_markdown

            _keep(target, as_markdown(score, before, self._known))
        if target := wanted["html"]:
            from greycard_suite.score.told.as_html import as_html

            seconds, items = self._seconds, self._items
            page = as_html(score, plain, seconds=seconds, items=items, dismissed=self._known, notes=self._notes)
            _keep(target, page)
        if target := wanted["stryker"]:
            from greycard_suite.score.told.stryker import as_stryker

            _keep(target, json.dumps(as_stryker(score), ensure_ascii=False) + "\n")

    def _vendors(self, plain: Mapping[str, Vendor]) -> dict[str, list[str]]:
        """The vendors to score, each with the patterns of the drifts that are wanted."""
        if self._wanted in ("all", ""):
            return {name: ["*"] for name in plain}
        found: dict[str, list[str]] = {}
        for one in (part.strip() for part in self._wanted.split(",")):
            name, slash, _ = one.partition("/")
            if name not in plain:
                msg = (
                    f"--greycard-score={one}: there is no vendor {name!r}; there are {', '.join(plain)}"
                    f"{similar(name, plain)}; folders and files come before the option, or after --greycard-score=all"
                )
                raise pytest.UsageError(msg)
            found.setdefault(name, []).append(one if slash else "*")
        return found

    def _drifts(self, vendors: Mapping[str, list[str]], plain: Mapping[str, Vendor]) -> list[Drift]:
        from greycard_schemas.drifts.catalogue import drifts_of

        number, count = self._shard
        found = [
            drift
            for name, patterns in vendors.items()
            for drift in drifts_of(plain[name]).values()
            if any(fnmatchcase(drift.id, pattern) for pattern in patterns)
        ]
        if not found:
            msg = f"--greycard-score={self._wanted}: no drift of the vendors that are used has such an id"
            raise pytest.UsageError(msg)
        # whole fields, so that what follows from a stronger drift stands in the same part
        places = list(dict.fromkeys(one.id.rpartition("-")[0] for one in found))
        mine = set(places[number - 1 :: count])
        return [one for one in found if one.id.rpartition("-")[0] in mine]

    def _progress(self, config: pytest.Config) -> Any:
        reporter: Any = config.pluginmanager.getplugin("terminalreporter")
        if reporter is None or not reporter.isatty:
            return None

        def told(done: int, total: int) -> None:
            reporter.rewrite(f"greycard score: {done} of {total} drifts", erase=True)

        return told

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """The exit status that the score has."""
        if self._score is not None:
            session.exitstatus = status_of(self._score) or int(any("ended on" in one for one in self._notes))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Tell what was found."""
        if self._score is None:
            return
        terminalreporter.ensure_newline()
        for line in lines_of(self._score, self._seconds, self._items, self._known, self._notes):
            terminalreporter.write_line(line)


def _earlier(target: str | None) -> dict[str, Any] | None:
    """The score that a file has from an earlier run; None where there is none."""
    try:
        found = json.loads(Path(target).read_text(encoding="utf-8")) if target else None
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _refuse_unwritable(target: str | None) -> None:
    """Raises UsageError at once for a file that could not be written after all the work."""
    folder = Path(target or ".").parent
    if not folder.is_dir():
        what = "is no folder" if folder.exists() else "does not exist"
        msg = f"{target} cannot be written: {folder} {what}; name a file in a folder that is there"
        raise pytest.UsageError(msg)


def _keep(target: str, text: str) -> None:
    try:
        Path(target).write_text(text, encoding="utf-8")
    except OSError as error:
        msg = f"{target} cannot be written: {error.strerror or error}"
        raise pytest.UsageError(msg) from None


def _shard(wanted: str | None) -> tuple[int, int]:
    if not wanted:
        return 1, 1
    number, slash, count = wanted.partition("/")
    if slash and number.isdigit() and count.isdigit() and 1 <= int(number) <= int(count):
        return int(number), int(count)
    raise pytest.UsageError(f"--greycard-shard {wanted}: write K/N with K from 1 to N, such as 1/4")
