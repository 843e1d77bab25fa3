"""What is sent to the mock in one go: a case is a few writes on one connection, made from a seed and a number.

Holds facts only: it neither makes nor sends them.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Sent:
    """The bytes of one write, and the method of each request in it, for which an answer is waited for."""

    data: bytes
    methods: tuple[str, ...] = ("GET",)


@dataclass(frozen=True, slots=True)
class Case:
    """One case. Its number and the seed of the run make it again.

    `must_answer`: these are whole requests, so that a connection that is closed without an answer is wrong.
    `asked`: the requests ask for trouble (a fault, a status), so that any answer is right, and none.
    `ends`: nothing more will be sent, and the server is told so. `left_open`: the request breaks off and the
    connection stays, so that the server has to give it up. `allowed`: statuses of 500 and more that HTTP asks for.
    """

    number: int
    kind: str
    sent: tuple[Sent, ...]
    must_answer: bool = False
    asked: bool = False
    ends: bool = False
    left_open: bool = False
    allowed: frozenset[int] = field(default_factory=frozenset)

    @property
    def requests(self) -> int:
        """How many requests it holds."""
        return sum(len(one.methods) for one in self.sent)
