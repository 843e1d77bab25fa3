"""What a freedom is, and what its families look up; derives nothing by itself and never changes contract data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from greycard_schemas.claims.derive import claim_id
from greycard_schemas.drifts.answers import schema_at
from greycard_schemas.drifts.model import Facts, escaped
from greycard_schemas.examples.requests import places

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from greycard_schemas.drifts.model import Patch
    from greycard_schemas.loader import Operation

Uses = Literal["assumption", "variant", "silence"]
Hidden = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Freedom:
    """One way to do otherwise what no document states.

    `of` are the assumed statements, or the variant's option, that it uses; empty where nobody speaks of the matter.
    `hides` are patterns of claims that no run can exercise under it, each with the reason. `keeps` are the places of
    the data that its patches rest on without changing them: another freedom that changes those cannot go with it.
    """

    id: str
    vendor: str
    family: str
    uses: Uses
    of: tuple[str, ...]
    sentence: str
    patches: tuple[Patch, ...]
    hides: Hidden = ()
    keeps: tuple[tuple[str, str], ...] = ()

    @property
    def is_plain(self) -> bool:
        """Whether it is a patch of what the data can say of every vendor, not of its manners."""
        return not any(patch["path"].startswith("/manners") for patch in self.patches)

    @property
    def places(self) -> tuple[tuple[str, str], ...]:
        """(file, JSON pointer) of all that it changes."""
        return tuple((patch["file"], patch["path"]) for patch in self.patches)


class Silences(Facts):
    """One vendor with its statements, and how to make freedoms of what no document states."""

    def assumed(self, claim: str) -> bool:
        """Whether this is a statement that had to be assumed."""
        return claim in self.claims and self.claims[claim].origin == "assumed"

    def any_assumed(self, claims: Iterable[str]) -> tuple[str, ...]:
        """Those of `claims` that had to be assumed, each once."""
        return tuple(dict.fromkeys(claim for claim in claims if self.assumed(claim)))

    def freedom(
        self,
        name: str,
        sentence: str,
        patches: Iterable[Patch],
        *,
        family: str,
        of: Iterable[str] = (),
        uses: Uses | None = None,
        hides: Mapping[str, str] | None = None,
        keeps: Iterable[tuple[str, str]] = (),
    ) -> Iterator[Freedom]:
        """The freedom ``vendor/free.name``; none when it would patch nothing.

        `of` may name more than what is assumed: only that is kept. With nothing in `of` it uses a silence.
        """
        made = tuple(patches)
        if made:
            used = tuple(dict.fromkeys(of)) if uses == "variant" else self.any_assumed(of)
            yield Freedom(
                id=f"{self.vendor.name}/free.{name}",
                vendor=self.vendor.name,
                family=family,
                uses=uses or ("assumption" if used else "silence"),
                of=used,
                sentence=sentence,
                patches=made,
                hides=tuple((hides or {}).items()),
                keeps=tuple(keeps),
            )

    def called(self) -> list[Operation]:
        """The operations that a client calls."""
        return [one for one in self.vendor.operations.values() if one.kind != "delivery"]


def meet(one: Iterable[tuple[str, str]], other: Iterable[tuple[str, str]]) -> bool:
    """Whether two lists of (file, pointer) have a place in common, or one holds a part of what the other does."""
    theirs = [(file, f"{path}/") for file, path in other]
    return any(
        file == their_file and (f"{path}/".startswith(their_path) or their_path.startswith(f"{path}/"))
        for file, path in one
        for their_file, their_path in theirs
    )


def pointer(place: str, path: Iterable[str]) -> str:
    """The JSON pointer of what stands at these steps under `place`."""
    return place + "".join(f"/{escaped(step)}" for step in path)


def at(template: Any, path: Iterable[str]) -> Any:
    """What a template has at these steps."""
    for step in path:
        template = template[step]
    return template


def leaves(template: Any) -> Iterator[tuple[str, ...]]:
    """The steps to every field of a template that holds no further fields of a constant object; lists are one field."""
    if isinstance(template, dict) and "$from" not in template and "$each" not in template:
        for key, child in template.items():
            inner = list(leaves(child))
            yield from ((key, *path) for path in inner)
            if not inner:
                yield (key,)


def keywords_at(operation: Operation, reference: str, field: tuple[str, ...], *keywords: str) -> list[str]:
    """The statements that these keywords of the schema of one answer field make."""
    return [
        claim_id(operation.vendor, operation.name, [*place.steps, keyword])
        for place in places(operation, reference)
        if tuple(step for step in place.where if step != 0) == tuple(step for step in field if step != "$do")
        for keyword in keywords
        if keyword in place.schema
    ]


def kinds_at(operation: Operation, references: Iterable[str], field: tuple[str, ...]) -> tuple[str, ...]:
    """The JSON types of an answer field by the first of these schemas that knows it; none when none does."""
    for reference in references:
        schema = schema_at(operation, reference, tuple(step for step in field if step != "$do"))
        if schema is not None:
            kind = schema.get("type", ())
            return (kind,) if isinstance(kind, str) else tuple(kind)
    return ()
