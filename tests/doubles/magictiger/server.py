"""The operations of Magic Tiger: a request comes in, an answer goes out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from doubles.double import Answer, Request
from doubles.magictiger import account
from doubles.magictiger.account import Stage, Task
from doubles.magictiger.create import Create

_TEXT = {"Content-Type": "text/plain"}


class MagicTiger(Create):
    """An independent Magic Tiger: createtask, gettask, deletetask, results and deliveries."""

    def answer(self, request: Request) -> Answer:
        """Answer one request, whatever it is."""
        self.requests += 1
        if self.has("maintenance") and self.outside.now() < self.opened + 5:
            return Answer(503, b"down for maintenance", {**_TEXT, "Retry-After": "5"})
        if request.path.startswith(("/files/", "/store/")) or request.path == "/download":
            return self.serve(request) if request.method in {"GET", "HEAD"} else Answer(405, b"", _TEXT)
        path = request.path
        if self.has("prefix_too"):
            path = path.removeprefix("/api/v1")
        if self.has("slash_too"):
            path = "/" + path.strip("/")
        operation = {self._path(name): name for name in ("create", "get", "delete")}.get(path)
        if operation is None and self.has("more_operations") and path in {"/listtask", "/getbalance"}:
            operation = path[1:]
        if operation is None:
            return Answer(404, b"not found", _TEXT)
        if request.method != "POST" and not (request.method == "GET" and self.has("get_method_too")):
            return Answer(405, b"method not allowed", {**_TEXT, "Allow": "POST"})
        return self._locked(operation, request) or self._do(operation, self._fields(request))

    def _path(self, operation: str) -> str:
        return f"/{operation}_task" if self.has(f"{operation}_renamed") else f"/{operation}task"

    def _locked(self, operation: str, request: Request) -> Answer | None:
        """The refusal of a request that the account does not allow."""
        token = request.headers.get("token", "")
        if not token and self.has("auth_bearer_too"):
            token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token not in self.credentials and not self.has("auth_open"):
            if self.has("auth_empty"):
                return Answer(401)
            status = self.pick(401, auth_403=403, auth_200=200)
            return self.reply(operation, {}, code=1000401, status=status)
        if self.has("key_expired"):
            return self.reply(operation, {}, code=1000402, status=401)
        if self.has("service_closed"):
            return self.reply(operation, {}, code=1000403, status=403)
        used_up = self.has("rate_used_up") and self.outside.now() < self.opened + 8
        if used_up or (self.has("rate_shared") and self.requests % 3 == 0):
            answer = self.reply(operation, {}, code=1000429, status=429)
            return replace(answer, headers={**answer.headers, "Retry-After": "1"})
        if self.has("create_closed") and operation == "create":
            return self.reply(operation, {}, code=1000423, status=403)
        return None

    def _fields(self, request: Request) -> dict[str, Any] | None:
        """The parameters; None when the body has none."""
        if request.method == "GET":
            return self._numbered(request.arguments())
        if self.has("form_too") and request.content_type.endswith(("form-data", "form-urlencoded")):
            return self._numbered(request.form())
        fields = request.json()
        return fields if isinstance(fields, dict) else None

    @staticmethod
    def _numbered(fields: dict[str, str]) -> dict[str, Any]:
        return {name: int(text) if name == "type" and text.isdecimal() else text for name, text in fields.items()}

    def _do(self, operation: str, fields: dict[str, Any] | None) -> Answer:
        if operation == "create":
            return self.create(fields)
        if operation == "listtask":
            return self.reply(operation, {"tasks": [task.identity for task in self.tasks if not task.deleted]})
        if operation == "getbalance":
            return self.reply(operation, {"balance": len(self.tasks)})
        return self._get(fields) if operation == "get" else self._delete(fields)

    def _malformed(self, operation: str) -> Answer:
        if self.has("no_taskid_malformed"):
            return self.malformed(operation)
        return self.refuse(operation, account.UNKNOWN)

    def _identity(self, fields: dict[str, Any] | None, name: str) -> str | None:
        """The task id that was sent; None when there is none."""
        sent = (fields or {}).get(name)
        if isinstance(sent, int) and self.has("create_taskid_number"):
            return str(sent)
        return sent if isinstance(sent, str) else None

    def _get(self, fields: dict[str, Any] | None) -> Answer:
        name = self.pick("taskid", get_taskid_renamed="id")
        identity = self._identity(fields, name)
        if fields is None or identity is None:
            return self._malformed("get")
        if self.has("get_needs_chtaskid") and not fields.get("chtaskid"):
            return self._malformed("get")
        if self.has("get_type_text_only") and not isinstance(fields.get("type"), str):
            return self._malformed("get")
        task = self._found(identity)
        if task is None or self._forgotten(task):
            return self._unknown(identity)
        if task.deleted and not self.has("deleted_read"):
            code = self.pick(account.DELETED, deleted_code=1002102, get_codes_swapped=account.UNKNOWN)
            return self.refuse("get", code)
        if not self._same_type(task, fields.get("type")):
            return self.refuse("get", self.pick(account.UNKNOWN, type_other_code=1002003))
        if self.has("get_newest"):
            task = self.tasks[-1]
        task.reads += 1
        return self._read(task)

    def _read(self, task: Task) -> Answer:
        stage = self.stage(task)
        if stage is Stage.COMPLETED:
            task.reads_when_done += 1
            if self.has("done_regresses") and task.reads_when_done % 2 == 0:
                stage = Stage.PROCESSING
            if self.has("done_then_fails") and task.reads_when_done > 1:
                stage, task.failure = Stage.FAILED, account.CREATE_FAILED
        facts = self.facts(task, stage)
        if self.has("get_deletes") and stage is Stage.COMPLETED:
            task.deleted = True
        return self.reply("get", facts)

    def _found(self, identity: str) -> Task | None:
        return None if self.has("create_id_unknown") else self.by_identity.get(identity)

    def _forgotten(self, task: Task) -> bool:
        if self.has("get_once") and task.reads_when_done:
            return True
        return self.has("get_forgets") and self.outside.now() >= task.ends + 1

    def _same_type(self, task: Task, kind: object) -> bool:
        if self.has("type_ignored"):
            return True
        if isinstance(kind, bool):
            return False
        if (self.has("type_text_too") or self.has("get_type_text_only")) and isinstance(kind, str):
            return kind == str(task.kind)
        return kind == task.kind

    def _unknown(self, identity: str) -> Answer:
        if self.has("unknown_waits"):
            return self.reply("get", {"taskid": identity, "status": self.number_of(Stage.WAITING), "queuenum": 1})
        code = self.pick(account.UNKNOWN, unknown_code=1002101, unknown_as_deleted=account.DELETED)
        return self.refuse("get", self.pick(code, get_codes_swapped=account.DELETED))

    def _delete(self, fields: dict[str, Any] | None) -> Answer:
        name = self.pick("taskid", delete_taskid_renamed="id")
        identity = self._identity(fields, name)
        if fields is None or identity is None:
            return self._malformed("delete")
        if self.has("delete_needs_type") and "type" not in fields:
            return self._malformed("delete")
        task = self.by_identity.get(identity)
        if task is None:
            if self.has("delete_unknown_done"):
                return self._deleted()
            known = account.DELETED
            code = self.pick(account.UNKNOWN, delete_unknown_as_deleted=known, delete_unknown_code=1002101)
            return self.refuse("delete", code)
        if self.has("delete_refuses"):
            return self.refuse("delete", account.UNKNOWN)
        if task.deleted:
            if self.has("delete_again_done"):
                return self._deleted()
            return self.refuse("delete", self.pick(account.DELETED, delete_again_code=1002102))
        if self.has("delete_newest"):
            task = self.tasks[-1]
        task.deleted = not self.has("delete_nothing")
        return self._deleted()

    def _deleted(self) -> Answer:
        return self.reply("delete", {"success": not self.has("delete_says_false")})
