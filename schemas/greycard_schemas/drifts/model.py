"""What a drift is, and the facts of a vendor that the families of drifts look up. Derives nothing by itself."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from greycard_schemas.claims.derive import Claim, claims_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from greycard_schemas.loader import Vendor

Severity = Literal["breaking", "additive", "silent"]
Patch = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Drift:
    """One way to stop doing what a document says.

    `claims` are the documented claims that no longer hold; `also` are patterns of claims that fall with them or
    cannot be told apart from outside (`why` says so). `lines` are the documents' lines behind `claims`.
    `severity`: breaking (what worked fails), additive (more is allowed or given than documented), silent
    (nothing fails, but something else happens). `unseen` says why no run at a vendor can see it; empty when one can.
    """

    id: str
    vendor: str
    family: str
    claims: tuple[str, ...]
    also: tuple[str, ...]
    lines: tuple[str, ...]
    severity: Severity
    sentence: str
    patches: tuple[Patch, ...]
    why: str = ""
    unseen: str = ""
    unseen_live: str = ""


class Facts:
    """One vendor with its claims, and how to make drifts of it."""

    def __init__(self, vendor: Vendor) -> None:
        self.vendor = vendor
        self.data = vendor.data

    @cached_property
    def claims(self) -> dict[str, Claim]:
        """Every statement by id."""
        return claims_of(self.vendor)

    def stated(self, claim: str) -> bool:
        """Whether a document makes this statement."""
        return claim in self.claims and self.claims[claim].is_claim

    def naming(self, name: str) -> list[str]:
        """The claims whose whole value is this name (of an error or a state), so that they mean what it means."""
        return [one.id for one in self.claims.values() if one.value == name and one.is_claim]

    def drift(  # noqa: PLR0913 - a drift has so many sides
        self,
        place: str,
        change: str,
        sentence: str,
        patches: Iterable[Patch],
        *,
        family: str,
        claims: Iterable[str],
        also: Iterable[str] = (),
        severity: Severity = "breaking",
        why: str = "",
        unseen: str = "",
        unseen_live: str = "",
    ) -> Drift:
        """A drift called ``vendor/place-change``; of `claims` those stay that a document states."""
        stated = tuple(dict.fromkeys(one for one in claims if self.stated(one)))
        lines = tuple(dict.fromkeys(part for one in stated for part in self.claims[one].source.split(", ")))
        return Drift(
            id=f"{self.vendor.name}/{place.replace('/', '.')}-{change}",
            vendor=self.vendor.name,
            family=family,
            claims=stated,
            also=tuple(dict.fromkeys(one for one in also if one not in stated)),
            lines=lines,
            severity=severity,
            sentence=sentence,
            patches=tuple(patches),
            why=why,
            unseen=unseen,
            unseen_live=unseen_live,
        )


def put(file: str, path: str, value: Any, op: str = "replace") -> Patch:
    """One patch; `op` add or replace."""
    return {"op": op, "file": file, "path": path, "value": value}


def take(file: str, path: str) -> Patch:
    """One patch that removes what stands at `path`."""
    return {"op": "remove", "file": file, "path": path}


def escaped(name: str) -> str:
    """One step of a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1")
