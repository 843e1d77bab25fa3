"""Compares two editions of a vendor's contract: what is breaking, additive or silent, with the document that shows it.

A request breaks somebody when it was legal before and is not now; an answer does when it may come now and was not
legal before. A field that no schema names is unknown, so that new ones are additive. What is no schema goes by `rules`.
The module changes nothing and sends nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from greycard_schemas.claims.derive import Claim, claim_id, claims_of
from greycard_schemas.inclusion.algebra import Inclusion, includes
from greycard_schemas.inclusion.documents import texts_in
from greycard_schemas.inclusion.rules import LIMITS, allowed, severity_of
from greycard_schemas.inclusion.statements import fields, statements, whole, without_field
from greycard_schemas.loader import once

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from greycard_schemas.inclusion.statements import Schema, Statement
    from greycard_schemas.loader import Operation, Vendor

    Claims = Mapping[str, Claim]

Severity = Literal["breaking", "additive", "silent", "undecided"]

SEVERITIES: tuple[Severity, ...] = ("breaking", "undecided", "additive", "silent")
"""Worst first. Silent: what no document promises has changed, or nothing fails and something else happens."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One statement by which two editions differ.

    `direction` is request, answer or rule (what is no body). `claim`, `source` and `sentence` are of the edition that
    is stricter. `witness` is a document that only one of the editions allows; an undecided difference has none.
    """

    severity: Severity
    direction: str
    vendor: str
    operation: str
    claim: str
    source: str
    sentence: str
    before: Any = None
    after: Any = None
    witness: Any = None
    has_witness: bool = False


@dataclass(frozen=True, slots=True)
class _Case:
    """What it means that a document of one edition breaks a statement of the other; `by_newer`: of the newer one."""

    severity: Severity
    direction: str
    words: str
    by_newer: bool


_WIDER = ("/x-fold-case", "/x-tolerates")
"""Statements that only say how an enumeration is meant, and are decided with it."""

_REFUSED = _Case("breaking", "request", "Accepted before, and refused now", by_newer=True)
_ACCEPTED = _Case("additive", "request", "Refused before, and accepted now", by_newer=False)
_FORGOTTEN = _Case("breaking", "request", "This field is no longer known", by_newer=False)
_OFFERED = _Case("additive", "request", "This field is new", by_newer=True)
_ANSWERED = _Case("breaking", "answer", "May be answered now, and never before", by_newer=False)
_PROMISED = _Case("additive", "answer", "Promised now, and not before", by_newer=True)
_TOLD = _Case("additive", "answer", "This field is new", by_newer=True)
_UNTOLD = _Case("silent", "answer", "This field is no longer told", by_newer=False)


@dataclass(frozen=True)
class _Body:
    """One body in one edition: an operation, where the body's schema stands, and all statements of the vendor."""

    operation: Operation
    reference: str
    claims: Claims

    @cached_property
    def documents(self) -> Schema:
        """The schema of all that is documented: legal, and without fields that no document names."""
        return whole(self.operation, self.reference, closed=True)

    @cached_property
    def statements(self) -> list[Statement]:
        """What the body has to keep."""
        return statements(self.operation, self.reference)

    @cached_property
    def words(self) -> list[str]:
        """The texts that the schema knows, also those that are merely plausible."""
        return texts_in(self.operation.definition(self.reference))


def differences(before: Vendor, after: Vendor) -> list[Difference]:
    """Everything by which two editions of one vendor differ, worst first; equal ones differ by nothing."""
    old, new = _claims(before), _claims(after)
    both = [name for name in before.operations if name in after.operations]
    found: list[Difference] = []
    judged: set[str] = set()
    for name in both:
        for sent, was, now in _bodies(before.operations[name], after.operations[name]):
            one, other = _Body(before.operations[name], was, old), _Body(after.operations[name], now, new)
            judged |= {said.id for said in (*one.statements, *other.statements)}
            found += _of_body(sent, one, other)
    found += [_of_operation("breaking", "No longer there", before, name, old) for name in before.operations]
    found += [_of_operation("additive", "New", after, name, new) for name in after.operations]
    found = [one for one in found if one.direction != "operation" or one.operation not in both]
    found += _of_rules(old, new, {"", *both}, judged)
    unique: dict[Any, Difference] = {}
    for each in found:  # what several answers share differs once
        unique.setdefault((each.severity, each.direction, each.claim), each)
    return sorted(unique.values(), key=lambda one: SEVERITIES.index(one.severity))


def _claims(vendor: Vendor) -> Claims:
    return once(vendor, "claims of an edition", lambda: claims_of(vendor))


def _bodies(before: Operation, after: Operation) -> Iterator[tuple[str, str, str]]:
    """Direction and both references of every body that both editions have."""
    sent = "answer" if before.kind == "delivery" else "request"
    for key in ("request", "request_failed"):
        if key in before.contract and key in after.contract:
            yield sent, str(before.contract[key]), str(after.contract[key])
    was, now = (one.contract.get("responses", {}) for one in (before, after))
    for name in [one for one in was if one in now]:
        yield "answer", str(was[name]["schema"]), str(now[name]["schema"])


def _of_body(direction: str, before: _Body, after: _Body) -> Iterator[Difference]:
    if before.documents == after.documents:
        return
    if direction == "request":
        yield from _violated(_REFUSED, before, after)
        yield from _violated(_ACCEPTED, after, before)
        yield from _unknown(_FORGOTTEN, before, after)
        yield from _unknown(_OFFERED, after, before)
    else:
        yield from _violated(_ANSWERED, after, before)
        yield from _violated(_PROMISED, before, after)
        yield from _unknown(_TOLD, after, before)
        yield from _unknown(_UNTOLD, before, after)


def _violated(case: _Case, loose: _Body, strict: _Body) -> Iterator[Difference]:
    """The statements of `strict` that a document of `loose` does not keep."""
    for one in strict.statements:
        others = [other.schema for other in strict.statements if other is not one]
        found = includes(one.schema, loose.documents, rather=others, texts=[*loose.words, *strict.words])
        yield from _said(case, strict, loose, one.id, found)


def _unknown(case: _Case, one: _Body, other: _Body) -> Iterator[Difference]:
    """The fields that only `one` names, outermost only."""
    mine, theirs = fields(one.operation, one.reference), fields(other.operation, other.reference)
    for where, steps in mine.items():
        if where in theirs or (where[:-1] in mine and where[:-1] not in theirs):
            continue
        place = claim_id(one.operation.vendor, one.operation.name, list(steps))
        owed = f"{place.rpartition('/')[0]}/required/{where[-1]}"
        if case is _UNTOLD and owed in one.claims:
            continue  # an answer without it breaks the statement that it is always there
        claim = next((name for name in one.claims if name.startswith(f"{place}/")), owed)
        found = includes(without_field(where), one.documents, texts=[*one.words, *other.words])
        yield from _said(case, one, other, claim, found)


def _said(case: _Case, strict: _Body, loose: _Body, claim: str, found: Inclusion) -> Iterator[Difference]:
    """The difference that `claim` of `strict` makes; none where the other edition keeps it."""
    if found.holds is True:
        return
    said, other = strict.claims.get(claim), loose.claims.get(claim)
    was, now = (other, said) if case.by_newer else (said, other)
    severity, words = case.severity, case.words
    if found.holds is None:
        severity, words = "undecided", f"Could not be decided ({words[0].lower()}{words[1:]}?)"
    elif said is not None and said.origin == "assumed":
        severity = "silent"
    yield Difference(
        severity, case.direction, strict.operation.vendor, strict.operation.name, claim, said.source if said else "",
        f"{words}: {said.statement if said else claim}", was.value if was else None, now.value if now else None,
        found.witness, has_witness=found.holds is False,
    )  # fmt: skip


def _of_operation(severity: Severity, words: str, vendor: Vendor, name: str, claims: Claims) -> Difference:
    """An operation that only this edition has."""
    operation = vendor.operations[name]
    path = claims.get(claim_id(vendor.name, name, ["path"]))
    where = f" ({operation.method} {operation.path})" if operation.path else ""
    return Difference(
        severity, "operation", vendor.name, name, f"{vendor.name}/{name}", path.source if path else "",
        f"{words}: {operation.resource.get('title', name)}{where}",
    )  # fmt: skip


def _of_rules(old: Claims, new: Claims, operations: set[str], judged: set[str]) -> Iterator[Difference]:
    """What differs beside the schemas."""
    for name in dict.fromkeys([*old, *new]):
        was, now = old.get(name), new.get(name)
        said = now or was
        if said is None or name in judged or name.endswith(_WIDER) or said.operation not in operations:
            continue
        if was is None or now is None or was.value != now.value:
            yield _of_rule(said, was, now)


def _of_rule(said: Claim, was: Claim | None, now: Claim | None) -> Difference:
    key = said.id.rpartition("#")[2].rpartition("/")[2]
    before, after = (one.value if one else None for one in (was, now))
    found = Inclusion(holds=True)
    if key in LIMITS:
        found = includes(allowed(key, after), allowed(key, before))
        severity: Severity = "additive" if found.holds else "breaking"
        words = "Allows more" if found.holds else "Allows less"
        if found.holds:
            found = includes(allowed(key, before), allowed(key, after))
    else:
        severity = severity_of(said.id, before, after)
        words = "No longer said" if now is None else "New" if was is None else "Now"
    if all(one is None or one.origin == "assumed" for one in (was, now)):
        severity = "silent"
    return Difference(
        severity, "rule", said.vendor, said.operation, said.id, said.source, f"{words}: {said.statement}",
        before, after, found.witness, has_witness=found.holds is False,
    )  # fmt: skip
