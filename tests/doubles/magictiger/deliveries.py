"""Tells the customer's own address when a task has ended, and tries again when that was not received."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from urllib.parse import urlencode, urlsplit

from doubles.double import Answer
from doubles.magictiger.account import Stage, Task
from doubles.magictiger.answers import Answers


class Deliveries(Answers):
    """Deliveries of ended tasks: the first try and up to three more."""

    def deliverable(self, url: object) -> str:
        """The address when it is an absolute http or https URL; else nothing, and nothing is delivered."""
        if not isinstance(url, str):
            return ""
        try:
            parts = urlsplit(url)
        except ValueError:
            return ""
        return url if parts.scheme in {"http", "https"} and parts.netloc else ""

    def plan_delivery(self, task: Task) -> None:
        """Have a new task told when it ends."""
        if not task.deliver_to or self.has("callback_missing"):
            return
        if self.has("callback_half") and task.number % 2 == 0:
            return
        if self.has("callback_early"):
            self.later(task.created + 0.1, lambda: self._deliver(task, 1))
        elif task.over:
            delay = 3.0 if self.has("callback_late") else 0.0
            self.later(task.ends + delay, lambda: self._deliver(task, 1))

    def _deliver(self, task: Task, attempt: int) -> None:
        if task.deleted and not self.has("callback_deleted_too"):
            return
        if self.stage(task) is Stage.FAILED and self.has("callback_completed_only"):
            return
        body = self._body(task)
        url = task.deliver_to
        if self.has("callback_elsewhere"):
            address, mark, query = url.partition("?")
            url = f"{address.rstrip('/')}/notify{mark}{query}"
        received = self._received(self.outside.post(url, self._headers(task, body, attempt), body))
        if self.has("callback_repeats"):
            received = attempt > 2
        if not received and attempt < self.pick(4, callback_three=3, callback_once=1, callback_ten=10):
            wait = self.pick(float(min(4, 2 ** (attempt - 1))), callback_slow=5.0, callback_fast=0.2)
            self.later(self.outside.now() + wait, lambda: self._deliver(task, attempt + 1))

    def _body(self, task: Task) -> bytes:
        stage = Stage.PROCESSING if self.has("callback_early") else self.stage(task)
        data: dict[str, Any] = self.facts(task, stage)
        if stage is Stage.COMPLETED:
            told = self.pick(stage, callback_says_failed=Stage.FAILED, callback_says_running=Stage.PROCESSING)
            data["status"] = self.number_of(told)
        if self.has("callback_other_task"):
            data["taskid"] = data["taskid"][::-1]
        if self.has("callback_empty"):
            return b""
        if self.has("callback_form"):
            return urlencode(data).encode()
        if self.has("callback_bare"):
            return self.encoded(data)
        return self.encoded(self.edited("callback", {"code": 0, "msg": self.message(0), "data": data}))

    def _headers(self, task: Task, body: bytes, attempt: int) -> dict[str, str]:
        token = self.credentials[0]
        secret = token.encode()
        signed = self.pick(
            body + secret,
            callback_md5_token_first=secret + body,
            callback_md5_body=body,
            callback_md5_task=task.identity.encode() + secret,
        )
        digest = hashlib.md5(signed, usedforsecurity=False).hexdigest()
        sha256 = hashlib.sha256(signed).hexdigest()
        media = self.pick(
            "application/json", callback_form="application/x-www-form-urlencoded", callback_type_plain="text/plain"
        )
        token = self.pick(token, callback_token_other=f"mt-{digest[:20]}", callback_token_masked=f"{token[:4]}********")
        text = self.pick(digest, callback_md5_upper=digest.upper(), callback_md5_sha256=sha256, callback_md5_empty="")
        headers = {"Content-Type": media}
        if not self.has("callback_token_missing"):
            headers["token"] = token
        if not self.has("callback_md5_missing"):
            headers[self.pick("md5", callback_md5_renamed="signature")] = text
        if self.has("callback_headers_many"):
            headers.update({"User-Agent": "callback/1.0", "X-Attempt": str(attempt), "X-Delivery": task.key})
        if self.has("callback_headers_title"):
            headers = {name.title(): value for name, value in headers.items()}
        return headers

    def _received(self, answer: Answer) -> bool:
        if self.has("callback_any_2xx"):
            return 200 <= answer.status < 300
        if answer.status != 200:
            return False
        try:
            document = json.loads(answer.body)
        except ValueError:
            return False
        if not isinstance(document, dict):
            return False
        if self.has("callback_code_counts") or self.has("callback_other_ack"):
            return bool(document.get("code") == self.pick(0, callback_other_ack=200))
        data = document.get("data")
        return isinstance(data, dict) and data.get("success") is True
