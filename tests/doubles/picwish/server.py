"""The routes: creating tasks, reading them, and the way from a request to its answer."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, ClassVar

from doubles.double import Answer, Double
from doubles.picwish import store, wire
from doubles.picwish.changes import CHANGES
from doubles.picwish.conditions import CONDITIONS
from doubles.picwish.edits import CREATED, DONE, FAILED, RUNNING
from doubles.picwish.examination import INVALID, examine
from doubles.picwish.forms import Order, RefusalError, read_order
from doubles.picwish.personalities import PERSONALITIES
from doubles.picwish.rate import Limiter
from doubles.picwish.tasks import Task, identity_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from doubles.double import Change, Condition, Outside, Personality, Request

_CREATE = "/api/tasks/visual/scale"
_LONGEST_WAIT = 60.0


class PicWish(Double):
    """PicWish's scaling service: one create, one read, files behind signed links."""

    host: ClassVar[str] = "picwish.double"
    credentials: ClassVar[tuple[str, ...]] = ("wxdouble7f3kq2picwish",)
    personalities: ClassVar[Mapping[str, Personality]] = PERSONALITIES
    conditions: ClassVar[Mapping[str, Condition]] = CONDITIONS
    changes: ClassVar[Mapping[str, Change]] = CHANGES

    def __init__(
        self, outside: Outside, traits: tuple[str, ...] = (), *, callback_url: str = "", base: str = ""
    ) -> None:
        super().__init__(outside, traits, callback_url=callback_url, base=base)
        self._tasks: dict[str, Task] = {}
        self._created = 0
        self._limiter = Limiter(self.has)
        self._store = store.Store((base or f"http://{self.host}").rstrip("/"), self.has)
        self._started: float | None = None

    def answer(self, request: Request) -> Answer:
        """Answer one request, whatever it is."""
        now = self.outside.now()
        if self._started is None:
            self._started = now
        if request.path.startswith(store.PREFIX) and request.method in ("GET", "HEAD"):
            return wire.dress(self._store.download(request, now), self.has)
        try:
            answer = self._route(request, now)
        except RefusalError as refusal:
            answer = wire.refuse(refusal, self.has)
        return wire.dress(answer, self.has)

    def _route(self, request: Request, now: float) -> Answer:
        path = request.path
        if not self.has("strict_paths"):
            path = "/" + path.strip("/")
        action, identity = "other", ""
        if path == _CREATE and request.method == "POST":
            action = "create"
        elif path.startswith(_CREATE + "/") and request.method == "GET":
            action, identity = "read", path.removeprefix(_CREATE + "/")
        self._closed(now)
        if self.has("key_checked_last"):
            if action == "create":
                read_order(request, self.has)
            elif action == "read":
                self._find(identity, now)
        self._authorize(request, action)
        if not self._limiter.admits(now, action):
            code = self._code(429, rate_answers_503=503, rate_answers_400=400)
            raise RefusalError(code, "too many requests")
        if action == "create":
            return self._create(request, now)
        if action == "read":
            return self._read(identity, now)
        return self._elsewhere(request, path)

    def _code(self, usual: int, **others: int) -> int:
        """The code of a refusal, unless a trait has another one."""
        return next((code for trait, code in others.items() if self.has(trait)), usual)

    def _closed(self, now: float) -> None:
        running = now - (now if self._started is None else self._started)
        if self.has("maintenance") and running < 20:
            raise RefusalError(503, "down for maintenance")
        if self.has("server_errors") and running < 10:
            raise RefusalError(500, "internal error")

    def _authorize(self, request: Request, action: str) -> None:
        has = self.has
        given = request.headers.get("x-token" if has("key_header_renamed") else "x-api-key", "")
        if not given and has("key_elsewhere"):
            bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
            given = request.arguments().get("api_key", bearer)
        if (action == "create" and has("key_unchecked_at_create")) or (
            action == "read" and has("key_unchecked_at_read")
        ):
            return
        known = given in self.credentials or (given != "" and has("any_key_accepted"))
        known = known or (given == "" and has("missing_key_accepted"))
        if not known or has("key_expired") or (action == "read" and has("key_refused_at_read")):
            raise RefusalError(self._code(401, key_refusal_403=403, key_refusal_500=500), "the key is not valid")

    def _elsewhere(self, request: Request, path: str) -> Answer:
        has = self.has
        if has("new_endpoints") and path == "/api/customers/package-credits":
            return wire.write(200, {"status": 200, "message": "success", "data": {"credits": 512}}, CREATED, has)
        if has("wrong_method_405") and path.startswith(_CREATE):
            raise RefusalError(405, f"{request.method} is not possible here")
        if has("unknown_address_200"):
            return wire.write(200, {"status": 200, "message": "success", "data": {}}, CREATED, has)
        raise RefusalError(self._code(404, unknown_address_400=400), "no such address")

    def _create(self, request: Request, now: float) -> Answer:
        has = self.has
        order = read_order(request, has)
        if has("service_not_opened"):
            raise RefusalError(401, "the service is not opened for this account")
        if has("no_balance"):
            raise RefusalError(402, "no credits are left")
        if has("balance_for_two") and self._created >= 2:
            raise RefusalError(401, "the package is used up")
        number = self._created
        task = Task(number, identity_of(number, has), order, now)
        waits = order.synchronous and not has("sync_ignored")
        if has("fetch_late") and order.content is None and not waits:
            self.later(now + 0.6, lambda: self._examine_late(task))
        else:
            examine(task, self.outside, has)
        self._created += 1
        self._tasks[task.identity] = task
        if order.callback:
            for delay in (0.5, 2.0):
                self.later(task.created + min(task.seconds, 30) + delay, lambda: self._call_back(task, order))
        status = 201 if has("created_answers_201") else 200
        if waits:
            return self._wait(task, now, status)
        if has("created_whole"):
            body, kind = self._describe(task, now)
            return wire.write(status, {**body, "status": status}, kind, has)
        data: dict[str, Any] = {"task_id": task.identity}
        if has("created_with_state"):
            data["state"] = task.at(now)[0]
        return wire.write(status, {"status": status, "message": "success", "data": data}, CREATED, has)

    def _examine_late(self, task: Task) -> None:
        try:
            examine(task, self.outside, self.has)
        except RefusalError:
            task.ending, task.seconds = INVALID, 0.8

    def _wait(self, task: Task, now: float, status: int) -> Answer:
        if self.has("sync_answers_too_early"):
            body, kind = self._describe(task, now)
            return wire.write(status, {**body, "status": status}, kind, self.has)
        seconds = min(task.seconds, _LONGEST_WAIT)
        body, kind = self._describe(task, now + seconds)
        if kind == DONE and task.order.return_type == 3 and not self.has("binary_told_as_json"):
            file = self._store.file(task)
            content, media = file.body, file.headers["Content-Type"]
            if self.has("binary_as_base64_text"):
                content, media = base64.b64encode(content), "text/plain"
            if self.has("binary_octet_stream"):
                media = "application/octet-stream"
            return Answer(status, content, {"Content-Type": media}, seconds)
        return wire.write(status, {**body, "status": status}, kind, self.has, seconds)

    def _find(self, identity: str, now: float) -> Task:
        has = self.has
        task = self._tasks.get(identity)
        if task is not None and has("task_forgotten") and now > task.completed + 3600:
            task = None
        if task is None and has("unknown_task_gives_latest") and self._tasks:
            task = list(self._tasks.values())[-1]
        if task is None:
            raise RefusalError(self._code(404, unknown_task_400=400, unknown_task_500=500), "no such task")
        return task

    def _read(self, identity: str, now: float) -> Answer:
        if identity not in self._tasks and self.has("unknown_task_queued"):
            data = {"task_id": identity, "state": 0, "progress": 0}
            return wire.write(200, {"status": 200, "message": "success", "data": data}, RUNNING, self.has)
        task = self._find(identity, now)
        task.reads += 1
        body, kind = self._describe(task, now)
        return wire.write(200, body, kind, self.has)

    def _describe(self, task: Task, moment: float) -> tuple[dict[str, Any], str]:
        """The body that tells of this task at this time, and which kind of answer it is."""
        has = self.has
        state, progress = task.at(moment)
        if state == 1 or state < 0:
            state, progress = self._late(task, state, progress)
            task.ends_told += 1
        elif has("done_before_result"):
            state, progress = 1, 100
        ended = moment >= task.completed - 1e-9 and (state == 1 or state < 0)
        kind = RUNNING if not ended else DONE if state == 1 else FAILED
        order = task.order
        data: dict[str, Any] = {"task_id": task.identity}
        if has("task_id_differs"):
            data["task_id"] = identity_of(5000 + task.number * 50 + task.reads, has)
        if kind == DONE and not (has("image_vanishes") and task.ends_told > 1):
            data["image"] = self._image(task, moment)
        data |= {"return_type": order.return_type, "type": order.kind, "progress": progress, "state": state}
        data["created_at"] = int(moment if has("created_at_changes") else task.created)
        if ended:
            data["completed_at"] = int(moment if has("completed_at_changes") else task.completed)
        if has("extra_data_fields"):
            sides = {"image_width": task.width * task.factor, "image_height": task.height * task.factor}
            data |= {**sides, "state_detail": "Complete", "processed_at": int(task.created), "time_elapsed": 637.83}
        return {"status": 200, "message": wire.MESSAGES.get(state, "success"), "data": data}, kind

    def _late(self, task: Task, state: int, progress: int) -> tuple[int, int]:
        """What the changes tell of a task whose end was told before."""
        has = self.has
        if has("end_told_then_processing") and task.ends_told > 0:
            return 4, 60
        if has("done_told_then_failed") and task.ends_told > 0 and state == 1:
            return -1, 0
        if has("failed_told_then_done") and task.ends_told > 0 and state < 0:
            return 1, 100
        return state, progress

    def _image(self, task: Task, moment: float) -> str:
        has = self.has
        if task.ending != 1:
            return ""
        encoded = task.order.return_type == 2 and not has("base64_told_as_link")
        if not encoded and not (task.order.return_type == 1 and has("link_told_as_base64")):
            return self._store.link(task, moment)
        content = self._store.file(task).body
        if has("base64_told_as_hex"):
            return content.hex()
        if has("base64_in_lines"):
            return base64.encodebytes(content).decode()
        return base64.b64encode(content).decode()

    def _call_back(self, task: Task, order: Order) -> None:
        body, _ = self._describe(task, max(self.outside.now(), task.created))
        self.outside.post(order.callback, {"Content-Type": "application/json"}, Answer.of(body).body)
