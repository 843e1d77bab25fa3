"""What a change at a vendor means to an application: joins what a run found with what the score says is relied on.

Reads two documents of plain JSON; the tests of the user are run by pytest in a process of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from greycard_suite.evidence.folder import VERDICTS
from greycard_suite.score.told.as_json import FORMAT

if TYPE_CHECKING:
    from collections.abc import Mapping

_FELT = ("caught", "crashes", "endless", "unguarded", "handled")


class ImpactError(ValueError):
    """A file is not what it has to be; the message says which one is wanted."""


@dataclass(frozen=True, slots=True)
class Change:
    """One documented statement that no longer holds; `drift` is the nearest way to play it, where there is one."""

    claim: str
    sentence: str
    tests: tuple[str, ...] = ()
    """The tests whose application relies on the statement."""

    guarded: bool = False
    drift: str = ""
    is_known: bool = False
    """Whether the score has looked at the statement at all."""

    @property
    def matters(self) -> bool:
        """Whether the application relies on it."""
        return bool(self.tests)


def load_reliance(path: Path) -> dict[str, Any]:
    """What `pytest --greycard-score-json` wrote; raises ImpactError."""
    found = _json(path)
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        msg = f"{path} is no score; make one with 'pytest --greycard-score --greycard-score-json FILE'"
        raise ImpactError(msg)
    return found


def changed_statements(path: Path) -> dict[str, str]:
    """The statements that do not hold, with sentences, of evidence, verdicts or a comparison; raises ImpactError."""
    found = _json(path / VERDICTS if path.is_dir() else path)
    if isinstance(found, dict) and isinstance(found.get("claims"), list):
        return {
            str(one["id"]): str(one.get("statement", ""))
            for one in found["claims"]
            if isinstance(one, dict) and one.get("verdict") == "violated" and "id" in one
        }
    if isinstance(found, dict) and isinstance(found.get("changes"), list):
        return {
            str(one["subject"]): str(one.get("sentence", ""))
            for one in found["changes"]
            if isinstance(one, dict) and one.get("what") == "claim" and one.get("severity") != "additive"
        }
    msg = (
        f"{path} tells of no run; name a folder of evidence, a file of 'greycard verify --json', or one of "
        "'greycard compare --format json'"
    )
    raise ImpactError(msg)


def impact(reliance: Mapping[str, Any], changed: Mapping[str, str]) -> list[Change]:
    """Each change with what relies on it, what matters first."""
    found = []
    for claim, sentence in changed.items():
        known = reliance["claims"].get(claim)
        if known is None:
            found.append(Change(claim, sentence))
            continue
        drifts = reliance["drifts"]
        felt = [one for one in known["drifts"] if drifts[one]["sort"] in _FELT]
        found.append(
            Change(
                claim, sentence or known["statement"], tuple(known["relied_on_by"]), bool(known["guarded_by"]),
                felt[0] if felt else "", is_known=True,
            )
        )  # fmt: skip
    return sorted(found, key=lambda one: not one.matters)


def headline(changes: list[Change]) -> str:
    """The one sentence."""
    count = sum(one.matters for one in changes)
    if not changes:
        return "No documented statement has changed."
    statements = "1 statement" if len(changes) == 1 else f"{len(changes)} statements"
    if not count:
        return f"{statements} changed; none matters to you."
    return f"{statements} changed; {count} matter{'s' if count == 1 else ''} to you:"


def run_with(change: Change, folder: Path) -> tuple[int, str]:
    """Run the tests that rely on a statement, with the nearest drift on: exit status and the last line of pytest."""
    command = [
        sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--greycard-drift", change.drift, *change.tests,
    ]  # fmt: skip
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603 - the user's own tests
    lines = [line for line in done.stdout.splitlines() if line.strip()]
    return done.returncode, lines[-1].strip("= ") if lines else done.stderr.strip()[-200:]


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        msg = f"{path} cannot be read: {error}"
        raise ImpactError(msg) from None
