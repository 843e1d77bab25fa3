"""Where deliveries go: to a receiver in the same process where there is one, otherwise out through the guard."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from greycard_mocks.egress.guard import Guard

    Receiver = Callable[[str, Mapping[str, str], bytes], tuple[int, bytes]]


class Transport:
    """Sends deliveries; `receivers` in this process by the beginning of their addresses."""

    def __init__(self, guard: Callable[[], Guard]) -> None:
        self._guard = guard
        self.receivers: dict[str, Receiver] = {}

    def receiver_of(self, url: str) -> Receiver | None:
        """The receiver in this process that an address belongs to; None for all others."""
        for beginning, receiver in tuple(self.receivers.items()):
            # whole segments, so that receiver-1 does not get what is for receiver-10
            if url == beginning or url.startswith((f"{beginning}/", f"{beginning}?")):
                return receiver
        return None

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """(HTTP status, body) of the receiver's answer; raises EgressError when there is none."""
        receiver = self.receiver_of(url)
        if receiver is not None:
            return receiver(url, headers, body)
        answer = self._guard().post(url, headers=headers, body=body)
        return answer.status, answer.body
