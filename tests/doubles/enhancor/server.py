"""The double of Enhancor: two operations, the files of results, deliveries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from doubles.double import Answer, Double
from doubles.enhancor import deliveries, plans, shapes
from doubles.enhancor.changes import CHANGES
from doubles.enhancor.common import COMPLETED, FAILED, IN_PROGRESS, IN_QUEUE, Facts, Order, Source, Task, pick, some
from doubles.enhancor.limits import Limits
from doubles.enhancor.orders import read_order
from doubles.enhancor.personalities import CONDITIONS, PERSONALITIES
from doubles.enhancor.pictures import read, read_link
from doubles.enhancor.results import Results
from doubles.enhancor.wire import refuse, say

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import ClassVar

    from doubles.double import Change, Condition, Outside, Personality, Request

_REDIRECTS = (301, 302, 303, 307, 308)


class Enhancor(Double):
    """The portrait upscaler: a picture is queued by its address, the result goes to the client's address."""

    host: ClassVar[str] = "apireq.enhancor.ai"
    credentials: ClassVar[tuple[str, ...]] = ("enhancor-double-key-7d21c9",)
    personalities: ClassVar[Mapping[str, Personality]] = PERSONALITIES
    conditions: ClassVar[Mapping[str, Condition]] = CONDITIONS
    changes: ClassVar[Mapping[str, Change]] = CHANGES

    def __init__(
        self, outside: Outside, traits: tuple[str, ...] = (), *, callback_url: str = "", base: str = ""
    ) -> None:
        super().__init__(outside, traits, callback_url=callback_url, base=base)
        self._limits = Limits(self.has)
        self._results = Results(self.has, base or f"https://{self.host}")
        self._tasks: dict[str, Task] = {}
        self._queued = 0
        self._latest: Task | None = None

    def answer(self, request: Request) -> Answer:
        """Answer one request, whatever it is."""
        now = self.outside.now()
        file = self._results.answer(request, now)
        if file is not None:
            return file
        operation, argument = self._operation(request.path)
        refused = self._limits.before_everything(now) or self._gate(request, operation, now)
        if refused is not None:
            return refused
        if operation == "credits":
            return say(self.has, {"credits": 98210.5})
        body = self._body(request, operation)
        if isinstance(body, str):
            return refuse(self.has, body)
        return self._queue(body) if operation == "queue" else self._status(body, argument or request.arguments())

    def _gate(self, request: Request, operation: str, now: float) -> Answer | None:
        """Refuse what has no such path, method, key or rate."""
        if not operation:
            return refuse(self.has, "route")
        if request.method not in self._methods(operation):
            return refuse(self.has, pick(self.has, {"wrong_method_as_404": "route"}, "method"))
        if not self._key_fits(request, operation):
            return refuse(self.has, "key")
        return self._limits.of_account(operation, now)

    def _operation(self, path: str) -> tuple[str, dict[str, str]]:
        """Which operation a path means, and an id that stands in it."""
        start = pick(
            self.has, {"base_renamed": "/api/upscaler/v2", "base_shortened": "/upscaler/v1"}, "/api/upscaler/v1"
        )
        if self.has("more_paths") and path.startswith("/api/image-upscaler/v1/"):
            path = path.replace("/image-upscaler/", "/upscaler/")
        if not path.startswith(f"{start}/"):
            return "", {}
        rest = path.removeprefix(f"{start}/")
        if self.has("slash_tolerated"):
            rest = rest.rstrip("/")
        queue = pick(self.has, {"queue_path_renamed": "enqueue", "queue_path_plural": "queues"}, "queue")
        status = pick(self.has, {"status_path_renamed": "check"}, "status")
        if rest == queue:
            return "queue", {}
        if self.has("status_id_in_path"):
            return ("status", {"request_id": rest[7:]}) if rest.startswith("status/") else ("", {})
        if rest == status:
            return "status", {}
        return ("credits", {}) if rest == "credits" and self.has("more_paths") else ("", {})

    def _methods(self, operation: str) -> tuple[str, ...]:
        """The methods that this operation takes."""
        if operation == "credits":
            return ("GET",)
        if operation == "queue":
            return pick(self.has, {"queue_by_put": ("PUT",)}, ("POST",))
        return pick(
            self.has,
            {"status_by_get": ("GET",), "status_by_put": ("PUT",), "status_get_also": ("POST", "GET")},
            ("POST",),
        )

    def _key_fits(self, request: Request, operation: str) -> bool:
        """Whether the key that came lets this operation be used."""
        has = self.has
        name = pick(has, {"key_in_authorization": "authorization", "key_header_renamed": "x-enhancor-key"}, "x-api-key")
        sent = request.headers.get(name, "").strip()
        if has("key_in_authorization"):
            sent = sent.removeprefix("Bearer ")
        if has("key_in_query"):
            sent = request.arguments().get("api_key", "")
        if has("second_header_needed") and "x-api-secret" not in request.headers:
            return False
        if has("key_refused_on_status") and operation == "status":
            return False
        let_in = {
            "key_unchecked": True,
            "key_unchecked_on_queue": operation == "queue",
            "key_unchecked_on_status": operation == "status",
            "missing_key_accepted": sent == "",
            "wrong_key_accepted": sent != "",
            "wrong_key_accepted_on_status": sent != "" and operation == "status",
        }
        return sent in self.credentials or any(has(trait) and met for trait, met in let_in.items())

    def _body(self, request: Request, operation: str) -> dict[str, Any] | str:
        """The fields of the body, or the kind of refusal it deserves."""
        has, kind = self.has, request.content_type
        forms = has(f"{operation}_wants_form")
        if some(has, "content_type_strict") and kind != "application/json":
            return "type"
        if (forms and kind == "application/json") or (
            has("queue_wants_charset")
            and operation == "queue"
            and "charset" not in request.headers.get("content-type", "")
        ):
            return "type"
        if operation == "status" and some(has, "status_get_also", "status_by_get", "status_id_in_path"):
            return request.json() if isinstance(request.json(), dict) else {}
        fields = request.form() if forms else request.json()
        if has("queue_wants_list") and operation == "queue":
            fields = fields[0] if isinstance(fields, list) and fields else None
        return fields if isinstance(fields, dict) else "body"

    def _queue(self, body: dict[str, Any]) -> Answer:
        """Queue a picture."""
        now, has = self.outside.now(), self.has
        order = read_order(has, body)
        if order.wrong and not has("bad_fails_later"):
            return refuse(has, order.wrong)
        blocked = self._limits.of_queue(self._queued, sum(task.end > now for task in self._tasks.values()))
        if blocked is not None:
            return blocked
        source = None if has("fetched_late") or order.wrong else self._source(order)
        if source is not None and self._refused_at_once(source):
            return refuse(has, "picture")
        self._queued += 1
        number = self._queued
        plan = tuple((now + moment, state) for moment, state in plans.stages(has, order.mode, number))
        task = Task(plans.new_id(has, number), plans.new_token(number), number, order, now, plan)
        self._tasks[task.id] = self._latest = task
        self._results.add(task)
        if order.wrong or source is not None:
            self._settle(task, source or Source(problem="picture"))
        else:
            self.later(max(now, task.end - 0.5), lambda: self._prepare(task))
        for moment in deliveries.moments(has, task):
            self.later(moment, lambda: self._deliver(task, 0))
        if has("webhook_pinged"):
            self.later(now, lambda: self._ping(task))
        if has("webhook_looked_at"):
            self.outside.fetch(order.webhook)
        waited = say(
            has,
            shapes.queue_body(has, self._facts(task, plan[0][1])),
            pick(has, {"queue_as_201": 201, "queue_as_202": 202}, 200),
        )
        return Answer(waited.status, waited.body, waited.headers, 2.5) if has("queue_waits") else waited

    def _refused_at_once(self, source: Source) -> bool:
        """Whether the queue request itself is refused for this picture."""
        if source.problem == "broken":
            return self.has("broken_refused_at_once")
        return source.problem == "picture" and not self.has("unreachable_fails_later")

    def _status(self, body: dict[str, Any], arguments: dict[str, str]) -> Answer:
        """Tell the state of a request."""
        has = self.has
        name = pick(
            has, {"status_wants_camel_case": "requestId", "status_wants_id": "id", "status_wants_list": "ids"}, ""
        )
        sent = body.get(name or "request_id", arguments.get("request_id"))
        if has("id_alias") and sent is None:
            sent = body.get("requestId")
        if has("status_wants_list"):
            sent = sent[0] if isinstance(sent, list) and sent else None
        if isinstance(sent, int) and not isinstance(sent, bool):
            sent = str(sent)
        if not isinstance(sent, str) or not sent:
            return refuse(has, "request_id")
        task = self._tasks.get(sent)
        if has("status_of_latest"):
            task = self._latest
        if task is None:
            if has("unknown_told_completed"):
                return say(has, {"requestId": sent, "status": COMPLETED, "cost": 480})
            return refuse(has, "unknown")
        if task.source is None and self.outside.now() >= task.end - 0.5:
            self._prepare(task)
        state = plans.state_at(has, task, self.outside.now())
        task.reads += 1
        if some(has, "read_once") and task.reads > 1:
            return refuse(has, "unknown")
        if (has("forgotten_when_done") and state in (COMPLETED, FAILED)) or (
            has("unknown_until_done") and state not in (COMPLETED, FAILED)
        ):
            return refuse(has, "unknown")
        if (has("progress_read_fails") and state == IN_PROGRESS) or (
            has("reading_fails_in_queue") and state == IN_QUEUE
        ):
            return refuse(has, "internal")
        return say(has, shapes.status_body(has, self._facts(task, state)))

    def _facts(self, task: Task, state: str) -> Facts:
        """What is true of a request now."""
        return Facts(task, state, self._results.link(task, task.reads))

    def _source(self, order: Order) -> Source:
        """Fetch and read the picture of a client."""
        if order.without_picture:
            return Source()
        if not order.img_url.startswith(("http://", "https://")):
            return read(self.has, read_link(order.img_url))
        found = self._fetch(order.img_url)
        source = read(self.has, found.body) if found.status == 200 else Source(problem="picture")
        hidden = {
            "failed_told_completed": bool(source.problem),
            "broken_told_completed": source.problem == "broken",
            "unreachable_told_completed": found.status != 200,
            "no_picture_told_completed": found.status == 200 and source.problem == "picture",
        }
        return Source() if any(self.has(trait) and met for trait, met in hidden.items()) else source

    def _fetch(self, address: str) -> Answer:
        """Get what is behind an address, over a few redirects."""
        if self.has("picture_asked_twice"):
            self.outside.fetch(address)
        found = self.outside.fetch(address)
        for _ in range(0 if self.has("redirects_not_followed") else 3):
            place = next((text for name, text in found.headers.items() if name.lower() == "location"), "")
            if found.status not in _REDIRECTS or not place:
                break
            address = urljoin(address, place)
            found = self.outside.fetch(address)
        return found

    def _prepare(self, task: Task) -> None:
        """Fetch the picture of a request that was queued without a look at it."""
        if task.source is None:
            self._settle(task, self._source(task.order))

    def _settle(self, task: Task, source: Source) -> None:
        """Keep the picture, and know whether the request will fail."""
        task.source = source
        task.reason = source.problem or ("no reason" if plans.fails_by_change(self.has, task) else "")

    def _deliver(self, task: Task, attempt: int) -> None:
        """Send the result to the client's address; try again later when nobody takes it."""
        has = self.has
        self._prepare(task)
        state = FAILED if task.reason else COMPLETED
        if deliveries.is_dropped(has, task, state):
            return
        body = shapes.webhook_body(has, self._facts(task, state))
        headers, content = deliveries.encoded(has, body)
        taken = self.outside.post(deliveries.target(has, task.order.webhook), headers, content)
        pauses = deliveries.pauses(has)
        if not 200 <= taken.status < 300 and attempt < len(pauses):
            self.later(self.outside.now() + pauses[attempt], lambda: self._deliver(task, attempt + 1))

    def _ping(self, task: Task) -> None:
        """Knock at the client's address."""
        self.outside.post(task.order.webhook, {"Content-Type": "application/json"}, b'{"event": "ping"}')
