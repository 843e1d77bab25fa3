"""Freedoms of variants: each form of which the document leaves the choice open, or of which it says nothing.

A variant that contradicts the letter of a document is none: it breaks a claim, whoever does it.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from greycard_schemas.claims.derive import claims_of
from greycard_schemas.drifts.requests import shown_by
from greycard_schemas.errors import ContractError
from greycard_schemas.freedoms.lifecycle import unseen_running
from greycard_schemas.freedoms.unfinished import only_shown_by
from greycard_schemas.loader import Operation
from greycard_schemas.patches import apply_patches, pointer_parts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from greycard_schemas.claims.derive import Claim
    from greycard_schemas.freedoms.model import Freedom, Silences
    from greycard_schemas.loader import Vendor

REFUSED = "the account is refused this value, so that nobody sees what it brings about"


def freedoms(facts: Silences) -> Iterator[Freedom]:
    """Every option of every variant that no document outranks, but for the one in force."""
    for name, spec in facts.data.get("variants", {}).items():
        for option, rule in spec["options"].items():
            patches = rule["patch"]
            if option == facts.vendor.variants.get(name, spec["default"]) or not patches:
                continue
            changed = changed_by(facts.vendor, facts.claims, patches)
            faithful = spec.get("contradictory") or spec.get("two_readings")
            if changed is None or (not faithful and any(facts.stated(claim) for claim in changed)):
                continue
            yield from facts.freedom(
                f"{name.replace('_', '-')}-{option.replace('_', '-')}",
                f"{spec['says'].rstrip('.')}: {option.replace('_', ' ')}.",
                [dict(patch) for patch in patches],
                family="variant",
                of=[f"{name}={option}", *(claim for claim in changed if facts.assumed(claim))],
                uses="variant",
                hides=dict(_hides(facts, patches)),
            )


def changed_by(vendor: Vendor, claims: Mapping[str, Claim], patches: Sequence[Mapping[str, Any]]) -> list[str] | None:
    """The statements that say something else once `patches` are applied; None when they cannot be applied."""
    import copy

    touched = {str(patch["file"]) for patch in patches}
    files = {name: copy.deepcopy(one) if name in touched else one for name, one in vendor.files().items()}
    try:
        apply_patches(files, copy.deepcopy(list(patches)), where=vendor.name)
        patched = dataclasses.replace(
            vendor,
            data=files["vendor"],
            operations={name: Operation(vendor.name, name, files[name]) for name in vendor.operations},
            patched=frozenset((str(patch["file"]), str(patch["path"])) for patch in patches),
        )
        found = claims_of(patched, files=touched)
    except ContractError:
        return None
    return [
        claim
        for claim, one in claims.items()
        if one.file in touched
        and (claim not in found or found[claim].value != one.value or type(found[claim].value) is not type(one.value))
    ]


def _hides(facts: Silences, patches: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for operation in facts.called():
        missing: dict[str, list[tuple[str, ...]]] = {}
        for patch in patches:
            steps = pointer_parts(str(patch["path"]))
            if (patch["file"], patch["op"]) == (operation.name, "remove") and steps[1:2] == ["responses"]:
                missing.setdefault(steps[2], []).append(tuple(steps[4:]))
        if missing:
            yield from ((claim, "the vendor leaves it out") for claim in only_shown_by(operation, missing))
    for patch in patches:
        changed = facts.vendor.operations.get(str(patch["file"]))
        steps = pointer_parts(str(patch["path"]))
        if changed is None:
            continue
        place = f"{changed.vendor}/{changed.name}#"
        if steps[-2:] == ["sync", "always"] and patch["value"]:
            yield f"{place}accepted/*", "every create waits for the result and is answered with it"
            yield f"{place}responses/accepted/http", "every create waits for the result and is answered with it"
            yield f"{place}delivers/binary_needs_sync", "every create waits for the result, as the bytes need"
            if rate := facts.data.get("rate"):
                # where only creates that are accepted count, nobody who waits for one after another meets the rate
                slow = "every create takes as long as its task, which may be too long to exceed the rate"
                yield f"{changed.vendor}#rate/*", slow
                yield f"{changed.vendor}#errors/{rate['error']}/*", slow
            yield from unseen_running(
                facts, "every create waits for the result, so that no task is seen running"
            ).items()
        if steps[-1] == "enum" and steps[-3:-2] == ["properties"]:
            field = steps[-2]
            gone = [one for one in changed.fields[field].get("enum", ()) if one not in patch["value"]]
            if gone and changed.contract.get("delivers", {}).get("parameter") == field:
                yield f"{place}delivers/*", REFUSED
            for value in gone:
                yield from ((claim, REFUSED) for claim in shown_by(changed, field, value))
