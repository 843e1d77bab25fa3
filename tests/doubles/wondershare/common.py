"""Small things that every module of this double needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

Has = Callable[[str], bool]
"""Whether a trait is on."""

Value = TypeVar("Value")

_SECOND_PAGE = {1: 1, 2: 3, 4: 7, 6: 11, 9: 17, 13: 22, 14: 23, 18: 28, 20: 30, 23: 35, 28: 40, 33: 46}
_SECOND_PAGE |= {38: 53, 39: 54, 40: 55, 41: 56, 44: 61, 45: 62, 46: 63, 47: 64, 51: 70, 53: 74, 56: 80, 60: 85}
_SECOND_PAGE |= {61: 86, 65: 91, 70: 98, 71: 99, 72: 100, 73: 101, 74: 102, 75: 103, 76: 104, 77: 105, 78: 106}


def both(*numbers: int) -> tuple[str, ...]:
    """These lines of document 000 and the lines of document 003 that say the same."""
    return tuple(f"S0:{number}" for number in numbers) + tuple(f"S3:{_SECOND_PAGE[number]}" for number in numbers)


def pick(has: Has, table: Mapping[str, Value], default: Value) -> Value:
    """The value of the first trait of this table that is on, else the default."""
    return next((value for trait, value in table.items() if has(trait)), default)


@dataclass(frozen=True, slots=True)
class Product:
    """One of the two services; `high` is the side that a picture must stay under."""

    name: str
    high: int

    @property
    def erases(self) -> bool:
        """Whether it is the photo eraser, which takes a mask and no format."""
        return self.name == "rw"


PRODUCTS = {"fsrtwo": Product("fsrtwo", 1000), "rw": Product("rw", 5000)}


class RefusedError(Exception):
    """A request that is not served; `kind` decides about the code and the HTTP status."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
