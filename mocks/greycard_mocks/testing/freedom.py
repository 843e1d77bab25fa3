"""The vendors of a run of tests, drawn from a seed: which freedoms a test's world has, by option, setting and marker.

A freedom may be excluded (it is never drawn) or pinned (it is always there, also without a seed).
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from greycard_mocks.engine.engine import Engine
    from greycard_mocks.testing.vendor import VendorMock
    from greycard_schemas.freedoms.model import Freedom

MARKER = "greycard_freedom"
RANDOM = "new"


def seed_of(text: str) -> int | str:
    """The value of the option: a whole number, or `new`; raises ValueError for anything else."""
    if text == RANDOM:
        return text
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        msg = f"{text!r} is no seed; write --greycard-freedom=NUMBER, or --greycard-freedom=new before a path"
        raise ValueError(msg)
    return int(text)


class Draw:
    """What a seed draws for each vendor of one mock, without what is excluded; made for a vendor when it is asked for.

    `only` are the ids to which it is reduced (None: all that are drawn), `named` the variants that somebody has chosen
    for all tests, as VENDOR.VARIANT.
    """

    def __init__(self, seed: int, excluded: Sequence[str], named: Iterable[str]) -> None:
        self.seed, self._excluded, self._named = seed, tuple(excluded), frozenset(named)
        self.only: tuple[str, ...] | None = None
        self.drawn: dict[str, tuple[str, ...]] = {}
        self.known: dict[str, Freedom] = {}
        self.variants: dict[str, dict[str, str]] = {}
        """The options in force, by vendor."""
        self.asked: set[str] = set()
        """The vendors that the test which runs now has asked for."""

    def begin(self, engine: Engine, vendor: str) -> None:
        """Let a vendor of the mock be as it is drawn, if it is not yet."""
        self.asked.add(vendor)
        if vendor in self.drawn:
            return
        known = dict(engine.readings.freedoms_of(vendor))
        self.known |= known
        self.variants[vendor] = dict(engine.readings.vendor(vendor).variants)
        found = tuple(one for one in engine.readings.drawn(vendor, self.seed) if not self._is_out(known[one]))
        if self.only is not None:
            found = tuple(one for one in found if one in self.only)
        self.drawn[vendor] = found
        engine.variants.start(vendor, (), found)

    def forget(self) -> None:
        """Forget which vendors have begun, for another mock."""
        self.drawn.clear()
        self.asked.clear()

    def _is_out(self, freedom: Freedom) -> bool:
        if freedom.uses == "variant" and f"{freedom.vendor}.{freedom.of[0].partition('=')[0]}" in self._named:
            return True
        return fits(freedom.id, self._excluded)


def fits(freedom: str, patterns: Iterable[str]) -> bool:
    """Whether an id fits one of these, which may leave out the vendor and have `*`."""
    local = freedom.partition("/")[2]
    return any(fnmatchcase(freedom, one) or fnmatchcase(local, one) for one in patterns)


def marked(item: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(excluded, pinned) by the markers of a test; fails the test for one that cannot be read."""
    excluded: list[str] = []
    pinned: list[str] = []
    for marker in item.iter_markers(MARKER):
        for name, value in marker.kwargs.items():
            texts = [value] if isinstance(value, str) else value
            is_texts = isinstance(texts, list | tuple) and all(isinstance(one, str) for one in texts)
            if name not in ("exclude", "pin") or not is_texts:
                _refuse(f"{name}={value!r:.100}")
            (excluded if name == "exclude" else pinned).extend(texts)
        if marker.args or not marker.kwargs:
            _refuse(", ".join(map(repr, marker.args)))
    return tuple(excluded), tuple(pinned)


def _refuse(given: str) -> None:
    pytest.fail(
        f"the marker {MARKER}({given:.200}): write {MARKER}(exclude='ID') or {MARKER}(pin='ID'), or lists of ids; "
        "'greycard freedoms' lists them",
        pytrace=False,
    )


def apply_marks(vendor: VendorMock, excluded: Sequence[str], pinned: Sequence[str]) -> None:
    """Let a test's world be without what its markers exclude, and with what they pin."""
    if not pinned and not vendor.world.freedoms:
        return  # nothing is there to be excluded, and making the catalogue takes a tenth of a second
    from greycard_schemas.errors import ContractError
    from greycard_schemas.freedoms.catalogue import go_together

    known = vendor.mock.engine.readings.freedoms_of(vendor.name, vendor.world.runtime.vendor.variants)
    mine = [one for one in pinned if "/" not in one or one.startswith(f"{vendor.name}/")]
    whole = [one if "/" in one else f"{vendor.name}/{one}" for one in mine]
    left = [
        one
        for one in vendor.world.freedoms
        if not fits(one, excluded) and all(go_together(known[one], known[pin]) for pin in whole if pin in known)
    ]
    try:
        vendor.set_freedoms(*left, *(one for one in whole if one not in left))
    except ContractError as error:
        pytest.fail(f"the marker {MARKER}: {error}", pytrace=False)
