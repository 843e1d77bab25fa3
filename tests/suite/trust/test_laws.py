"""The judge can be trusted: whatever a faithful vendor is like the run is green, and no drift is missed beside it.

A failure prints the seed that its vendor was drawn from; GREYCARD_SEED repeats it. A fixed sample is judged
over real sockets, and `python -m greycard_suite.tools.law_runs` tries as many as one likes.
"""

from __future__ import annotations

import os
import random
from typing import Any

import pytest

from greycard_mocks.engine.engine import Engine
from greycard_mocks.serve import run
from greycard_schemas.freedoms.catalogue import freedom_patches
from greycard_schemas.loader import load_contracts
from greycard_suite.runner import profiles
from greycard_suite.runner.run import run_suite
from greycard_suite.targets.open_live import open_live
from greycard_suite.targets.wire import Budget
from greycard_suite.tools import law_runs, laws
from greycard_suite.tools.drift_runs import WITHOUT_HISTORIES
from greycard_suite.tools.drift_table import reason
from greycard_suite.tools.law_runs import Try, carried_out, markdown, tries

VENDORS = sorted(load_contracts())
DEEP = profiles.chosen(os.environ) == "deep"
SEED = int(os.environ.get("GREYCARD_SEED") or (random.SystemRandom().randrange(1_000_000) if DEEP else 1))
"""What this run draws from: anew with the profile `deep`; else the same, until a deep run has been clean."""

DRAWS = 40 if DEEP else 3
DRIFTS = 25 if DEEP else 1
SPEED = 10.0


@pytest.mark.slow
@pytest.mark.parametrize("number", range(DRAWS))
@pytest.mark.parametrize("vendor", VENDORS)
def test_no_drawn_vendor_is_accused_of_anything(vendor: str, number: int) -> None:
    """Over any set of freedoms nothing is violated, no test breaks down, and what can be seen is exercised."""
    one, findings = carried_out(Try(1, vendor, SEED + number))
    assert not findings, f"GREYCARD_SEED={one.seed}\n{markdown([(each, 1) for each in findings], 'law 1')}"


@pytest.mark.slow
@pytest.mark.parametrize("number", range(DRIFTS))
@pytest.mark.parametrize("vendor", VENDORS)
def test_a_drift_is_found_beside_any_freedoms(vendor: str, number: int) -> None:
    """Over a drift in a drawn vendor the run ends with 1 and names the drift's claim, and none that holds."""
    seen = sorted(name for name, drift in laws.drifts(vendor).items() if not reason(drift, "live"))
    drift = random.Random(f"{vendor} {SEED} {number}").choice(seen)  # noqa: S311 - to be repeatable
    one, findings = carried_out(Try(2, vendor, SEED + number, drift=drift))
    assert not findings, f"GREYCARD_SEED={SEED} {one.drift}\n{markdown([(each, 1) for each in findings], 'law 2')}"


@pytest.mark.slow
@pytest.mark.wire
@pytest.mark.parametrize(("vendor", "seed"), [("enhancor", 1), ("enhancor", 2), ("wondershare", 3)])
def test_a_drawn_vendor_is_judged_over_sockets_as_in_process(vendor: str, seed: int) -> None:
    """A drawn vendor that is served on a port keeps the first law as well."""
    ids = laws.drawn(vendor, seed)
    judged = load_contracts([vendor])
    served = load_contracts([vendor], patches={vendor: freedom_patches(judged[vendor], ids)})
    with run(Engine(served, speed=SPEED)) as running:
        live = open_live(judged, {vendor: running.url}, {}, Budget())
        try:
            report, _ = run_suite(live, judged, started=0, select=WITHOUT_HISTORIES)
        finally:
            live.close()
    violated = {one.claim.id for one in report.all_verdicts if one.verdict == "violated"}
    assert violated == set(), f"{vendor}, seed {seed}: {', '.join(ids)}"
    assert dict(report.failures) == {}
    assert report.status == 0


def test_the_smallest_set_that_still_breaks_a_law_is_found() -> None:
    """Of many freedoms only those are told that it takes, and none when it is so without any."""
    many = tuple("abcdefghij")
    assert set(laws.smallest(many, lambda some: {"c", "h"} <= set(some))) == {"c", "h"}
    assert laws.smallest(many, lambda some: "e" in some) == ("e",)
    assert laws.smallest(many, lambda some: len(some) >= 0) == ()


def test_a_law_that_is_broken_is_told_with_claim_seed_and_freedoms(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a run over drawn freedoms finds wrongly is told with the smallest set that brings it about."""
    ids = laws.drawn("enhancor", 5)
    guilty = ids[len(ids) // 2]

    def first_law(vendor: str, some: Any) -> list[laws.Fault]:
        return [laws.Fault("violated", f"{vendor}#order", "this", "that")] if guilty in some else []

    monkeypatch.setattr(laws, "first_law", first_law)
    monkeypatch.setattr(law_runs, "_SEEN", {})
    _, findings = carried_out(Try(1, "enhancor", 5))
    assert [one.freedoms for one in findings] == [(guilty,)]
    told = markdown([(one, 1) for one in findings], "law 1")
    assert "`enhancor#order`" in told
    assert guilty in told
    assert "seed 5" in told


def test_a_claim_that_a_freedom_does_not_hide_must_be_exercised(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that looks at less than one without freedoms breaks the law, but for what the freedoms hide."""
    whole = laws.baseline("enhancor")
    monkeypatch.setattr(laws, "exercised", lambda _: whole - {"enhancor/status#running/status/enum"})
    monkeypatch.setattr(laws, "baseline", lambda _: whole)
    kinds = {(one.kind, one.claim) for one in laws.first_law("enhancor", ["enhancor/free.json-sorted"])}
    assert kinds == {("not exercised", "enhancor/status#running/status/enum")}
    assert not {one.kind for one in laws.first_law("enhancor", ["enhancor/free.life.instant"])} & {"not exercised"}


def test_every_drift_and_every_vendor_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The deep run leaves out no vendor, no draw and no drift that a vendor can show."""
    import argparse

    options = argparse.Namespace(
        plain=False, no_shrink=False, vendors=[], singles=False, seed=4, draws=2, drift_draws=3, drifts="*"
    )
    wanted = list(tries(options))
    assert {(one.vendor, one.seed) for one in wanted if one.law == 1} == {(v, s) for v in VENDORS for s in (4, 5)}
    shown = {name for v in VENDORS for name, drift in laws.drifts(v).items() if not reason(drift, "live")}
    assert {(one.drift, one.seed) for one in wanted if one.law == 2} == {(n, s) for n in shown for s in (4, 5, 6)}
