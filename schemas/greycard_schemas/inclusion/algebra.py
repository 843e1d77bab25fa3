"""Whether a schema admits every document that another one admits: yes, no with a document that shows it, or unknown.

Decided by the exact canonical algebra of `jsonschema-rs`. Where that cannot tell, documents are tried; a document
that was found decides, one that was not found decides nothing. Every witness has been held against both schemas.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from greycard_schemas.inclusion.documents import documents, texts_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jsonschema_rs import CanonicalSchema

    Schema = dict[str, Any] | bool


_FEW = 4
"""Witnesses of which the shortest is shown."""


@dataclass(frozen=True, slots=True)
class Inclusion:
    """Whether one schema includes another; `holds` is None where it could not be decided.

    `witness` counts where `holds` is False: a document of the one that the other does not admit.
    """

    holds: bool | None
    witness: Any = None


def includes(wide: Schema, narrow: Schema, *, rather: Iterable[Schema] = (), texts: Iterable[str] = ()) -> Inclusion:
    """Whether `wide` admits every document that `narrow` admits.

    A witness satisfies the schemas of `rather` as well where there is such a one, so that it shows nothing else.
    `texts` are tried where a text has to match a pattern.
    """
    import jsonschema_rs
    from jsonschema_rs.canonical import CanonicalizationError, Containment

    try:
        inner = jsonschema_rs.canonicalize(narrow)
        outer = jsonschema_rs.canonicalize(wide)
        if outer.covers(inner) == Containment.YES:
            return Inclusion(holds=True)
        difference = inner.subtract(outer)
    except CanonicalizationError:
        difference = None
    hints = [*texts, *texts_in(narrow), *texts_in(wide)]
    inside, outside = (jsonschema_rs.Draft202012Validator(one) for one in (narrow, wide))
    for schema in (*_narrowed(difference, rather), narrow):
        shown = (one for one in documents(schema, hints) if inside.is_valid(one) and not outside.is_valid(one))
        found = sorted(islice(shown, _FEW), key=lambda one: len(json.dumps(one)))
        if found:
            return Inclusion(holds=False, witness=found[0])
    return Inclusion(holds=None)


def equal(one: Schema, other: Schema) -> bool | None:
    """Whether two schemas admit the same documents; None where it could not be decided."""
    both = (includes(one, other).holds, includes(other, one).holds)
    return False if False in both else None if None in both else True


def _narrowed(difference: CanonicalSchema | None, rather: Iterable[Schema]) -> list[Schema]:
    """The difference within as many of the schemas of `rather` as leave something of it, then the whole of it."""
    import jsonschema_rs
    from jsonschema_rs.canonical import CanonicalizationError, Satisfiability

    if difference is None:
        return []
    kept = difference
    for one in rather:
        try:
            less = kept.intersect(jsonschema_rs.canonicalize(one))
        except CanonicalizationError:
            continue
        if less.satisfiability() == Satisfiability.YES:
            kept = less
    return [_plain(kept), _plain(difference)]


def _plain(canonical: CanonicalSchema) -> Schema:
    found: Schema = canonical.to_json_schema()  # type: ignore[assignment]
    return found
