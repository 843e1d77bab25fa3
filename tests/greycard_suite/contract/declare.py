"""How a suite test declares itself: its standing, the claims it checks, its cases, and what it costs.

A test without a declaration, or with a standing that does not exist, is refused at collection.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from greycard_schemas.loader import Vendor

STANDINGS = ("contract", "mock_only", "live_only")

Function = TypeVar("Function", bound="Callable[..., None]")


@dataclass(frozen=True, slots=True)
class Case:
    """One case of a test for one vendor. Cost in requests and credits (paid tasks); needs name capabilities."""

    id: str
    data: Any = None
    requests: int | None = None
    credits: int | None = None
    needs: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Declaration:
    """What one suite test says of itself."""

    standing: str
    claims: tuple[str, ...]
    cases: Callable[[Vendor], Iterable[Case]]
    requests: int
    credits: int
    needs: tuple[str, ...] = field(default=())


def one_case(_: Vendor) -> list[Case]:
    """A test that has nothing to vary."""
    return [Case("all")]


def suite_test(
    *claims: str,
    standing: str = "contract",
    cases: Callable[[Vendor], Iterable[Case]] = one_case,
    requests: int,
    credits: int = 0,  # noqa: A002 - the vendors' word
    needs: tuple[str, ...] = (),
) -> Callable[[Function], Function]:
    """Declare a suite test; `claims` are patterns of statement ids without the vendor, such as ``#auth/*``."""
    declaration = Declaration(standing, claims, cases, requests, credits, needs)

    def decorate(function: Function) -> Function:
        marked: Function = pytest.mark.suite(declaration)(function)
        return marked

    return decorate
