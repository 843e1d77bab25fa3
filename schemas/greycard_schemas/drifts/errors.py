"""Drifts of refusals: another code, two codes swapped, another HTTP status, another refusal than documented."""

from __future__ import annotations

from typing import TYPE_CHECKING

from greycard_schemas.drifts.model import Facts, put
from greycard_schemas.picture_limits import LIMITS, falls_to

if TYPE_CHECKING:
    from collections.abc import Iterator

    from greycard_schemas.claims.derive import Claim
    from greycard_schemas.drifts.model import Drift, Patch

_KEYS = ("error", "unknown", "deleted", "outcome", "limit_outcome")
_FORCED = "neither an empty balance nor an error of the vendor's own can be brought about at a vendor"

_KEY = "every such refusal looks as if the key were wrong: the run says so and ends with status 3"
_LATE = "no task reaches the time limit in a run"


def drifts(facts: Facts) -> Iterator[Drift]:
    """Drifts of every error, and of every place that names one."""
    yield from _codes(facts)
    for claim in facts.claims.values():
        if claim.is_claim and claim.id.rpartition("/")[2] in _KEYS and isinstance(claim.value, str):
            yield from _others(facts, claim)


def _codes(facts: Facts) -> Iterator[Drift]:
    errors, place = facts.data["errors"], f"{facts.vendor.name}#errors"
    names = [name for name in errors if facts.stated(f"{place}/{name}/code")]
    for index, name in enumerate(names):
        error = errors[name]
        claim, other = f"{place}/{name}/code", names[(index + 1) % len(names)]
        also = [f"{place}/{name}/*", *facts.naming(name), *_enforced(facts, name)]
        why = "what is refused with this error is refused with another code"
        unseen = _FORCED if name in ("server_error", "insufficient_balance") else ""
        # a code that is the HTTP status as well changes there too
        same = error["http"] == error["code"]

        def patches(code: int, *, same: bool = same, name: str = name) -> list[Patch]:
            both = [put("vendor", f"/errors/{name}/http", code)] if same else []
            return [put("vendor", f"/errors/{name}/code", code), *both]

        fresh = error["code"] + 18 if same else error["code"] + 700
        yield facts.drift(
            f"errors.{name}.code",
            "changed",
            f"The refusal {name} carries {fresh} instead of {error['code']}.",
            patches(fresh),
            family="code changed",
            claims=[claim],
            also=also,
            why=why,
            unseen_live=unseen,
        )
        if other != name:
            key = facts.data["auth"]["error"]
            as_key = _KEY if errors[other]["code"] == errors[key]["code"] else unseen
            code, mine = errors[other]["code"], patches(errors[other]["code"])
            yield facts.drift(
                f"errors.{name}.code",
                "swapped",
                f"The refusal {name} carries {code}, the code of {other}.",
                mine,
                family="code swapped",
                claims=[claim],
                also=also,
                why=why,
                unseen_live=as_key,
            )
        if facts.stated(f"{place}/{name}/http"):
            yield facts.drift(
                f"errors.{name}.http",
                "changed",
                f"The refusal {name} travels under HTTP 418.",
                [put("vendor", f"/errors/{name}/http", 418)],
                family="HTTP status changed",
                claims=[f"{place}/{name}/http"],
                also=[claim, *facts.naming(name)],
                unseen_live=unseen,
            )


def _enforced(facts: Facts, name: str) -> list[str]:
    """A wrong key that is answered with another code may not have been looked at."""
    return [f"{facts.vendor.name}#auth/enforced"] if name == facts.data["auth"]["error"] else []


def _others(facts: Facts, claim: Claim) -> Iterator[Drift]:
    key, value = claim.id.rpartition("/")[2], claim.value
    place = claim.id.partition("#")[2]
    title = f"{claim.operation}.{place}" if claim.operation else place
    if key.endswith("outcome"):
        states = facts.data["lifecycle"]["states"]
        others = [name for name, state in states.items() if state["phase"] == "failed" and name != value]
        also: list[str] = []
        words = "ends as"
    else:
        errors = facts.data["errors"]
        right = {errors[name]["code"] for name in (value, *_fitting(facts, claim))}
        others = [name for name in errors if errors[name]["code"] not in right]
        also = [f"{facts.vendor.name}#errors/{value}/*", *_enforced(facts, value)]
        words = "is refused as"
    if not others:
        return
    unseen = _FORCED if claim.id.endswith("#balance/error") else _LATE if key == "limit_outcome" else ""
    yield facts.drift(
        title,
        "other",
        f"What the document calls {value} {words} {others[0]}.",
        [put(claim.file, claim.pointer, others[0])],
        family="another refusal" if not key.endswith("outcome") else "another end",
        claims=[claim.id],
        also=[*also, *_same_situation(claim)],
        unseen_live=unseen,
        why="the code of a refusal is seen only where the refusal happens",
    )


def _fitting(facts: Facts, claim: Claim) -> list[str]:
    """The errors that a document lists for the same situation, so that each of them is right there."""
    if not claim.operation:
        return []
    place = claim.id.partition("#")[2].removeprefix("pictures/consequences/").removesuffix("/error")
    fits = facts.vendor.operations[claim.operation].contract.get("fits", {})
    return list(fits.get(f"picture/{place}", fits.get(place, [])))


def _same_situation(claim: Claim) -> list[str]:
    """The other limits whose breach has this very consequence."""
    head, _, tail = claim.id.partition("#pictures/consequences/")
    if not tail:
        return []
    breach = tail.partition("/")[0]
    keys = [key for key, limit in LIMITS.items() if breach in falls_to(limit.breach)[:-1]]
    if breach == "format":
        keys = ["formats", "formats_refused"]
    return [f"{head}#pictures/{key}" for key in keys]
