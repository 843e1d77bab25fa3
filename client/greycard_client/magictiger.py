"""Magic Tiger's enhancement tasks (document 001): create, query, delete, wait, save.

The document names calls and fields but no URLs, methods, request headers or status numbers: POST of JSON to
``/createtask``, ``/gettask`` and ``/deletetask`` with the header ``token`` is assumed, and so is
`TASK_STATUSES`: a number that it does not hold is read by what comes with it. The callback is read in `callbacks`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Unpack

from ._answer import Answer
from ._client import ClientOptions, VendorClient, json_body, key_transport
from ._download import SaveOptions
from ._parse import JsonObject, as_bool, as_int, as_object, as_objects, as_text
from ._polling import wait_for
from .errors import (
    ApiError,
    InsufficientBalance,
    InvalidRequest,
    NotFound,
    TaskFailed,
    TooLarge,
    UnexpectedResponse,
    WaitTimeout,
)

Phase = Literal["running", "succeeded", "failed"]

# assumed: the document refers to a table "Task Status" that it does not hold
TASK_STATUSES: Mapping[int, Phase] = {0: "running", 1: "running", 2: "succeeded", 3: "failed"}

# S1:22-29, S1:75-78, S1:93-96
ERROR_CODES: Mapping[int, type[ApiError]] = {
    1001001: InvalidRequest,
    1001002: InvalidRequest,
    1001003: TooLarge,
    1001004: InvalidRequest,
    1002001: NotFound,
    1002002: NotFound,
    1003002: InsufficientBalance,
}


@dataclass(frozen=True, slots=True)
class EnhancedImage:
    """One entry of ``facelist``: a face, or an output of the colorizing type (S1:59-72). Sides in pixels."""

    inputurl: str | None = field(default=None, repr=False)
    inpathwidth: int | None = None
    inpathsize: int | None = None
    inpathheight: int | None = None
    inpathext: str | None = None
    outpathwidth: int | None = None
    outpathsize: int | None = None
    outpathheight: int | None = None
    outpathext: str | None = None
    outputurl: str | None = field(default=None, repr=False)
    raw: JsonObject = field(default_factory=JsonObject, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class EnhanceTask:
    """One task as one answer or callback shows it (S1:16-20, S1:41-73); what was left out is None.

    ``type`` is the one that was asked for (no answer repeats it), ``phase`` what ``status`` means,
    ``raw`` the JSON as received.
    """

    taskid: str
    status: int
    phase: Phase
    type: int | None = None
    queuenum: int | None = None
    errorcode: int | None = None
    errormsg: str = ""
    image: EnhancedImage = field(default_factory=EnhancedImage, repr=False)
    facenum: int | None = None
    chtaskid: str | None = None
    facelist: tuple[EnhancedImage, ...] = ()
    raw: JsonObject = field(default_factory=JsonObject, repr=False, compare=False)

    @property
    def outputurl(self) -> str | None:
        """The link of the result; None before there is one."""
        return self.image.outputurl or None

    @property
    def succeeded(self) -> bool:
        """The result is ready."""
        return self.phase == "succeeded"

    @property
    def failed(self) -> bool:
        """There will be no result; see ``errorcode`` and ``errormsg``."""
        return self.phase == "failed"

    @property
    def finished(self) -> bool:
        """Succeeded or failed."""
        return self.phase != "running"

    @property
    def running(self) -> bool:
        """Not finished."""
        return self.phase == "running"


@dataclass(frozen=True, slots=True)
class Deletion:
    """The answer of deletetask (S1:86-92)."""

    success: bool
    raw: JsonObject = field(default_factory=JsonObject, repr=False, compare=False)

    @property
    def succeeded(self) -> bool:
        """The task is gone."""
        return self.success

    @property
    def failed(self) -> bool:
        """The task is still there."""
        return not self.success


class MagicTiger(VendorClient):
    """The API behind one token; ``base_url`` is told by the vendor (no document has it).

    Every call raises the class of `ERROR_CODES` for the documented codes; any other non-zero code is an
    `ApiError` of the class that the HTTP status names. Options are `ClientOptions`; ``statuses`` replaces
    `TASK_STATUSES`, and is then all that there is: any other number is an `UnexpectedResponse`.
    """

    __slots__ = ("_statuses",)

    def __init__(
        self,
        token: str,
        base_url: str,
        *,
        statuses: Mapping[int, Phase] = TASK_STATUSES,
        **options: Unpack[ClientOptions],
    ) -> None:
        self._statuses = statuses
        super().__init__(key_transport("magictiger", base_url, "token", token, options))

    def create(self, picurl: str, type: int, chtaskid: str | None = None) -> EnhanceTask:  # noqa: A002
        """Create a task (createtask, S1:2-29); ``chtaskid`` is your own id and is sent as null when None."""
        body = {"picurl": picurl, "type": type, "chtaskid": chtaskid}
        return self._transport.call(
            "createtask",
            "POST",
            "/createtask",
            lambda answer: self._task(answer, type),
            once=True,
            **json_body(body),
        )

    def get(self, taskid: str, type: int) -> EnhanceTask:  # noqa: A002 - the document's word
        """Read a task (gettask, S1:30-78), with the type it was created as; `NotFound` also when deleted."""
        return self._get(taskid, type, None)

    def delete(self, taskid: str) -> Deletion:
        """Delete a task (deletetask, S1:79-96); `NotFound` when there is none or it was deleted before."""

        def read(answer: Answer) -> Deletion:
            envelope, data = _data(answer)
            success = as_bool(data.get("success"))
            if success is None:
                raise answer.unexpected("the answer has no boolean data.success")
            return Deletion(success, envelope)

        # Sent once like a create: a second one would be answered 1002002 although the first succeeded.
        body = json_body({"taskid": taskid})
        return self._transport.call("deletetask", "POST", "/deletetask", read, once=True, **body)

    def wait(
        self,
        task: EnhanceTask | str,
        type: int | None = None,  # noqa: A002 - the document's word
        *,
        timeout: float = 600.0,
        interval: float = 2.0,
    ) -> EnhanceTask:
        """Read the task every ``interval`` seconds until it is finished.

        ``type`` is needed when ``task`` does not know its own. `TaskFailed` with errorcode and errormsg,
        `WaitTimeout` after ``timeout`` seconds, `UnexpectedResponse` for a status that ``statuses`` of the client
        does not hold, and for one that should mean success where the answer has no result.
        """
        known = task if isinstance(task, EnhanceTask) else None
        taskid = known.taskid if known else str(task)
        if known and known.finished and (known.failed or _has_result(known)):
            done = known
        else:
            kind = type if type is not None or known is None else known.type
            if kind is None:
                msg = f"the type of task {taskid} is not known here; pass type= as it was created"
                raise ValueError(msg)
            done = wait_for(
                lambda deadline: self._get(taskid, kind, deadline),
                lambda _: interval,
                lambda last: WaitTimeout("magictiger", taskid, last.status, timeout),
                clock=self._transport.clock,
                timeout=timeout,
            )
        if done.failed:
            code = f"errorcode {done.errorcode}" if done.errorcode else ""
            raise TaskFailed("magictiger", taskid, done.status, ": ".join(filter(None, (code, done.errormsg))))
        if not _has_result(done) and self._statuses is TASK_STATUSES:
            raise UnexpectedResponse(
                f"magictiger task {taskid}: status {done.status} is thought to mean success, but there is no result; "
                "no document gives the numbers: ask the vendor, and pass statuses= to the client"
            )
        return done

    def save(
        self,
        result: EnhanceTask | EnhancedImage | str,
        path: str | os.PathLike[str],
        **options: Unpack[SaveOptions],
    ) -> Path:
        """Download the output of a task or of one ``facelist`` entry, or a link, to ``path``.

        `UnexpectedResponse` when what came is no picture. Options are `SaveOptions`.
        """
        link = result if isinstance(result, str) else result.outputurl
        return self._save_link(link, "this task or face", path, **options)

    def _get(self, taskid: str, type_: int, deadline: float | None) -> EnhanceTask:
        return self._transport.call(
            "gettask",
            "POST",
            "/gettask",
            lambda answer: self._task(answer, type_),
            until=deadline,
            **json_body({"taskid": taskid, "type": type_}),
        )

    def _task(self, answer: Answer, type_: int) -> EnhanceTask:
        envelope, data = _data(answer)
        return task_from(data, type_, envelope, self._statuses, answer.unexpected, answer.clean)


def _data(answer: Answer) -> tuple[JsonObject, JsonObject]:
    envelope = answer.object()
    code = as_int(envelope.get("code"))
    if answer.refused or code:
        kind: int | type[ApiError] = answer.status
        if code and answer.status not in {401, 403, 429}:
            kind = ERROR_CODES.get(code, answer.status)
        raise answer.refusal(kind, code, as_text(envelope.get("msg")))
    if code is None:
        raise answer.unexpected("the answer has no integer code")
    data = as_object(envelope.get("data"))
    if data is None:
        raise answer.unexpected("the answer has no data object")
    return envelope, data


def _image(data: JsonObject) -> EnhancedImage:
    values: dict[str, Any] = {}
    for side in ("in", "out"):
        url, path = f"{side}puturl", f"{side}path"
        values[url] = as_text(data.get(url))
        values[f"{path}ext"] = as_text(data.get(f"{path}ext"))
        for measure in ("width", "size", "height"):
            values[path + measure] = as_int(data.get(path + measure))
    return EnhancedImage(**values, raw=data)


def task_from(
    data: JsonObject,
    type_: int | None,
    raw: JsonObject,
    statuses: Mapping[int, Phase],
    unexpected: Callable[[str], UnexpectedResponse],
    clean: Callable[[str | None], str],
) -> EnhanceTask:
    """The task in ``data``, for answers and callbacks alike (S1:106-142 repeats S1:38-74)."""
    taskid = as_text(data.get("taskid"))
    if not taskid:
        raise unexpected("there is no data.taskid")
    status = as_int(data.get("status"))
    phase = None if status is None else statuses.get(status)
    if status is not None and phase is None and statuses is TASK_STATUSES:
        phase = _phase_by_content(data)
    if status is None or phase is None:
        raise unexpected(f"data.status {data.get('status')!r} is not a known status")
    return EnhanceTask(
        taskid=taskid,
        status=status,
        phase=phase,
        type=type_,
        queuenum=as_int(data.get("queuenum")),
        errorcode=as_int(data.get("errorcode")),
        errormsg=clean(as_text(data.get("errormsg"))),
        image=_image(data),
        facenum=as_int(data.get("facenum")),
        chtaskid=as_text(data.get("chtaskid")),
        facelist=tuple(_image(face) for face in as_objects(data.get("facelist")) or ()),
        raw=raw,
    )


def _phase_by_content(data: JsonObject) -> Phase:
    """What a status means whose number nobody knows: a result is a success (S1:56), an error a failure (S1:45-46)."""
    faces = as_objects(data.get("facelist")) or ()
    if any(as_text(one.get("outputurl")) for one in (data, *faces)):
        return "succeeded"
    return "failed" if as_int(data.get("errorcode")) or as_text(data.get("errormsg")) else "running"


def _has_result(task: EnhanceTask) -> bool:
    return bool(task.outputurl or any(face.outputurl for face in task.facelist))
