"""Which case a number is: the seed of the run and the number decide all of it."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from greycard_mocks.images.testcards import card
from greycard_schemas.loader import Vendor
from greycard_suite.tools.fuzz.case import Case, Sent
from greycard_suite.tools.fuzz.control_requests import Page, control_request, faulted
from greycard_suite.tools.fuzz.raw_requests import RAW, broken_off, in_a_row
from greycard_suite.tools.fuzz.well_formed import WellFormed

NOT_OF_HTTP = frozenset({501, 505})
"""Statuses that HTTP asks for: an unknown transfer coding, an unknown version."""


class Cases:
    """Makes the cases of one run against the mock at `host`."""

    def __init__(self, contracts: Mapping[str, Vendor], host: str, seed: int, page: Page) -> None:
        self._made = WellFormed(contracts, host, card(64, 48, "jpg"))
        self._vendors = tuple(contracts)
        self._seed, self._host, self._page = seed, host, page

    def case(self, number: int) -> Case:
        """The case with this number."""
        dice = Random(f"{self._seed}/{number}")  # noqa: S311 - no secret
        match dice.randrange(20):
            case 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7:
                sent = (self._made.request(dice) for _ in range(dice.randint(1, 6)))
                return Case(number, "vendor", tuple(Sent(data, (method,)) for data, method in sent), must_answer=True)
            case 8 | 9 | 10:
                sent = (control_request(dice, self._host, self._vendors, self._page) for _ in range(dice.randint(1, 6)))
                return Case(number, "control", tuple(Sent(data, (method,)) for data, method in sent), must_answer=True)
            case 11 | 12:
                return self._faulted(number, dice)
            case 13:
                data, methods = in_a_row(dice, self._any)
                return Case(number, "in a row", (Sent(data, methods),), must_answer=True)
            case 14 if dice.random() < 0.1:
                return Case(number, "left open", (Sent(broken_off(dice, self._any)),), left_open=True)
            case _:
                raw = dice.choice(RAW)
                name = raw.__name__.replace("_", " ")
                return Case(number, name, (Sent(raw(dice, self._any)),), ends=True, allowed=NOT_OF_HTTP)

    def _any(self, dice: Random) -> tuple[bytes, str]:
        if dice.random() < 0.2:
            return control_request(dice, self._host, self._vendors, self._page)
        return self._made.request(dice)

    def _faulted(self, number: int, dice: Random) -> Case:
        """An account of its own, so that nobody else meets the fault."""
        key, known = f"test-faulted-{number % 40}", dice.choice(self._made.known)
        sent = [Sent(faulted(dice, self._host, known.vendor.name, key), ("POST",))]
        for _ in range(dice.randint(1, 3)):
            values = self._made.addressed(dice, dice.choice(known.good))
            data, method = self._made.of(dice, known, values, key)
            sent.append(Sent(data, (method,)))
        return Case(number, "faulted", tuple(sent), asked=True)
