"""The judge against vendors that other hands have written: silent over each personality, right about each change.

A sample of every kind and vendor in each run, all of them with the profile `deep`; `python -m doubles.trials` judges
them all and tells of each where the judge was wrong.
"""

from __future__ import annotations

import os
import random

import pytest

from doubles.disputed import ALSO, DISPUTED, MISSED
from doubles.judged import VENDORS, double_of, judged
from doubles.trials import kinds_of, lines_of, tried
from greycard_schemas.loader import load_contracts
from greycard_suite.runner import profiles

DEEP = profiles.chosen(os.environ) == "deep"
SEED = int(os.environ.get("GREYCARD_SEED") or 1)
EACH = {"plain": 1, "personality": 1, "condition": 1, "change": 1}
"""How many traits of each kind are tried with each vendor."""


ALWAYS = {
    "enhancor": (
        *("status_error_field", "link_redirects", "webhook_pinged", "key_refused_on_status", "img_url_query_refused"),
        *("id_shared", "unreachable_told_completed", "webhook_tells_failed_success", "png_not_enlarged"),
        "webhook_origin_refused",
    ),
    "magictiger": (
        *("auth_bearer_too", "chtaskid_absent", "late_picture", "redirect_failed", "chtaskid_required"),
        *("refused_waits", "output_first", "get_deletes", "chtaskid_lost"),
    ),
    "picwish": ("base64_in_lines", "server_errors", "key_refusal_500", "failed_told_then_done", "created_at_hours_off"),
    "wondershare": ("mask_limited",),
}
"""What the judge has been wrong about once."""


def sample() -> list[tuple[str, str]]:
    """(vendor, trait) of those that this run tries."""
    found = []
    for vendor in VENDORS:
        kinds = kinds_of(vendor)
        for kind, count in EACH.items():
            names = [name for name, one in kinds.items() if one == kind]
            chosen = random.Random(f"{vendor} {kind} {SEED}").sample(names, min(count, len(names)))  # noqa: S311 - to be repeatable
            found += [(vendor, name) for name in (names if DEEP else chosen)]
        found += [(vendor, name) for name in ALWAYS[vendor]]
    return list(dict.fromkeys(found))


@pytest.mark.slow
@pytest.mark.parametrize(("vendor", "trait"), sample())
def test_the_judge_is_right_about_a_vendor_that_others_have_written(vendor: str, trait: str) -> None:
    """Faithful doubles are green, accounts in a bad state are not accused, and what a change breaks is named."""
    found = tried(vendor, trait)
    assert found.right, f"{found.kind} {trait}: {found.sentence}\n" + "\n".join((*found.named, *found.problems))


def test_a_double_that_is_accused_is_judged_wrongly() -> None:
    """A change that is taken for a personality makes the trial wrong, and so does one that is found at other lines."""
    vendor = "enhancor"
    change = next(name for name, one in kinds_of(vendor).items() if one == "change" and "enum" not in name)
    found = tried(vendor, change)
    assert found.right
    assert found.named
    made = double_of(vendor)
    assert set(found.beside) != set(found.named)
    report = judged(vendor, (change,))
    assert report.status == 1
    assert set(made.changes[change].lines) & {
        line for one in report.all_verdicts if one.verdict == "violated" for line in lines_of(one.claim.source)
    }


def test_lines_are_read_from_sources() -> None:
    """Single lines, ranges, lists and both sides of a contradiction."""
    assert lines_of("S2:20, S2:92-94") == {"S2:20", "S2:92", "S2:93", "S2:94"}
    assert lines_of("S2:40 vs S2:21") == {"S2:40", "S2:21"}
    assert lines_of("assumed: nobody says") == frozenset()


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_double_has_traits_of_each_kind_and_cites_lines(vendor: str) -> None:
    """At least sixty ways to be faithful and a hundred to break the document, each change with its lines."""
    made = double_of(vendor)
    assert len(made.personalities) >= 60
    assert len(made.changes) >= 100
    documents = {name.partition(":")[0] for name in _sources(vendor)}
    for name, change in made.changes.items():
        assert lines_of(", ".join(change.lines)), name
        assert {line.partition(":")[0] for line in change.lines} <= documents, name


def _sources(vendor: str) -> set[str]:
    from greycard_schemas.claims.derive import claims_of

    cited = (lines_of(one.source) for one in claims_of(load_contracts([vendor])[vendor]).values())
    return set().union(*cited)


def test_what_is_disputed_or_missed_is_a_trait() -> None:
    """A reason that no trait has any more is taken away."""
    for vendor in VENDORS:
        known = set(kinds_of(vendor))
        named = {*DISPUTED[vendor], *ALSO.get(vendor, {}), *MISSED.get(vendor, {})}
        assert named <= known, named - known


def test_a_trait_that_does_not_exist_is_told() -> None:
    """A double does not take a name that stands in none of its tables."""
    with pytest.raises(ValueError, match="no such trait"):
        judged("enhancor", ("does-not-exist",))
