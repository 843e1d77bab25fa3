"""Wondershare AILab's batch tasks: the 8X upscaler (document 000), the photo eraser (003) and their siblings.

Sends what it is given and leaves refusing to the vendor. The siblings of the two documents differ in the
feature's name and in some fields, which is why `Wondershare.create` takes both.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Unpack

from ._answer import Answer
from ._client import ClientOptions, VendorClient, json_body
from ._download import SaveOptions
from ._parse import JsonObject, as_int, as_number, as_object, as_objects, as_text, path_segment
from ._polling import wait_for
from ._transport import KeyHeader, Transport, check_text
from .errors import InsufficientBalance, TaskFailed, WaitTimeout

NO_BALANCE = 490027  # assumed: only the vendor's Chinese cut-out page lists it
COMPLETE = 3
STATUSES = {
    1: "waiting",
    2: "in progress",
    3: "task complete",
    4: "task failure",
    5: "task closed",
    6: "task timed out",
}


@dataclass(frozen=True, slots=True)
class BatchTask:
    """A task that was accepted (S0:36-41)."""

    feature: str
    task_id: str
    raw: JsonObject = field(default_factory=JsonObject, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class BatchItem:
    """One picture of a batch (S0:76-78). ``status`` has no documented values; a number becomes text."""

    status: str
    image_result: str = field(repr=False)
    reason: str
    raw: JsonObject = field(default_factory=JsonObject, repr=False, compare=False)

    @property
    def succeeded(self) -> bool:
        """A result is there and the status is none of the task's failures (assumed: it reuses S0:73)."""
        return bool(self.image_result) and self.status not in {"4", "5", "6"}

    @property
    def failed(self) -> bool:
        """Not succeeded; meaningful once the batch is finished."""
        return not self.succeeded


@dataclass(frozen=True, slots=True)
class BatchResult:
    """A task as one answer shows it (S0:67-78). ``wait_time`` is in seconds, None when it is no number."""

    feature: str
    task_id: str
    status: int
    wait_time: float | None = None
    items: tuple[BatchItem, ...] = ()
    reason: str = ""
    raw: JsonObject = field(default_factory=JsonObject, repr=False, compare=False)

    @property
    def succeeded(self) -> bool:
        """Status 3, even if some of the pictures failed: see `failed_items`."""
        return self.status == COMPLETE

    @property
    def failed(self) -> bool:
        """Status 4 failure, 5 closed or 6 timed out."""
        return self.status in {4, 5, 6}

    @property
    def finished(self) -> bool:
        """Succeeded or failed."""
        return self.succeeded or self.failed

    @property
    def running(self) -> bool:
        """Status 1 waiting or 2 in progress."""
        return not self.finished

    @property
    def succeeded_items(self) -> tuple[BatchItem, ...]:
        """The pictures that can be downloaded, in the order of the answer."""
        return tuple(item for item in self.items if item.succeeded)

    @property
    def failed_items(self) -> tuple[BatchItem, ...]:
        """The pictures without a result; empty while the batch is running."""
        return tuple(item for item in self.items if item.failed) if self.finished else ()


class Wondershare(VendorClient):
    """The v3 picture API behind one app key and secret (S0:14). Options are `ClientOptions`.

    Every call raises `InsufficientBalance` for code 490027; any other non-zero code is an `ApiError` of the
    class that the HTTP status names, or `ApiError` itself with HTTP 200, as the documents list no codes.
    """

    __slots__ = ()

    def __init__(
        self,
        app_key: str,
        app_secret: str,
        base_url: str = "https://wsai-api.wondershare.com",
        **options: Unpack[ClientOptions],
    ) -> None:
        check_text("app_key", app_key)
        check_text("app_secret", app_secret)
        pair = base64.b64encode(f"{app_key}:{app_secret}".encode("utf-8", "surrogatepass")).decode()
        key = KeyHeader("Authorization", f"Basic {pair}")
        super().__init__(Transport("wondershare", base_url, key, (pair, app_secret, app_key), **options))

    def create(self, feature: str, images: Sequence[str], *, priority: int | None = 0, **fields: object) -> BatchTask:
        """Create a task of ``feature`` (the path's third part, such as ``fsrtwo``) for up to 20 links.

        ``priority`` is 0 to 9 (S0:20); None leaves it out. ``fields`` are the feature's own.
        """
        if isinstance(images, str):
            msg = "images must be a list of links, not one text; write [link]"
            raise TypeError(msg)
        body: dict[str, object] = {"images": images, **fields}
        if priority is not None:
            body["priority"] = priority

        def read(answer: Answer) -> BatchTask:
            envelope, data = _data(answer)
            task_id = as_text(data.get("task_id"))
            if not task_id:
                raise answer.unexpected("the answer has no data.task_id")
            return BatchTask(feature, task_id, envelope)

        path = f"/v3/pic/{path_segment(feature, 'feature')}/batch"
        return self._transport.call(f"{feature}.create", "POST", path, read, once=True, **json_body(body))

    def upscale_8x(self, images: Sequence[str], file_ext: str | None = "png", *, priority: int | None = 0) -> BatchTask:
        """Enlarge pictures eight times (S0:6-29); ``file_ext`` is the results' format, None leaves it out."""
        fields = {} if file_ext is None else {"file_ext": file_ext}
        return self.create("fsrtwo", images, priority=priority, **fields)

    def erase(self, images: Sequence[str], mask: str | None, *, priority: int | None = 0) -> BatchTask:
        """Repair the area that ``mask``, a URI or Base64, marks in each picture (S3:11-41)."""
        fields = {} if mask is None else {"mask": mask}
        return self.create("rw", images, priority=priority, **fields)

    def get(self, feature: str, task_id: str) -> BatchResult:
        """Read a task (S0:53-78); `UnexpectedResponse` for a status that the documents do not list."""
        return self._get(feature, task_id, None)

    def wait(self, task: BatchTask | BatchResult, *, timeout: float = 600.0, interval: float = 3.0) -> BatchResult:
        """Read the task until it is finished, pausing as long as the vendor's ``wait_time`` says (S0:74).

        ``interval`` (seconds) is used when ``wait_time`` is absent, no number or not above zero. Returned
        with status 3 even if some pictures failed; `TaskFailed` for 4, 5 and 6, `WaitTimeout` after
        ``timeout`` seconds.
        """
        if isinstance(task, BatchResult) and task.finished:
            done = task
        else:
            done = wait_for(
                lambda deadline: self._get(task.feature, task.task_id, deadline),
                lambda last: last.wait_time if last.wait_time and last.wait_time > 0 else interval,
                lambda last: WaitTimeout("wondershare", task.task_id, last.status, timeout),
                clock=self._transport.clock,
                timeout=timeout,
            )
        if done.failed:
            reasons = [done.reason, *dict.fromkeys(item.reason for item in done.items)]
            told = "; ".join(reason for reason in reasons if reason) or STATUSES[done.status]
            raise TaskFailed("wondershare", done.task_id, done.status, told)
        return done

    def save(self, result: BatchItem | str, path: str | os.PathLike[str], **options: Unpack[SaveOptions]) -> Path:
        """Download one picture of a batch, or a link, to ``path``; `ValueError` when there is no result.

        `UnexpectedResponse` when what came is no picture. Options are `SaveOptions`.
        """
        link = result.image_result if isinstance(result, BatchItem) else result
        return self._save_link(link, "this picture of the batch", path, **options)

    def _get(self, feature: str, task_id: str, deadline: float | None) -> BatchResult:
        path = f"/v3/pic/{path_segment(feature, 'feature')}/result/{path_segment(task_id, 'task_id')}"
        # S0:60: the header is required although a GET has no body.
        headers = {"Content-Type": "application/json"}
        return self._transport.call(
            f"{feature}.result",
            "GET",
            path,
            lambda answer: _result(answer, feature, task_id),
            until=deadline,
            headers=headers,
        )


def _data(answer: Answer, *, of_result: bool = False) -> tuple[JsonObject, JsonObject]:
    envelope = answer.object()
    code = as_int(envelope.get("code"))
    message = as_text(envelope.get("msg"))
    # S0:70 gives no code of this answer: with the status of a task it tells of the task, whatever the code is
    told = as_object(envelope.get("data")) if of_result else None
    is_told = told is not None and as_int(told.get("status")) in STATUSES
    if answer.refused or (code and not is_told):
        raise answer.refusal(InsufficientBalance if code == NO_BALANCE else answer.status, code, message)
    if code is None and not is_told:
        raise answer.unexpected("the answer has no integer code")
    data = as_object(envelope.get("data"))
    if data is None:
        raise answer.unexpected("the answer has no data object")
    return envelope, data


def _result(answer: Answer, feature: str, task_id: str) -> BatchResult:
    envelope, data = _data(answer, of_result=True)
    status = as_int(data.get("status"))
    if status not in STATUSES:
        raise answer.unexpected(f"data.status {data.get('status')!r} is not a documented status")
    # S0:75 requires the list; before completion it may be null or absent.
    listed = [] if data.get("list") is None else as_objects(data["list"])
    if listed is None:
        raise answer.unexpected("data.list is not an array of objects")
    items = tuple(
        BatchItem(
            as_text(entry.get("status")) or "",
            as_text(entry.get("image_result")) or "",
            answer.clean(as_text(entry.get("reason"))),
            entry,
        )
        for entry in listed
    )
    wait_time = as_number(data.get("wait_time"))
    return BatchResult(feature, task_id, status, wait_time, items, answer.clean(as_text(data.get("reason"))), envelope)
