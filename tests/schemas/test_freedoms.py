"""Freedoms contradict no document, cover every assumption, go together in sets, and are drawn the same from a seed."""

from __future__ import annotations

import json
import shutil
from functools import cache
from pathlib import Path

import pytest

from greycard_schemas import ContractError, claims_of, load_contracts
from greycard_schemas.claims.derive import Claim
from greycard_schemas.drifts.catalogue import drifts_of
from greycard_schemas.freedoms.catalogue import (
    Freedom,
    draw,
    freedom_patches,
    freedoms_of,
    go_together,
    hidden_by,
)
from greycard_schemas.freedoms.model import meet
from greycard_schemas.freedoms.unfree import REASONS, left_over, why_unfree
from greycard_schemas.freedoms.variants import changed_by
from greycard_schemas.lint.layers import lint
from greycard_schemas.loader import CONTRACTS, Vendor

VENDORS = sorted(load_contracts())


@cache
def contract(vendor: str) -> Vendor:
    """A shipped vendor."""
    return load_contracts([vendor])[vendor]


@cache
def freedoms(vendor: str) -> dict[str, Freedom]:
    """Its freedoms."""
    return freedoms_of(contract(vendor))


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_assumption_leaves_a_freedom_or_has_a_reason_and_never_both(vendor: str) -> None:
    """No assumed statement is without a freedom that uses it, unless a reason says why nothing about it can vary."""
    claims = claims_of(contract(vendor))
    used = {claim for one in freedoms(vendor).values() for claim in one.of}
    assert left_over(contract(vendor), claims, used) == []
    assert [claim for claim in sorted(used & claims.keys()) if why_unfree(claim, vendor)] == []
    assert all(claims[claim].origin == "assumed" for claim in used if "=" not in claim)


def test_every_reason_is_about_some_assumption() -> None:
    """A reason that no assumed statement needs any more is gone."""
    needed = {
        pattern
        for vendor in VENDORS
        for claim, one in claims_of(contract(vendor)).items()
        if one.origin == "assumed"
        for pattern, why in REASONS.items()
        if why_unfree(claim, vendor) == why
    }
    assert {REASONS[pattern] for pattern in needed} == set(REASONS.values())


def _same_in_other_words(claim: Claim, changed: dict[str, Claim]) -> bool:
    """A header that is there with another value is there; a list of words is the same in small letters beside it."""
    if "#headers/" in claim.id:
        return claim.id in changed
    now = changed[claim.id].value
    return claim.id.endswith("/enum") and {str(one).upper() for one in now} == {str(one).upper() for one in claim.value}


@pytest.mark.slow
@pytest.mark.parametrize("vendor", VENDORS)
def test_a_freedom_changes_the_data_and_no_documented_statement(vendor: str) -> None:
    """Its patches fit, change something, and leave every statement as it was of a document that says one thing only."""
    claims = claims_of(contract(vendor))
    variants = contract(vendor).data.get("variants", {})
    for one in freedoms(vendor).values():
        patches = freedom_patches(contract(vendor), [one.id])
        changed = load_contracts([vendor], patches={vendor: patches})[vendor]
        assert changed.files() != contract(vendor).files(), one.id
        claims_of(changed)
        said = changed_by(contract(vendor), claims, patches)
        assert said is not None, one.id
        two_forms = one.uses == "variant" and any(
            variants[one.of[0].partition("=")[0]].get(key) for key in ("contradictory", "two_readings")
        )
        documented = [
            claim
            for claim in said
            if claims[claim].origin == "documented" and not _same_in_other_words(claims[claim], claims_of(changed))
        ]
        assert two_forms or documented == [], one.id
        assert one.sentence.endswith("."), one.id


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_draw_goes_together_loads_and_is_repeated_by_its_seed(vendor: str) -> None:
    """The same seed draws the same vendor; other seeds draw others, from nearly none to nearly all freedoms."""
    sizes = set()
    for seed in range(12):
        ids = draw(contract(vendor), seed)
        assert ids == draw(contract(vendor), seed)
        chosen = [freedoms(vendor)[one] for one in ids]
        assert all(go_together(one, other) for one in chosen for other in chosen if one is not other)
        claims_of(load_contracts([vendor], patches={vendor: freedom_patches(contract(vendor), ids)})[vendor])
        sizes.add(len(ids))
    assert len(sizes) > 3
    assert all(freedoms(vendor)[one].is_plain for one in draw(contract(vendor), 1, plain=True))


@pytest.mark.slow
@pytest.mark.parametrize("vendor", VENDORS)
def test_every_freedom_is_drawn_by_some_seed(vendor: str) -> None:
    """No freedom is left out of all draws."""
    drawn = {one for seed in range(120) for one in draw(contract(vendor), seed)}
    assert freedoms(vendor).keys() - drawn == set()


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_draw_beside_a_drift_neither_meets_nor_hides_it(vendor: str) -> None:
    """What a drift changes no drawn freedom changes, and what it breaks stays to be seen."""
    for number, drift in enumerate(drifts_of(contract(vendor)).values()):
        if number % 25:
            continue
        ids = draw(contract(vendor), 7, drift.patches, seen=drift.claims)
        chosen = [freedoms(vendor)[one] for one in ids]
        places = [(str(patch["file"]), str(patch["path"])) for patch in drift.patches]
        assert not any(meet(one.places, places) for one in chosen)
        assert not any(hidden_by(chosen, claim) for claim in drift.claims)
        both = [*freedom_patches(contract(vendor), ids), *drift.patches]
        load_contracts([vendor], patches={vendor: both})


def test_what_cannot_go_together_is_refused_with_both_names() -> None:
    """Two ways to do one thing are no vendor; an id that does not exist is answered with near ones."""
    picwish = contract("picwish")
    with pytest.raises(ContractError, match=r"free\.ids-hex24 and picwish/free\.ids-numeric cannot go together"):
        freedom_patches(picwish, ["free.ids-hex24", "picwish/free.ids-numeric"])
    with pytest.raises(ContractError, match=r"near are .*picwish/free\.ids-hex24"):
        freedom_patches(picwish, ["free.ids-hex42"])
    assert freedom_patches(picwish, ["free.ids-hex24"] * 2) == freedom_patches(picwish, ["picwish/free.ids-hex24"])


def test_a_variant_is_free_only_where_no_document_outranks_it() -> None:
    """Either form of a contradiction is free, and what contradicts the letter is not."""
    free = {one.of[0] for vendor in VENDORS for one in freedoms(vendor).values() if one.uses == "variant"}
    assert {"type_field=int", "error_transport=envelope", "async=disabled", "callback_attempts=3"} <= free
    assert {"megabyte=decimal", "kilo=binary", "error_http=status", "status_result=when_completed"} <= free
    assert not free & {"edition=current", "number_form=integer", "priority=optional", "webhook_status=completed"}


def test_a_vendor_that_is_added_as_a_folder_has_freedoms(tmp_path: Path) -> None:
    """Every family goes through the data of whatever vendor it is given."""
    shutil.copytree(CONTRACTS / "enhancor", tmp_path / "acme")
    for path in (tmp_path / "acme").glob("*.json"):
        path.write_text(path.read_text("utf-8").replace("greycard:enhancor/", "greycard:acme/"), "utf-8")
    vendor = json.loads((tmp_path / "acme" / "vendor.json").read_text("utf-8"))
    (tmp_path / "acme" / "vendor.json").write_text(json.dumps({**vendor, "vendor": "acme"}), "utf-8")
    acme = load_contracts(["acme"], folders=[tmp_path])["acme"]
    tails = {name.partition("/")[2] for name in freedoms_of(acme)}
    assert tails == {name.partition("/")[2] for name in freedoms("enhancor")}
    assert all(name.startswith("acme/free.") for name in draw(acme, 3))


def test_manners_need_no_source_and_have_a_closed_vocabulary() -> None:
    """What a freedom says of manners is no statement; a name that does not exist is found by the lint."""
    ids = [one.id for one in freedoms("enhancor").values() if not one.is_plain]
    patches = [patch for one in ids for patch in freedom_patches(contract("enhancor"), [one])]
    assert ids
    mannered = load_contracts(["enhancor"], patches={"enhancor": patches})["enhancor"]
    assert lint(mannered) == []
    assert claims_of(mannered).keys() == claims_of(contract("enhancor")).keys()
    wrong = {"op": "add", "file": "vendor", "path": "/manners", "value": {"json_colour": "red"}}
    found = lint(load_contracts(["enhancor"], patches={"enhancor": [wrong]})["enhancor"])
    assert "'json_colour' was unexpected" in str(found[0])
