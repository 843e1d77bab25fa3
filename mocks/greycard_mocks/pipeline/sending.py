"""What is still done to an answer that is ready, by the manners of its vendor: headers and the date.

What concerns the bytes on the wire (chunks, compression, the case of header names) is done by the web room, which is
given the manners with the answer.
"""

from __future__ import annotations

from email.utils import formatdate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from greycard_mocks.core.answer import Answer
    from greycard_mocks.core.manners import Manners
    from greycard_mocks.core.world import World
    from greycard_mocks.pipeline.services import Services


def add_headers(services: Services, world: World | None, manners: Manners, answered: Answer) -> None:
    """Give an answer the headers that the vendor's manners add to every answer."""
    if manners.on_wire:
        answered.manners = manners
        if manners.skew_seconds:
            now = services.clock.now() if world is None else world.clock.now()
            answered.headers.append(("Date", formatdate(now + manners.skew_seconds, usegmt=True)))
        answered.headers += manners.headers.items()
