"""Where deliveries go: to a receiver in the same process where there is one, otherwise out through the guard."""

from __future__ import annotations

import inspect
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

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


@dataclass(frozen=True, slots=True)
class Received:
    """One delivery as a receiver in this process gets it. Names in `headers` are lower-case."""

    url: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


def receiving(application: Callable[..., Any]) -> Receiver:
    """A receiver for the transport from a WSGI application, or from a function of one `Received`."""

    def receive(url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        from greycard_mocks.egress.guard import EgressError

        try:
            if wsgi:
                from greycard_mocks.web.wsgi_adapter import post_to

                return post_to(application, url, headers, body)
            answer = application(Received(url, {name.lower(): value for name, value in headers.items()}, body))
        except Exception as error:
            # as a receiver that breaks off: journalled with this text, and tried again
            msg = f"the receiver in this process raised {type(error).__name__}: {error}"
            raise EgressError("unreachable", msg) from error
        if isinstance(answer, tuple):
            status, content = answer
            return int(status), content.encode() if isinstance(content, str) else bytes(content)
        return (200 if answer is None else int(answer)), b""

    wsgi = hasattr(application, "wsgi_app") or _takes_two(application)
    return receive


def _takes_two(function: Callable[..., Any]) -> bool:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return False
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    needed = [p for p in signature.parameters.values() if p.kind in kinds and p.default is inspect.Parameter.empty]
    return len(needed) == 2
