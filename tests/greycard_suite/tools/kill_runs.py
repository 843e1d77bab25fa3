"""Kills live runs at random moments, lets them go on, and says what that changed: verdicts, and creates sent twice.

    python -m greycard_suite.tools.kill_runs --vendor wondershare --moments 20 --seed 1

Each run is a process of its own against a mock in this one. The exit status is 1 when a run that went on came to
another verdict that it does not explain, or paid for something twice.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from greycard_mocks.engine.engine import Engine
from greycard_mocks.serve import Running, run
from greycard_schemas.loader import load_contracts
from greycard_suite.evidence.archive import JOURNAL, Archive, open_archive

SPEED = 3.0
"""Mock seconds for each real second: tasks are quick, and still slow enough that each of their states is seen."""

_PORT = re.compile(r":\d+/")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to: its exit status, the verdict by statement, and how often each create was paid.

    `tests` names by statement the first test that looked at it, `open` the tests that may have cost something unknown.
    """

    status: int
    verdicts: Mapping[str, str]
    tests: Mapping[str, str]
    open: frozenset[str]
    paid: Counter[str]


@dataclass(frozen=True, slots=True)
class Killed:
    """One run that was killed after `seconds` and went on: what is wrong with it, and what it says of itself.

    `tests` were done and `begun` were under way when it was killed, `torn` says whether that cut a line. `left` are the
    tests that it names because they may have cost something, `told` the statements that it leaves open because of
    them, `missed` those that were not seen again, because a test was under way and the moment has passed; `changed` are
    those with another verdict for no such reason, `twice` the creates that were paid again. `after` are
    those with another verdict when what was left had been paid for again.
    """

    seconds: float
    tests: int
    begun: int
    torn: bool
    left: tuple[str, ...]
    told: tuple[str, ...]
    missed: tuple[str, ...]
    changed: tuple[str, ...]
    twice: tuple[str, ...]
    after: tuple[str, ...]


def verify(vendor: str, url: str, folder: Path, *more: str) -> list[str]:
    """The command line of a live run against what is there."""
    target = ["--target", "live", "--vendor", vendor, "--base-url", f"{vendor}={url}"]
    return [sys.executable, "-m", "greycard_suite.cli", "verify", *target, "-o", str(folder), *more]


def served(vendor: str, speed: float = SPEED) -> Running:
    """A mock of this vendor that nobody has used yet."""
    return run(Engine(load_contracts([vendor]), speed=speed))


def whole_run(vendor: str, folder: Path, *, environment: Mapping[str, str]) -> Outcome:
    """A run that nobody breaks off."""
    with served(vendor) as running:
        return _outcome(running, folder, verify(vendor, running.url, folder), environment)


def killed_run(
    vendor: str,
    folder: Path,
    seconds: float,
    whole: Sequence[Outcome],
    *,
    environment: Mapping[str, str],
) -> Killed | None:
    """A run that is killed after so many seconds and then goes on, held against `whole` ones; None: it ended before.

    A verdict that is not the same in all whole runs, because it rests on when a task was looked at, is not compared.
    """
    with served(vendor) as running:
        command = verify(vendor, running.url, folder)
        with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:  # noqa: S603 - our own
            timer = threading.Timer(seconds, process.kill)
            timer.start()
            process.wait()
            timer.cancel()
        if process.returncode >= 0:
            return None
        journal = folder / JOURNAL
        known = open_archive(folder) if journal.exists() else Archive(journal)
        begun, tests = {one.place[1] for one in known.cut_off()}, len(known.done)
        torn = journal.exists() and known.size != journal.stat().st_size
        go_on = ("--resume", str(folder)) if folder.exists() else ()
        outcome = _outcome(running, folder, verify(vendor, running.url, folder, *go_on), environment)
        paid = outcome
        if outcome.open:
            again = verify(vendor, running.url, folder, "--resume", str(folder), "--pay-again")
            paid = _outcome(running, folder, again, environment)
    first, other = whole[0].tests, set(_changes(outcome, whole))
    unseen = {one for one in other if outcome.verdicts[one] == "not exercised"}
    told = {one for one in unseen if first[one] in outcome.open}
    missed = {one for one in unseen - told if first[one] in begun}
    after = {one for one in _changes(paid, whole) if first[one] not in begun or paid.verdicts[one] != "not exercised"}
    most = Counter[str]()
    for one in whole:
        most |= one.paid
    return Killed(
        seconds, tests, len(begun), torn, tuple(sorted(outcome.open)), tuple(sorted(told)), tuple(sorted(missed)),
        tuple(sorted(other - told - missed)), tuple(outcome.paid - most), tuple(sorted(after)),
    )  # fmt: skip


def _changes(outcome: Outcome, whole: Sequence[Outcome]) -> Iterator[str]:
    """The statements with another verdict than in all whole runs, where those agree, but for what passed unseen."""
    for claim, verdict in outcome.verdicts.items():
        expected = {one.verdicts[claim] for one in whole}
        unseen = verdict == "not exercised" and any(fnmatchcase(claim, one) for one in OF_A_MOMENT)
        if len(expected) == 1 and verdict not in expected and not unseen:
            yield claim


OF_A_MOMENT = ("*#lifecycle/running", "*#lifecycle/states/*/phase", "*#running/*", "*#responses/running/*")
"""What is said of a task that runs: whether any look falls into that time is chance, in whole runs as well."""


def _outcome(running: Running, folder: Path, command: list[str], environment: Mapping[str, str]) -> Outcome:
    done = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False)  # noqa: S603 - our own
    document = json.loads((folder / "verdicts.json").read_text(encoding="utf-8"))
    claims = document["claims"]
    return Outcome(
        done.returncode,
        {one["id"]: one["verdict"] for one in claims},
        {one["id"]: one["evidence"].get("test", "") for one in claims},
        frozenset(one.place[1] for one in open_archive(folder).cut_off()),
        Counter(_paid(running.engine)),
    )


def _paid(engine: Engine) -> Iterator[str]:
    """Each create that the mock has accepted, in words that are the same in every run."""
    for world in engine.worlds:
        operations = world.runtime.vendor.operations
        for entry in world.journal.of_kind("request"):
            operation = operations.get(entry["operation"])
            if operation is not None and operation.kind == "create" and entry["task"] is not None:
                yield _PORT.sub("/", json.dumps([entry["operation"], entry["values"], entry["files"]]))


def main() -> int:
    """As the module says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vendor", default="wondershare")
    parser.add_argument("--moments", type=int, default=20)
    parser.add_argument("--whole", type=int, default=3, help="how many unbroken runs to compare with")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))  # noqa: S311 - no secret
    chosen = parser.parse_args()
    dice, environment = random.Random(chosen.seed), dict(os.environ)  # noqa: S311 - no secret
    print(f"{chosen.vendor}, seed {chosen.seed}")  # noqa: T201 - a command
    with tempfile.TemporaryDirectory() as name:
        began = time.monotonic()
        whole = [
            whole_run(chosen.vendor, Path(name, f"whole{number}"), environment=environment)
            for number in range(chosen.whole)
        ]
        longest = (time.monotonic() - began) / chosen.whole
        runs = list[Killed]()
        number = 0
        while len(runs) < chosen.moments:
            folder, moment = Path(name, str(number := number + 1)), dice.uniform(0, longest)
            one = killed_run(chosen.vendor, folder, moment, whole, environment=environment)
            if one is not None:
                runs.append(one)
                print(_line(one), flush=True)  # noqa: T201 - a command
    wrong = [one for one in runs if one.changed or one.twice or one.after]
    same = sum(not (one.told or one.missed) for one in runs)
    print(  # noqa: T201 - a command
        f"{len(runs)} killed and resumed: {len(wrong)} wrong, {same} with the verdicts of an unbroken run at once, "
        f"{len(runs) - same} that left statements open ({sum(bool(one.told) for one in runs)} for what may have cost); "
        f"{sum(len(one.twice) for one in runs)} creates sent twice without it, "
        f"{sum(one.torn for one in runs)} last lines cut"
    )
    return 1 if wrong else 0


def _line(one: Killed) -> str:
    facts: dict[str, Any] = {"changed": one.changed, "paid twice": one.twice, "changed with --pay-again": one.after}
    found = "; ".join(f"{name}: {', '.join(these)}" for name, these in facts.items() if these)
    if one.told:
        found = f"{len(one.told)} statements left open because of {', '.join(one.left)}; {found}"
    if one.missed:
        found = f"not seen again: {', '.join(one.missed)}; {found}"
    where = f"after {one.seconds:5.2f} s, {one.tests} tests done, {one.begun} under way"
    return f"{where}{', torn line' if one.torn else ''}: {found or 'as unbroken'}"


if __name__ == "__main__":
    sys.exit(main())
