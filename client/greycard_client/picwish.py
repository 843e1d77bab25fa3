"""PicWish's picture upscaler (document 002): create a scale task, read it, wait for it, save its picture.

Sends what it is given and leaves refusing to the vendor; local errors are only for what cannot be sent.
"""

from __future__ import annotations

import base64
import binascii
import os
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, BinaryIO, Unpack

from ._answer import Answer
from ._client import ClientOptions, VendorClient, key_transport
from ._download import SaveOptions, save_content
from ._parse import JsonObject, as_int, as_object, as_text, path_segment
from ._polling import wait_for
from ._transport import MEBIBYTE
from .errors import TaskFailed, UnexpectedResponse, WaitTimeout

Image = str | os.PathLike[str] | bytes | bytearray | BinaryIO

PATH = "/api/tasks/visual/scale"
BASE64, BINARY = 2, 3  # values of return_type (S2:25)
RUNNING_STATES = frozenset({0, 2, 3, 4})
STATE_REASONS = {
    -8: "processing took longer than 30 s",
    -7: "not a valid picture",
    -5: "the picture behind image_url is over the size limit",
    -3: "the vendor could not download image_url",
    -2: "repaired, but the vendor could not store the result",
    -1: "the repair failed",
}


@dataclass(frozen=True, slots=True)
class ScaleTask:
    r"""One scale task as one answer shows it (S2:30-42); what the answer left out is None.

    ``state`` is None in the answer of an asynchronous create. ``image`` is a link or Base64 text with every
    surviving ``\u0026`` put right (S2:114), ``content`` the picture itself (return_type 3, S2:25;
    ``task_id`` is then empty). Times are Unix seconds. ``raw`` is the JSON as received.
    """

    task_id: str
    state: int | None
    progress: int | None = None
    image: str | None = field(default=None, repr=False)
    return_type: int | None = None
    type: int | str | None = None
    created_at: int | None = None
    completed_at: int | None = None
    message: str | None = None
    content: bytes | None = field(default=None, repr=False)
    raw: JsonObject = field(default_factory=JsonObject, repr=False, compare=False)

    @property
    def succeeded(self) -> bool:
        """State 1 (S2:52-54)."""
        return self.state == 1

    @property
    def failed(self) -> bool:
        """Any negative state (S2:48)."""
        return self.state is not None and self.state < 0

    @property
    def finished(self) -> bool:
        """Succeeded or failed: the moment to stop polling (S2:48, S2:111)."""
        return self.succeeded or self.failed

    @property
    def running(self) -> bool:
        """Not finished."""
        return not self.finished

    @property
    def reason(self) -> str:
        """Why it failed, in words (S2:70-76); empty unless it failed."""
        return STATE_REASONS.get(self.state or 0, "a failure that the document does not list") if self.failed else ""


class PicWish(VendorClient):
    """The scale API behind one API key.

    Every call raises `AuthError`, `InvalidRequest`, `TooLarge`, `RateLimited`, `NotFound` or
    `ServerError` for the statuses of S2:58-65, whether HTTP or the JSON body carries them. Options are
    `ClientOptions`; the read time-out is 40 s by default, because a synchronous create may work for 30 s
    (S2:70), and answers may be 128 MiB long, because they may hold the picture (S2:25).
    """

    __slots__ = ()

    def __init__(
        self, api_key: str, base_url: str = "https://techsz.aoscdn.com", **options: Unpack[ClientOptions]
    ) -> None:
        options.setdefault("timeout", (5.0, 40.0))
        options.setdefault("max_answer_bytes", 128 * MEBIBYTE)
        super().__init__(key_transport("picwish", base_url, "X-API-KEY", api_key, options))

    def create(
        self,
        image: Image,
        *,
        type: str | None = "clean",  # noqa: A002 - the document's word
        scale_factor: int | None = None,
        fix_face_only: int | None = None,
        return_type: int | None = None,
        sync: int | None = None,
    ) -> ScaleTask:
        """Create a task (S2:19-26); None leaves a field out.

        ``image`` is an http or https URL, a path, bytes or a binary file, which is read to its end. With
        ``sync=1`` the answer is final: look at ``failed`` before using it.
        """
        form: dict[str, str] = {
            name: str(value)
            for name, value in (
                ("type", type),
                ("scale_factor", scale_factor),
                ("fix_face_only", fix_face_only),
                ("return_type", return_type),
                ("sync", sync),
            )
            if value is not None
        }
        body: dict[str, Any] = {"data": form}
        if isinstance(image, str) and image.lower().startswith(("http://", "https://")):
            form["image_url"] = image
        else:
            body["files"] = {"image_file": _named_bytes(image)}

        def read(answer: Answer) -> ScaleTask:
            # S2:25: with return_type 3 the body is the picture; no picture format starts with a brace.
            if (
                str(return_type) == str(BINARY)
                and answer.status == HTTPStatus.OK
                and not answer.body.lstrip().startswith(b"{")
            ):
                if not answer.body:
                    raise answer.unexpected("the binary answer is empty")
                return ScaleTask("", 1, return_type=BINARY, content=answer.body)
            return _task(answer, created=True)

        return self._transport.call("scale.create", "POST", PATH, read, once=True, **body)

    def get(self, task_id: str | ScaleTask) -> ScaleTask:
        """Read a task; `NotFound` for an unknown or expired id (S2:62)."""
        return self._get(_id(task_id), None)

    def wait(self, task: str | ScaleTask, *, timeout: float = 60.0, interval: float = 1.0) -> ScaleTask:
        """Read the task every ``interval`` seconds until state is 1 or negative (S2:48, S2:111).

        `TaskFailed` for a negative state, `WaitTimeout` after ``timeout`` seconds (the vendor itself gives up
        after 30 s of processing, S2:70), `UnexpectedResponse` for a state that the document does not list.
        """
        if isinstance(task, ScaleTask) and task.finished:
            done = task
        else:
            task_id = _id(task)
            done = wait_for(
                lambda deadline: self._get(task_id, deadline),
                lambda _: interval,
                lambda last: WaitTimeout("picwish", task_id, last.state, timeout),
                clock=self._transport.clock,
                timeout=timeout,
            )
        if done.state is not None and done.failed:
            raise TaskFailed("picwish", done.task_id, done.state, done.reason)
        return done

    def scale(
        self,
        image: Image,
        *,
        type: str | None = "clean",  # noqa: A002 - the document's word
        scale_factor: int | None = None,
        fix_face_only: int | None = None,
        return_type: int | None = None,
        sync: int | None = None,
        timeout: float = 60.0,
        interval: float = 1.0,
    ) -> ScaleTask:
        """`create` and `wait` in one."""
        task = self.create(
            image,
            type=type,
            scale_factor=scale_factor,
            fix_face_only=fix_face_only,
            return_type=return_type,
            sync=sync,
        )
        return self.wait(task, timeout=timeout, interval=interval)

    def save(self, result: ScaleTask, path: str | os.PathLike[str], **options: Unpack[SaveOptions]) -> Path:
        """Write the picture to ``path``, whether it came as a link, as Base64 or as bytes (S2:25, S2:38).

        Links live for one hour (S2:117): `LinkExpired` afterwards. `ValueError` when there is no picture yet,
        `UnexpectedResponse` when what came is none. Options are `SaveOptions`.
        """
        image, content = result.image or "", result.content
        if content is None:
            if result.return_type != BASE64 and (not image or image.lower().startswith(("http://", "https://"))):
                return self._save_link(result.image, f"picwish task {result.task_id}", path, **options)
            content = _decoded(image)
        return save_content(self._transport, content, path, **options)

    def _get(self, task_id: str, deadline: float | None) -> ScaleTask:
        path = f"{PATH}/{path_segment(task_id, 'task_id')}"
        return self._transport.call("scale.get", "GET", path, _task, until=deadline)


def _id(task: str | ScaleTask) -> str:
    return task.task_id if isinstance(task, ScaleTask) else task


def _named_bytes(image: Image) -> tuple[str, bytes]:
    if isinstance(image, bytes | bytearray):
        return "image", bytes(image)
    if isinstance(image, str | os.PathLike):
        path = Path(image)
        return _sendable(path.name), path.read_bytes()
    if not hasattr(image, "read"):
        msg = f"image must be a link, a path, bytes or a binary file, not {type(image).__name__}"
        raise TypeError(msg)
    name = getattr(image, "name", None)
    return _sendable(Path(name).name) if isinstance(name, str) else "image", image.read()


def _sendable(name: str) -> str:
    """A file's name, with ``?`` for what is no character of UTF-8: Linux allows any bytes in names."""
    return name.encode("utf-8", "replace").decode()


def _task(answer: Answer, *, created: bool = False) -> ScaleTask:
    body = answer.object()
    status = as_int(body.get("status"))
    message = as_text(body.get("message"))
    # S2:58: HTTP, the JSON body, or both carry the refusal.
    if answer.refused or status != HTTPStatus.OK:
        if status is None and not answer.refused:
            raise answer.unexpected("the answer has no integer status")
        kind = status if status is not None and status >= HTTPStatus.BAD_REQUEST else answer.status
        raise answer.refusal(kind, status, message)
    data = as_object(body.get("data"))
    task_id = as_text(data.get("task_id")) if data else None
    if data is None or not task_id:
        raise answer.unexpected("the answer has no data.task_id")
    state = as_int(data.get("state"))
    if state is None and not (created and data.get("state") is None):
        raise answer.unexpected("the answer has no integer data.state")
    if state is not None and state > 0 and state != 1 and state not in RUNNING_STATES:
        raise answer.unexpected(f"data.state {state} is not a documented state")
    image = as_text(data.get("image"))
    kind_sent = data.get("type")
    return ScaleTask(
        task_id=task_id,
        state=state,
        progress=as_int(data.get("progress")),
        image=image.replace("\\u0026", "&") if image else None,
        return_type=as_int(data.get("return_type")),
        type=kind_sent if isinstance(kind_sent, str) else as_int(kind_sent),
        created_at=as_int(data.get("created_at")),
        completed_at=as_int(data.get("completed_at")),
        message=message,
        raw=body,
    )


def _decoded(text: str) -> bytes:
    payload = "".join(text.partition(",")[2].split() if text.startswith("data:") else text.split())
    try:
        content = base64.b64decode(payload + "=" * (-len(payload) % 4), validate=True)
    except (binascii.Error, ValueError):
        content = b""
    if not content:
        msg = "picwish: data.image is neither a link nor Base64; read the task again"
        raise UnexpectedResponse(msg)
    return content
