"""The double itself: who is let in, which path does what, and the results behind links."""

from __future__ import annotations

import copy
import re
import uuid
from typing import TYPE_CHECKING, Any, ClassVar

from doubles.double import Answer, Double
from doubles.wondershare.changes import CHANGES
from doubles.wondershare.common import PRODUCTS, Product, RefusedError, pick
from doubles.wondershare.door import let_in, stop_at_the_door, stop_for_account
from doubles.wondershare.orders import Order, read_order
from doubles.wondershare.personalities import ADDITIONS, CONDITIONS, PERSONALITIES
from doubles.wondershare.pictures import blank, look, render
from doubles.wondershare.shapes import SHAPES
from doubles.wondershare.tasks import (
    DONE,
    RENUMBERED,
    RUNNING,
    Task,
    entries,
    fault,
    outcome,
    schedule,
    unfinished_list,
    wait_time,
)
from doubles.wondershare.wire import send, send_refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from doubles.double import Change, Condition, Outside, Personality, Request


class Wondershare(Double):
    """Two products behind one door: a batch is created, its result is read, links lead to the pictures."""

    host: ClassVar[str] = "wsai-api.wondershare.com"
    credentials: ClassVar[tuple[str, ...]] = ("ak-5d27c0e19b", "sk-b1946ac92492d2347c")

    personalities: ClassVar[Mapping[str, Personality]] = PERSONALITIES
    conditions: ClassVar[Mapping[str, Condition]] = CONDITIONS
    changes: ClassVar[Mapping[str, Change]] = {name: shape.change for name, shape in SHAPES.items()} | CHANGES

    def __init__(
        self, outside: Outside, traits: tuple[str, ...] = (), *, callback_url: str = "", base: str = ""
    ) -> None:
        super().__init__(outside, traits, callback_url=callback_url, base=base)
        self._tasks: dict[str, Task] = {}
        self._links = 0
        self._first_request: float | None = None

    def answer(self, request: Request) -> Answer:
        """Answer one request, whatever it is."""
        if request.path.startswith("/results/"):
            return self._file(request)
        now = self.outside.now()
        if self._first_request is None:
            self._first_request = now
        try:
            stop_at_the_door(self.has, now - self._first_request)
            return self._route(request)
        except RefusedError as refused:
            return send_refusal(refused, self.has)

    def _route(self, request: Request) -> Answer:
        has = self.has
        path = request.path.rstrip("/") if has("trailing_slash_ignored") else request.path
        version = "v4" if has("paths_v4") else "v3"
        names = {"fsrtwo": "fsr8" if has("fsrtwo_path_renamed") else "fsrtwo"}
        names["rw"] = "eraser" if has("rw_path_renamed") else "rw"
        create = pick(has, {"create_path_renamed": "create"}, "batch")
        read = pick(has, {"read_path_renamed": "task"}, "result")
        for product in PRODUCTS.values():
            root = f"/{version}/pic/{names[product.name]}"
            if path == f"{root}/{create}":
                self._method(request, pick(has, {"create_method_put": "PUT"}, "POST"))
                let_in(request, self.credentials, has, reading=False)
                return self._create(request, product)
            if has("read_id_in_query") and path == f"{root}/{read}":
                let_in(request, self.credentials, has, reading=True)
                return self._read(request.arguments().get("task_id", ""), product)
            found = re.fullmatch(f"{root}/{read}/([^/]+)", path)
            if found and not has("read_id_in_query"):
                self._method(request, pick(has, {"read_method_post": "POST"}, "GET"))
                let_in(request, self.credentials, has, reading=True)
                self._content_type_of_read(request)
                return self._read(found[1], product)
        message = "there is nothing here"
        raise RefusedError("path", message)

    def _method(self, request: Request, needed: str) -> None:
        if request.method != needed:
            message = f"{needed} is needed"
            raise RefusedError("method", message)

    def _content_type_of_read(self, request: Request) -> None:
        wrong = self.has("read_wants_content_type") and request.content_type != "application/json"
        if wrong or (self.has("read_refuses_content_type") and request.content_type):
            message = "the Content-Type does not fit"
            raise RefusedError("parameter", message)

    def _create(self, request: Request, product: Product) -> Answer:
        has, now = self.has, self.outside.now()
        going_on = sum(task.state(now) != DONE for task in self._tasks.values())
        stop_for_account(has, product, len(self._tasks), going_on)
        failure = ""
        order: Order | None = None
        try:
            order = read_order(self.outside, request, product, has)
        except RefusedError as refused:
            if not has("refused_later") or request.json() is None:
                raise
            failure = refused.message
        number = len(self._tasks)
        starts, ends = schedule(number, order, now, has)
        task = Task(number, self._new_id(number, product), product, order, now, starts, ends, failure)
        if not has("pictures_fetched_late"):
            self._look(task)
        if has("pictures_checked_at_create") and (bad := [one for one in task.pictures or () if one.reason]):
            raise RefusedError("parameter", f"{bad[0].link}: {bad[0].reason}")
        self._tasks[task.id] = task
        payload = self._envelope({"task_id": task.id})
        if has("create_empty"):
            return Answer(200, b"", {"Content-Type": "application/json"})
        if has("create_id_shared"):
            payload["data"]["task_id"] = next(iter(self._tasks))
        seconds = task.ends - now if has("create_waits") else 0.0
        return self._told("create", payload, 201 if has("create_201") else 200, seconds)

    def _new_id(self, number: int, product: Product) -> str:
        plain = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.outside.now()}/{product.name}/{number}"))
        ids = {
            "create_id_number": str(7_340_001 + number),
            "id_digits": str(918_273_645_546_372_000 + number),
            "id_long": "-".join([plain] * 4),
            "id_prefixed": f"{product.name}-{plain}",
            "id_short": f"t{number}",
            "id_symbols": f"{plain[:8]}_.~{number}",
        }
        return pick(self.has, ids, plain)

    def _look(self, task: Task) -> None:
        """Fetch the pictures of a task, once."""
        if task.pictures is None:
            links = task.order.links if task.order else ()
            task.pictures = [look(self.outside, link, task.product, self.has) for link in links]

    def _read(self, task_id: str, product: Product) -> Answer:
        has, now = self.has, self.outside.now()
        task = self._tasks.get(task_id)
        if has("read_ignores_id") and self._tasks:
            task = list(self._tasks.values())[-1]
        if task is None or not (task.product is product or has("any_path_reads") or has("read_ignores_id")):
            message = "there is no such task"
            raise RefusedError("unknown", message)
        state = task.state(now)
        if state == DONE and has("finished_forgotten"):
            message = "there is no such task"
            raise RefusedError("unknown", message)
        if state != DONE and has("unfinished_refused"):
            message = "the task still goes on"
            raise RefusedError("parameter", message)
        if now >= task.starts:
            self._look(task)
        payload = self._envelope(self._state_of(task, state))
        return self._told("read", payload, 202 if state != DONE and has("unfinished_202") else 200)

    def _state_of(self, task: Task, state: str) -> dict[str, Any]:
        has, now = self.has, self.outside.now()
        told: dict[str, Any] = {"status": state, "wait_time": wait_time(task, now, has)}
        if state == DONE:
            told["status"] = outcome(task, has)
            told["list"] = entries(task, self._link, has)
            task.reads_when_done += 1
            later = task.reads_when_done % 2 == 0
            if told["status"] != DONE:
                if has("failed_never_ends"):
                    told |= {"status": RUNNING, "list": []}
                if has("failed_bare"):
                    told = {"status": told["status"]}
                if has("failed_list_empty"):
                    told["list"] = []
                if has("failed_reason_above"):
                    told["reason"] = "the task has failed"
            elif later:
                told["status"] = pick(has, {"done_falls_back": RUNNING, "done_then_failed": "4"}, DONE)
                if has("list_gone_later"):
                    told["list"] = []
        elif has("unfinished_bare"):
            told = {"status": state}
        elif not has("list_absent_before"):
            finished = entries(task, self._link, has) if has("list_grows") else []
            told["list"] = unfinished_list(task, now, finished, has)
        told["status"] = pick(has, RENUMBERED, {}).get(told["status"], told["status"])
        return told

    def _envelope(self, data: dict[str, Any]) -> dict[str, Any]:
        texts = {
            "msg_success": "success",
            "msg_chinese": "成功",
            "json_raw": "成功",
            "msg_long": "The request was accepted. " * 40,
        }
        code: float = 0.0 if self.has("code_fraction") else 0
        return {"code": code, "msg": pick(self.has, texts, ""), "data": data}

    def _told(self, operation: str, payload: dict[str, Any], status: int, seconds: float = 0.0) -> Answer:
        """Send a success after what the traits do to its form."""
        for name, (operations, addition) in ADDITIONS.items():
            if name in self.traits and operation in operations:
                addition(payload)
        payload = copy.deepcopy(payload)
        for name, shape in SHAPES.items():
            if name in self.traits and shape.operation == operation:
                shape.step(payload)
        return send(payload, self.has, status, seconds)

    def _link(self, task: Task, index: int) -> str:
        has = self.has
        self._links += 1
        kind = task.order.extension if task.order and task.order.extension else "png"
        name = str(index) if has("link_bare") else f"{index}.{kind}"
        if has("link_coded_name"):
            name = f"{index}/%E7%BB%93%E6%9E%9C%20{name}"
        parts = {"link_changing": f"?n={self._links}"}
        parts["link_signed"] = f"?Expires={int(self.outside.now()) + 86400}&Signature=a%2Bb%3D{task.number}"
        parts["link_expires"] = f"?until={int(self.outside.now()) + 600}"
        parts["link_redirects"] = "?go=1"
        return f"{self.base or 'https://' + self.host}/results/{task.number}/{name}{pick(has, parts, '')}"

    def _file(self, request: Request) -> Answer:
        """One result behind its link."""
        has, now = self.has, self.outside.now()
        found = re.match(r"/results/(\d+)/(\d+)", request.path)
        task = next((one for one in self._tasks.values() if found and one.number == int(found[1])), None)
        if found is None or task is None or request.method not in {"GET", "HEAD"}:
            return Answer(404, b"not found", {"Content-Type": "text/plain"})
        index, count = int(found[2]), len(task.pictures or ())
        if (
            index >= count
            or fault(task, index, has)
            or has("file_missing")
            or (has("file_late") and now < task.ends + 60)
        ):
            return Answer(404, b"not found", {"Content-Type": "text/plain"})
        last_gone = has("last_file_missing") and count > 1 and index == count - 1
        if has("file_forbidden") or last_gone or now > float(request.arguments().get("until", "inf")):
            return Answer(403, b"forbidden", {"Content-Type": "text/plain"})
        if has("file_is_page"):
            return Answer(200, b"<html><body>Your picture is ready</body></html>", {"Content-Type": "text/html"})
        if request.arguments().get("go") == "1":
            return Answer(302, b"", {"Location": f"{self.base or 'https://' + self.host}{request.path}"})
        body, media = self._made(task, index)
        body = body[: len(body) // 3] if has("file_cut") else body
        media = "application/octet-stream" if has("link_octets") else media
        return Answer(200, b"" if request.method == "HEAD" else body, {"Content-Type": media})

    def _made(self, task: Task, index: int) -> tuple[bytes, str]:
        """The result of one picture, made when it is first asked for."""
        if index not in task.files and task.order:
            pictures = task.pictures or []
            shown = pictures[index].image or blank((300, 300))
            mask = task.order.mask
            if self.has("file_of_first"):
                shown = pictures[0].image or shown
            if self.has("file_of_neighbour"):
                shown = pictures[(index + 1) % len(pictures)].image or shown
            earlier = [one for one in self._tasks.values() if one.number < task.number and one.pictures]
            if self.has("file_of_earlier_task") and earlier:
                shown = (earlier[-1].pictures or pictures)[0].image or shown
            task.files[index] = render(shown, mask, task.order.extension, task.product, self.has)
        return task.files[index]
