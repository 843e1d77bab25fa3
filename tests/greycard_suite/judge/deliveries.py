"""What deliveries show: their address, how often they come and how far apart, and whether they say what reads say.

What was not seen between two moments may have happened at any moment between them. Pure: it neither sends nor judges.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from greycard_suite.judge import read_answer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from greycard_schemas.loader import Operation, Vendor
    from greycard_suite.call import Call, Delivery

SLACK_SECONDS = 2.0
LAG_SECONDS = 0.5
"""How long the reads of a vendor may lag behind its own deliveries: no document says that both know at once."""

PATIENT = 3
"""Retries are waited for so many times the longest gap that was seen or assumed."""


def is_delivery(operation: Operation, delivery: Delivery) -> bool:
    """Whether something that arrived holds any field of a delivery: a vendor may send other events as well."""
    wanted = operation.definition(operation.contract["request"]).get("required", ())
    return isinstance(delivery.json, dict) and any(name in delivery.json for name in wanted)


def delete_of(vendor: Vendor, delivery: str) -> Operation | None:
    """What deletes the tasks that a delivery tells of; None where nothing does."""
    create = vendor.operations[delivery].contract["create"]
    return next((one for one in vendor.of_kind("delete") if one.contract["create"] == create), None)


def is_kept(address: str, path: str) -> bool:
    """Whether what was sent to `path` went to this address: the same path, with everything that its query holds."""
    told, used = urlsplit(address), urlsplit(path)
    wanted = parse_qsl(told.query, keep_blank_values=True)
    found = parse_qsl(used.query, keep_blank_values=True)
    return unquote(told.path) == unquote(used.path) and all(pair in found for pair in wanted)


def quiet_seconds(moments: Sequence[float], spacing: Sequence[float]) -> float:
    """How long after the last attempt none must have come before one may say that there is no more."""
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    return PATIENT * max([*spacing, *gaps[-1:]], default=1.0) + SLACK_SECONDS


@dataclass(frozen=True, slots=True)
class Attempts:
    """The attempts to deliver one task: up to the first that was acknowledged, and what came after that."""

    tries: tuple[Delivery, ...]
    after: tuple[Delivery, ...]

    @property
    def differing(self) -> tuple[Delivery, ...]:
        """What came after the acknowledgement and says something else than what was acknowledged."""
        return tuple(one for one in self.after if not _alike(one, self.tries[-1]))

    @property
    def gaps(self) -> list[float]:
        """The seconds between one try and the next."""
        return [later.at - earlier.at for earlier, later in pairwise(self.tries)]


def attempts_of(deliveries: Sequence[Delivery]) -> Attempts:
    """The deliveries of one task, oldest first."""
    ends = next((index for index, one in enumerate(deliveries) if one.answered < 300), len(deliveries) - 1)
    return Attempts(tuple(deliveries[: ends + 1]), tuple(deliveries[ends + 1 :]))


def _alike(one: Delivery, other: Delivery) -> bool:
    return one.body == other.body or (one.json is not None and one.json == other.json)


def is_near(gaps: Sequence[float], spacing: Sequence[float], *, exact: bool) -> bool:
    """Whether the gaps are those that were assumed; where arrival takes its time, about."""
    if not spacing:
        return True
    wanted = [spacing[min(index, len(spacing) - 1)] for index in range(len(gaps))]
    if exact:
        return all(abs(gap - one) <= 1.0 for gap, one in zip(gaps, wanted, strict=True))
    return all(one / 2 - 1 <= gap <= 2 * one + SLACK_SECONDS for gap, one in zip(gaps, wanted, strict=True))


def is_early(vendor: Vendor, delivery: Delivery, reads: Sequence[Call]) -> bool:
    """Whether a read that was begun well after the delivery had arrived still shows the task running."""
    return any(call.started > delivery.at + LAG_SECONDS and _is_running(vendor, call) for call in reads)


def _is_running(vendor: Vendor, call: Call) -> bool:
    read = vendor.operations[call.operation]
    return read_answer.phase_seen(vendor, read, call) == "running"


def contradictions(delivery: Any, reads: Sequence[Any], where: str = "") -> Iterator[tuple[str, Any, Any]]:
    """(pointer, what the reads say, what the delivery says) of each value that all these reads agree on.

    Addresses may be new at each look, and what is empty may be empty in any way.
    """
    first = reads[0] if reads else None
    if isinstance(first, dict) and isinstance(delivery, dict) and all(isinstance(one, dict) for one in reads):
        for name in first:
            if name in delivery and all(name in one for one in reads):
                yield from contradictions(delivery[name], [one[name] for one in reads], f"{where}/{name}")
        return
    if isinstance(first, dict | list) or any(one != first for one in reads) or not reads:
        return
    link = isinstance(first, str) and first.startswith(("http://", "https://"))
    if not link and type(first) is type(delivery) and first != delivery:
        yield where, first, delivery


def is_digest(value: str, like: str) -> bool:
    """Whether this is a digest as long as `like`, which is in hexadecimal; the rule that made it is another matter."""
    size = len(like) // 2
    packed = f"[A-Za-z0-9+/_-]{{{-(-size * 4 // 3)}}}={{0,2}}"
    replaced = value.startswith("$GREYCARD_")  # of a recording, which keeps no signatures
    return replaced or bool(re.fullmatch(f"[0-9A-Fa-f]{{{len(like)}}}|{packed}", value))


def statement_at(operation: Operation, pointer: str, claims: Any) -> str | None:
    """The statement about the field at `pointer` of a delivery: its meaning, or else its form."""
    steps = [step for step in pointer.split("/") if step]
    place = f"{operation.vendor}/{operation.name}#body/{'/'.join(steps)}"
    return next((f"{place}/{rule}" for rule in ("x-means", "const", "type") if f"{place}/{rule}" in claims), None)
