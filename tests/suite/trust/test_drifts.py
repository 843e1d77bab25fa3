"""The suite finds what has drifted, names it and nothing else; that it minds no freedom is tested beside it."""

from __future__ import annotations

import os
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from greycard_schemas import ContractError, claims_of, load_contracts
from greycard_schemas.drifts.catalogue import Drift, drifts_of, patches_for
from greycard_schemas.freedoms.beside import beside
from greycard_schemas.freedoms.catalogue import freedoms_of
from greycard_suite.runner import profiles
from greycard_suite.tools.drift_runs import tried
from greycard_suite.tools.drift_table import reason
from greycard_suite.tools.freedom_table import with_freedoms

TABLE = Path(__file__).parents[2] / "DRIFTS.md"
DEEP = bool(os.environ.get("GREYCARD_ALL_DRIFTS"))
"""All drifts instead of one of each family: a matter of half an hour."""
EACH_VENDOR = DEEP or profiles.chosen(os.environ) == "deep"
"""One drift of each family at each vendor that can have it."""


@cache
def _drifts() -> dict[str, Drift]:
    return {name: drift for vendor in load_contracts().values() for name, drift in drifts_of(vendor).items()}


def _chosen() -> list[tuple[str, str]]:
    """One drift of each family that can be seen at a vendor: the first of the vendor that has had the fewest so far."""
    found: dict[tuple[str, str], tuple[str, str]] = {}
    everything = []
    for name, drift in _drifts().items():
        how = "live" if not reason(drift, "live") else "mock"
        if not reason(drift, how):
            found.setdefault((drift.vendor, drift.family), (name, how))
            everything.append((name, how))
    if EACH_VENDOR:
        return everything if DEEP else list(found.values())
    turns = Counter[str]()
    chosen = []
    for family in sorted(
        {family for _, family in found}, key=lambda one: (sum(one == other for _, other in found), one)
    ):
        vendor = min((name for name, other in found if other == family), key=lambda name: (turns[name], name))
        turns[vendor] += 1
        chosen.append(found[vendor, family])
    return chosen


@pytest.mark.slow
@pytest.mark.parametrize(("name", "how"), _chosen())
def test_a_drift_is_found_and_only_what_it_breaks_is_named(name: str, how: str) -> None:
    """A vendor that has drifted ends the run with status 1; the claims that are named do not hold any more."""
    outcome = tried(_drifts()[name], how)
    assert outcome.status == 1
    assert outcome.named
    assert outcome.wrongly == ()


@pytest.mark.slow
def test_every_drift_breaks_a_documented_claim_and_loads() -> None:
    """A drift names claims that a document makes, with their lines, and its patches fit the contract data."""
    for vendor in load_contracts().values():
        claims = claims_of(vendor)
        for drift in (one for one in _drifts().values() if one.vendor == vendor.name):
            assert drift.claims
            assert all(claims[claim].is_claim for claim in drift.claims)
            assert drift.lines
            assert drift.severity in ("breaking", "additive", "silent")
            drifted = load_contracts([vendor.name], patches={vendor.name: drift.patches})[vendor.name]
            assert drifted.files() != vendor.files()
            claims_of(drifted)


def test_patches_are_found_by_id_with_and_without_the_vendor() -> None:
    """A drift is switched on by its id; an id that does not exist is answered with near ones."""
    vendor = load_contracts(["picwish"])["picwish"]
    assert patches_for(vendor, ["rate.limit-up"]) == patches_for(vendor, ["picwish/rate.limit-up"])
    with pytest.raises(ContractError, match=r"near are .*picwish/rate\.limit-up"):
        patches_for(vendor, ["rate.limit-upp"])


def test_the_table_of_drifts_is_up_to_date() -> None:
    """Every claim and every drift that breaks it stands in the table, and nothing else; no miss without a reason."""
    text = TABLE.read_text(encoding="utf-8")
    rows = [
        [cell.strip(" `") for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("| `")
    ]
    listed = {(row[0], row[2]) for row in rows if len(row) == 6}
    wanted = set()
    for vendor in load_contracts().values():
        drifts = [one for one in _drifts().values() if one.vendor == vendor.name]
        for claim in claims_of(vendor).values():
            mine = [drift.id for drift in drifts if claim.id in drift.claims]
            wanted |= {(claim.id, drift) for drift in mine or ["none"]} if claim.is_claim else set()
    assert listed == wanted, "run: python -m greycard_suite.tools.drift_table"
    assert "MISSED" not in text
    assert " 0 false alarms" in text
    assert not any(f" {number} false alarm" in text for number in range(1, 10))


def test_each_claim_in_the_table_has_the_freedoms_beside_it() -> None:
    """Every claim is listed once with the freedoms that lie beside it; a table that is out of date is found."""
    text = TABLE.read_text(encoding="utf-8")
    vendors = load_contracts()
    assert with_freedoms(text, vendors) == text, "run: python -m greycard_suite.tools.drift_table --freedoms-only"
    rows = [line for line in text.splitlines() if line.startswith("| `") and line.count(" | ") == 1]
    claims = [claim.id for vendor in vendors.values() for claim in claims_of(vendor).values() if claim.is_claim]
    assert sorted(row.split("`")[1] for row in rows) == sorted(claims)
    stale = text.replace("`json", "`xml").replace("| `picwish#rate/limit` | `", "| `picwish#rate/limit` | `gone`, `", 1)
    assert stale != text
    assert with_freedoms(stale, vendors) == text


def test_the_freedoms_beside_a_claim_are_at_its_place_or_in_its_field() -> None:
    """A limiter lies beside the rate, a null beside the field that it empties, and neither beside another matter."""
    vendor = load_contracts(["picwish"])["picwish"]
    claims, freedoms = claims_of(vendor), list(freedoms_of(vendor).values())
    assert {"picwish/free.rate-fixed", "picwish/free.rate-scope-create"} <= set(
        beside(claims["picwish#rate/limit"], freedoms)
    )
    progress = beside(claims["picwish/scale.get#running/data/progress/type"], freedoms)
    assert "picwish/free.scale.get.running-null" in progress
    assert not any(".rate-" in one or ".ids-" in one for one in progress)
