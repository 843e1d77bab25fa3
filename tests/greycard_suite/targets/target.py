"""What the suite runs against: a mock in this process, or any server behind a base URL. Test bodies use nothing else.

`Target` sends requests as the documents say, and has its judge judge every answer of a known form.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from greycard_schemas.auth import scheme_of, signed
from greycard_schemas.examples.requests import addressed, base_request
from greycard_schemas.wrong_keys import wrong_keys
from greycard_suite.judge import preconditions, read_answer, refusals
from greycard_suite.judge.answers import Judge
from greycard_suite.judge.picture_samples import good_size
from greycard_suite.judge.refused_good import judge_refused_good, name_group
from greycard_suite.judge.task import Task, summary
from greycard_suite.lifetime.lost_task import has_twin, judge_lost, judge_never_ended
from greycard_suite.targets.as_accepted import as_accepted
from greycard_suite.targets.download import download
from greycard_suite.targets.receiver import mark_in, mark_of
from greycard_suite.targets.request_form import placed, waits_for_result
from greycard_suite.targets.retries import answered
from greycard_suite.targets.waits import Waits
from greycard_suite.targets.wire import KeyRefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from greycard_schemas.loader import Operation, Vendor
    from greycard_schemas.wrong_keys import WrongKey
    from greycard_suite.call import Call
    from greycard_suite.clock import Clock
    from greycard_suite.evidence.recording import Record
    from greycard_suite.judge.refusals import Forbidden
    from greycard_suite.judge.verdicts import Verdicts
    from greycard_suite.targets.images import Images
    from greycard_suite.targets.receiver import Receiver
    from greycard_suite.targets.wire import Signer, Wire

UNKNOWN_TASK = "6a4eab77-0000-4000-8000-3048042a34ef"
"""An id that no task has."""
READS = 3
"""How often a task that exists is asked for before an answer that is none counts."""


@dataclass(repr=False)
class Target:
    """One vendor, reachable: `judge` judges the answers, `capabilities` say what can be done beside calls.

    Capabilities: links (own pictures behind links), bad_links, redirects, receiver (deliveries arrive),
    virtual_time, scenarios, worlds (a fresh account per test). `recorded` gives the answers where they are on record.
    """

    kind: str
    judge: Judge
    base_url: str
    wire: Wire
    clock: Clock
    images: Images
    capabilities: frozenset[str]
    credentials: Mapping[str, str]
    receiver: Receiver | None = None
    control: Any = None
    patience: float = 60.0
    poll_seconds: float = 0.5
    cleanup: list[Task] = field(default_factory=list)
    doubted: list[tuple[Forbidden, Task]] = field(default_factory=list)
    waits: Waits = field(default_factory=Waits)
    recorded: Record | None = None
    again: Callable[[], Call] = field(init=False)
    """Makes the last request of `send` once more."""
    _marks: int = 0

    def __repr__(self) -> str:
        """Short: pytest shows the arguments of a test that fails, and a target holds all calls of its test."""
        return f"<target {self.kind} {self.vendor.name} at {self.base_url}>"

    @property
    def vendor(self) -> Vendor:
        """The contract that judges."""
        return self.judge.vendor

    @property
    def verdicts(self) -> Verdicts:
        """What takes the findings."""
        return self.judge.verdicts

    def headers(self, credential: str = "valid") -> dict[str, str]:
        """The credential headers that are the same in every request: valid, or one of `wrong_keys` by name."""
        if credential == "valid":
            auth = self.vendor.data["auth"]
            return scheme_of(auth).fixed(auth, tuple(self.credentials.values()))
        return dict(self.wrong_keys[credential].headers)

    @property
    def wrong_keys(self) -> dict[str, WrongKey]:
        """The credentials that must not be let in, by name; of a recording those that it has."""
        found = wrong_keys(self.vendor.data["auth"], tuple(self.credentials.values()))
        return found if self.recorded is None else self.recorded.tried(found)

    def _secrets(self, credential: str) -> tuple[str, ...]:
        secrets = tuple(self.credentials.values())
        return secrets if credential == "valid" else scheme_of(self.vendor.data["auth"]).wrong(secrets)

    def signer(self, credential: str = "valid") -> Signer | None:
        """What signs a request before it is sent; None where nothing is signed."""
        auth = self.vendor.data["auth"]
        if credential == "missing" or not scheme_of(auth).signs:
            return None
        return lambda request: signed(auth, self._secrets(credential), request, self.clock.now())

    def send(
        self,
        operation: Operation,
        values: Any = None,
        *,
        files: Mapping[str, tuple[str, bytes]] | None = None,
        credential: str = "valid",
        encoding: str | None = None,
        paced: bool = True,
        credits: int = 0,  # noqa: A002 - the vendors' word
    ) -> Call:
        """Call one operation with these values; path parameters are taken from them."""
        if operation.kind == "create" and credential == "valid":
            accepted = preconditions.form_of(self.judge, operation)
            values, files = as_accepted(accepted, operation, self.images, values, files)
            if isinstance(values, dict):
                encoding = encoding or accepted.encoding or None
        path, body = placed(operation.path, values)
        form = encoding if encoding is not None else (operation.encodings[0] if operation.encodings else "")
        headers = {**operation.request_headers, **self.headers(credential)}
        if credential != "valid" and (query := self.wrong_keys[credential].query):
            path = f"{path}?{urlencode(query)}"
        url, fields = self.base_url + path, body if form else None

        def sent(cost: int = 0) -> Call:
            return self.wire.send(
                operation.name, operation.method, url, headers=headers, credential=credential, credits=cost,
                sign=self.signer(credential), fields=fields, encoding=form, files=files, paced=paced,
                once=operation.kind == "create",
            )  # fmt: skip

        call = sent(credits)
        if credential == "valid" and not self._is_let_in(operation, call) and self.kind == "live":
            msg = f"{self.vendor.title} refuses the key (HTTP {call.status}); check the key in the environment"
            raise KeyRefusedError(msg)
        self.again = lambda: sent(credits)
        hopeless = preconditions.form_of(self.judge, operation).refused  # then waiting for it helps nobody
        if hopeless or not paced:
            return call
        waits = self.waits if self.kind == "live" else None
        return answered(self.judge, self.wire, self.clock, waits, call, sent, credits)

    def _is_let_in(self, operation: Operation, call: Call) -> bool:
        """Whether the key gets in anywhere: where one operation refuses it, another is asked, once per run."""
        known = self.verdicts.key_gets_in
        if not preconditions.refuses_key(self.judge, call):
            known["in"] = known.get("in", False) or (call.status < 500 and call.status != 429)
            return True
        if "in" not in known:
            others = [one for one in self.vendor.operations.values() if one.kind in ("read", "delete")]
            known["in"] = False
            for other in (one for one in others if one.name != operation.name):
                values = {**base_request(other), other.contract["task"]["parameter"]: UNKNOWN_TASK}
                known["in"] = not preconditions.refuses_key(self.judge, self.send(other, values))
                if known["in"]:
                    break
        return known["in"]

    def request(self, operation: Operation, picture: str | None = None, **values: Any) -> dict[str, Any]:
        """A valid request for a create operation with a good picture, changed by `values`; for files see `upload`."""
        pictures = operation.contract.get("pictures", {})
        found = base_request(operation)
        form = preconditions.form_of(self.judge, operation)
        link = picture or (self.images.link(*self.good_size(operation), "jpg") if self.needs_link(operation) else "")
        mark = self._next_mark()
        found = addressed(found, link, self.receiver.address(mark) if self.receiver else "https://example.com/greycard")
        if "mask" in pictures and pictures["mask"] in found:
            found[pictures["mask"]] = self._mask(operation, form.mask)
        if "list" in pictures and picture is not None:
            found[pictures["list"]] = [picture]
        if "file" in pictures:
            found.pop(pictures["link"], None)
            if link:
                found[pictures["link"]] = link
        return {**form.applied({**self.own_ids(operation, mark), **found}), **values}

    def _mask(self, operation: Operation, how: str) -> str:
        """A mask as large as the picture, given in one of the ways of `accepted_form.MASKS`."""
        size = self.good_size(operation)
        content = base64.b64encode(self.images.bytes(*size, "png")).decode()
        given = {"data URI": f"data:image/png;base64,{content}", "Base64": content}
        return given.get(how) or self.images.link(*size, "png")

    def _next_mark(self) -> str:
        """What tells the next request's deliveries from others."""
        self._marks += 1
        return mark_of(self.verdicts.test, self._marks)

    def own_ids(self, operation: Operation, mark: str) -> dict[str, str]:
        """Optional fields that the vendor gives back as they were sent."""
        read = self.vendor.operations[operation.contract["read"]]
        names = {
            meaning for _, _, meaning in read_answer.meanings(read, read.contract["responses"]["succeeded"]["schema"])
        }
        known = operation.fields
        return {name: mark for name in known if f"request.{name}" in names}

    def needs_link(self, operation: Operation) -> bool:
        """Whether pictures can only be given as links, by the document or because nothing else is accepted."""
        pictures = operation.contract.get("pictures", {})
        return bool(pictures) and ("file" not in pictures or preconditions.form_of(self.judge, operation).by_link)

    def upload(self, operation: Operation, content: bytes, name: str = "picture.jpg") -> dict[str, tuple[str, bytes]]:
        """The file part of a create request."""
        return {operation.contract["pictures"]["file"]: (name, content)}

    def good_size(self, operation: Operation) -> tuple[int, int]:
        """The sides of a small picture within every documented limit."""
        return good_size(operation)

    def delivery_address(self) -> str | None:
        """Where this target's deliveries shall go."""
        return self.receiver.url if self.receiver else None

    def create(
        self,
        operation: Operation,
        *,
        picture: str | bytes | None = None,
        name: str = "picture.jpg",
        deliveries_fail: int = 0,
        about: Sequence[str] = (),
        **values: Any,
    ) -> Task | None:
        """Create one task with a good picture (or this one); None when the answer is no acceptance. Costs a credit.

        The first `deliveries_fail` deliveries of the task are answered as failed. `about` are the statements that a
        refusal puts in question, beside those of `values` and `picture`.
        Where nothing is accepted, or the account is in no condition to, nothing is judged and what blocks is noted.
        """
        if not preconditions.is_usable(self.judge, operation):
            return None
        files = None
        if self.needs_link(operation) and isinstance(picture, bytes):
            picture = self.images.link_to(picture) or None
        request = self.request(operation, picture if isinstance(picture, str) else None, **values)
        if not self.needs_link(operation) and not isinstance(picture, str):
            files = self.upload(operation, picture or self.images.bytes(*self.good_size(operation), "jpg"), name)
        if self.receiver is not None:
            self.receiver.expect(mark_in(request), fails=deliveries_fail)
        call = self.send(operation, request, files=files, credits=1)
        task = self.follow(operation, call, request)
        if task is None and not preconditions.is_blocked(self.judge, operation, call):
            plain = preconditions.form_of(self.judge, operation).is_plain  # else it is known what has changed
            if plain and read_answer.answer_to(operation, call) == "refused" and (values or picture is not None):
                judge_refused_good(self.judge, operation, call, values, about, picture=picture is not None)
            preconditions.hinder(self.judge, operation, f"{operation.name} was not accepted: {summary(call)}")
        return task

    def follow(self, operation: Operation, call: Call, values: dict[str, Any]) -> Task | None:
        """Take a create answer: judge it, and return the task; None when it was not accepted."""
        answer = read_answer.answer_to(operation, call)
        # answered like a read, and judged where that is asked for
        waits = waits_for_result(operation, call.fields if isinstance(call.fields, dict) else values)
        task_id = read_answer.task_id_of(operation, call)
        if not waits and answer != "refused" and 200 <= call.status < 300:
            self.judge.answer(operation, "accepted", call)
            if task_id is None:
                preconditions.note_bad_id(self.judge, operation, call)
        if answer != "accepted" or task_id is None:
            return None
        if has_twin(self.judge, task_id, call, self.cleanup):
            return None
        if self.receiver is not None:
            self.receiver.name(mark_in(values), task_id)
        task = Task(operation, call, task_id, values)
        self.cleanup.append(task)
        return task

    def read(self, task: Task) -> Call:
        """Ask for a task once, judge the answer, note the phase."""
        operation = self.vendor.operations[task.operation.contract["read"]]
        values: dict[str, Any] = {operation.contract["task"]["parameter"]: task.task_id}
        if task.forbidden:  # what its own request lacked or had wrong is no fault of the read
            values = {**base_request(operation), **values}
        for name in operation.fields:
            if name not in values and name in task.values:
                values[name] = task.values[name]
        call = self.send(operation, values)
        task.reads.append(call)
        for _ in range(READS - 1):
            if read_answer.answer_to(operation, call) == "accepted":
                break
            self.clock.sleep(self.poll_seconds)  # a vendor may stumble once
            call = self.send(operation, values)
            task.reads.append(call)
        self.judge.read(operation, task, call)
        if task.phase == "lost" and not task.forbidden:
            judge_lost(self.judge, operation, call)
        return call

    def finish(self, *created: Task | None) -> list[Task]:
        """Poll these tasks until each has ended or patience is over; returns those that were created.

        Tasks may wait for one another at the vendor: patience begins anew with each one that ends, in any test.
        """
        tasks = [one for one in created if one is not None]
        began, before = self.clock.now(), len(tasks)
        names = {one.operation.name for one in tasks}
        seconds = self.waits.seconds(names, self.patience)
        while True:
            running = [one for one in tasks if one.phase == "running"]
            if len(running) < before:
                self.waits.last_end, before = self.clock.now(), len(running)
            waited = self.clock.now() - max(began, self.waits.last_end)
            if not running or waited > seconds:
                for text in self.waits.note(names, {one.operation.name for one in running}, waited, self.patience):
                    self.verdicts.notice(text)
                for one in tasks:
                    self.judge.resolve(one)
                    if one.phase == "running" and waited >= seconds and not one.forbidden:
                        judge_never_ended(self.judge, one, waited)
                return tasks
            self.clock.sleep(self.poll_seconds)
            for one in running:
                self.read(one)

    def download(self, url: str) -> tuple[int, bytes]:
        """HTTP status and bytes of a result link, fetched without a credential; status 0 when nothing answers."""
        return download(self.wire, url)

    def expect_refused(self, claim: str, operation: Operation, call: Call, error: str, *, expected: str) -> None:
        """Judge a request that must be refused at once, in the situation of which the statement `claim` speaks."""
        situation = refusals.at_statement(operation, claim, error)
        rule = refusals.forbidden(self.judge, claim, situation, expected)
        if refusals.judge_refused(self.judge, rule, call) == "accepted":
            refusals.note(self.judge, rule, call, holds=False)

    def refuse(self, rule: Forbidden, call: Call, values: Any) -> None:
        """Judge a request that a document forbids; one that was accepted is judged by its end, see `settle`."""
        operation = rule.situation.operation
        answer, again = refusals.judge_refused(self.judge, rule, call), self.again
        if answer == "doubtful":
            if self.still_accepts(operation):
                call = again() if call.status == 429 or call.status >= 500 else call
                answer = refusals.judge_refused(self.judge, rule, call, sure=True)
            else:
                refusals.is_condition(self.judge, call, but_for=rule.situation.error)
        if answer != "accepted":
            return
        sent = values if isinstance(values, dict) else {}
        task = self.follow(operation, call, sent) if operation.kind == "create" else None
        if task is None:
            refusals.note(self.judge, rule, call, holds=False)
            return
        task.expects, task.forbidden = "failed", True
        self.doubted.append((rule, task))

    def still_accepts(self, operation: Operation) -> bool:
        """Whether a plain request is accepted right after a refusal that spoke of the account; costs a credit."""
        return operation.kind == "create" and self.create(operation) is not None

    def settle(self) -> None:
        """Follow what was accepted although it should not have been to its end, and judge that."""
        doubted, self.doubted = self.doubted, []
        self.finish(*(task for _, task in doubted))
        for rule, task in doubted:
            refusals.judge_end(self.judge, rule, task)

    def expect_accepted(
        self, claim: str, operation: Operation, call: Call, values: dict[str, Any], *, expected: str
    ) -> Task | None:
        """Judge a request that a document allows: that it is accepted, but for conditions of the account."""
        answer = read_answer.answer_to(operation, call)
        if answer != "accepted":
            if preconditions.is_blocked(self.judge, operation, call):
                return None
            if not preconditions.is_usable(self.judge, operation):
                return None
        reads_as_success = answer == "unclear" and 200 <= call.status < 300  # what it lacks is judged by its schema
        if not reads_as_success and self.verdicts.has(claim):
            self.verdicts.judge(claim, answer == "accepted", expected=expected, seen=summary(call), call=call)
        return self.follow(operation, call, values) if operation.kind == "create" else None

    def expect_ended_well(self, claim: str, task: Task, *, expected: str) -> None:
        """Judge an accepted request that a document allows: that its task failed breaks `claim`, or what ends say."""
        read = self.vendor.operations[task.operation.contract["read"]]
        failed = task.phase == "failed" and not read_answer.result_links(read, task.last)
        if failed and self.verdicts.has(claim) and preconditions.is_usable(self.judge, task.operation):
            name_group(self.judge, [claim, *read_answer.result_claims(read)], task.last, expected=expected)
