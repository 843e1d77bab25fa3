"""Enhancor's portrait upscaler (document 004): queue a picture, ask for its status, wait, save.

Sends what it is given and leaves refusing to the vendor. The result comes by webhook (read in
`callbacks`); whether the status answer carries it too is not documented, so it may be None there.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Unpack

from ._answer import Answer
from ._client import ClientOptions, VendorClient, json_body, key_transport
from ._download import SaveOptions
from ._parse import JsonObject, as_number, as_object, as_text
from ._polling import wait_for
from .callbacks import Webhook
from .errors import TaskFailed, WaitTimeout

BASE_PATH = "/api/upscaler/v1"
STATUSES = frozenset({"PENDING", "IN_QUEUE", "IN_PROGRESS", "COMPLETED", "FAILED"})


@dataclass(frozen=True, slots=True)
class QueuedRequest:
    """A request that was queued (S4:54-60)."""

    request_id: str
    raw: JsonObject = field(default_factory=JsonObject, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class RequestStatus:
    """The status of a request (S4:81-100). ``cost`` is in the vendor's own unit, None when absent."""

    request_id: str
    status: str
    cost: float | None = None
    result: str | None = field(default=None, repr=False)
    error: str = ""
    raw: JsonObject = field(default_factory=JsonObject, repr=False, compare=False)

    @property
    def succeeded(self) -> bool:
        """COMPLETED; the result is here or came by webhook."""
        return self.status == "COMPLETED"

    @property
    def failed(self) -> bool:
        """FAILED."""
        return self.status == "FAILED"

    @property
    def finished(self) -> bool:
        """Succeeded or failed."""
        return self.succeeded or self.failed

    @property
    def running(self) -> bool:
        """PENDING, IN_QUEUE or IN_PROGRESS."""
        return not self.finished


class Enhancor(VendorClient):
    """The upscaler behind one API key. Options are `ClientOptions`.

    The document lists no errors; every call raises the `ApiError` of the HTTP status (assumed: 401 for
    the key, 400 for the body, 404 for the request id), with the text of ``error`` or ``error.message``.
    """

    __slots__ = ()

    def __init__(
        self, api_key: str, base_url: str = "https://apireq.enhancor.ai", **options: Unpack[ClientOptions]
    ) -> None:
        super().__init__(key_transport("enhancor", base_url, "x-api-key", api_key, options))

    def queue(self, img_url: str | None, webhook_url: str | None, mode: str | None) -> QueuedRequest:
        """Queue a picture (S4:33-60); all three are required (S4:127-133), None leaves one out."""
        fields = {"img_url": img_url, "webhookUrl": webhook_url, "mode": mode}
        body = json_body({name: value for name, value in fields.items() if value is not None})

        def read(answer: Answer) -> QueuedRequest:
            data = _object(answer)
            request_id = _request_id(data)
            if not request_id:
                raise answer.unexpected("the answer has no requestId")
            return QueuedRequest(request_id, data)

        return self._transport.call("queue", "POST", f"{BASE_PATH}/queue", read, once=True, **body)

    def status(self, request_id: str | QueuedRequest) -> RequestStatus:
        """Ask for a request (S4:62-88); `UnexpectedResponse` for a status outside S4:94-100."""
        return self._status(_id(request_id), None)

    def wait(
        self, request: str | QueuedRequest | RequestStatus, *, timeout: float = 600.0, interval: float = 2.0
    ) -> RequestStatus:
        """Ask every ``interval`` seconds until COMPLETED; ``result`` is None when only the webhook has it.

        `TaskFailed` for FAILED, `WaitTimeout` after ``timeout`` seconds.
        """
        if isinstance(request, RequestStatus) and request.finished:
            done = request
        else:
            request_id = _id(request)
            done = wait_for(
                lambda deadline: self._status(request_id, deadline),
                lambda _: interval,
                lambda last: WaitTimeout("enhancor", request_id, last.status, timeout),
                clock=self._transport.clock,
                timeout=timeout,
            )
        if done.failed:
            raise TaskFailed("enhancor", done.request_id, done.status, done.error)
        return done

    def save(
        self,
        result: RequestStatus | Webhook | str,
        path: str | os.PathLike[str],
        **options: Unpack[SaveOptions],
    ) -> Path:
        """Download the result of a status answer or webhook, or a link, to ``path``.

        `UnexpectedResponse` when what came is no picture. Options are `SaveOptions`.
        """
        link = result if isinstance(result, str) else result.result
        return self._save_link(link, "this answer (its webhook may have one)", path, **options)

    def _status(self, request_id: str, deadline: float | None) -> RequestStatus:
        def read(answer: Answer) -> RequestStatus:
            data = _object(answer)
            status = data.get("status")
            if not isinstance(status, str) or status not in STATUSES:
                raise answer.unexpected(f"status {status!r} is not a documented status")
            return RequestStatus(
                request_id=_request_id(data) or request_id,
                status=status,
                cost=as_number(data.get("cost")),
                result=as_text(data.get("result")) or None,
                error=answer.clean(_error_text(data)),
                raw=data,
            )

        body = json_body({"request_id": request_id})
        return self._transport.call("status", "POST", f"{BASE_PATH}/status", read, until=deadline, **body)


def _id(request: str | QueuedRequest | RequestStatus) -> str:
    return request if isinstance(request, str) else request.request_id


def _request_id(data: JsonObject) -> str | None:
    # S4:58 and S4:84 write requestId, S4:77 and S4:108 request_id.
    return as_text(data.get("requestId")) or as_text(data.get("request_id"))


def _error_text(data: JsonObject) -> str | None:
    error = data.get("error")
    inner = as_object(error)
    return as_text(inner.get("message") if inner is not None else error) or as_text(data.get("message"))


def _object(answer: Answer) -> JsonObject:
    data = answer.object()
    if answer.refused or data.get("success") is False:
        raise answer.refusal(answer.status, None, _error_text(data))
    return data
