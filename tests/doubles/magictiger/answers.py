"""What is told about a task, and how answers are written."""

from __future__ import annotations

import base64
import json
from typing import Any

from doubles.double import Answer
from doubles.magictiger import account
from doubles.magictiger.account import Stage, Task
from doubles.magictiger.edits import EDITS, FIELDS
from doubles.magictiger.files import Files, Part
from doubles.magictiger.pictures import Picture

_MESSAGES = {
    0: ("ok", "成功"),
    account.CREATE_FAILED: ("the task could not be created", "创建任务失败"),
    account.BAD_LINK: ("picurl is not valid", "图片链接无效"),
    account.TOO_LARGE: ("the picture is outside the limits", "图片过大"),
    account.BAD_TYPE: ("this type of file is not served", "文件类型不支持"),
    account.UNKNOWN: ("there is no such task", "任务不存在"),
    account.DELETED: ("the task was deleted", "任务已删除"),
    account.NO_BALANCE: ("the balance is used up", "余额不足"),
}

_OUTPUT = ("outpathwidth", "outpathsize", "outpathheight", "outpathext", "outputurl")
_NO_OUTPUT = tuple(name for name in FIELDS if name not in _OUTPUT)
_NO_INPUT = tuple(name for name in FIELDS if name != "inputurl" and not name.startswith("inpath"))


class Answers(Files):
    """Builds the documents of answers and deliveries."""

    def message(self, code: int) -> str:
        """The text that goes with a code."""
        english, chinese = _MESSAGES.get(code, ("refused", "请求被拒绝"))
        if code and self.has("msg_refusal_empty"):
            return ""
        return self.pick(
            english if code else "",
            msg_chinese=chinese,
            raw_unicode=chinese,
            msg_long=f'The service says: "{english}".\r\n' + "Write to the people who look after it.\t" * 12,
            msg_success=english if code else "success",
        )

    def facts(self, task: Task, stage: Stage) -> dict[str, Any]:
        """Data of gettask and of deliveries: the listed fields."""
        done = stage is Stage.COMPLETED
        facts: dict[str, Any] = dict.fromkeys(FIELDS)
        facts.update(taskid=task.identity, status=self.number_of(stage), queuenum=self.place(task, stage))
        facts.update(errorcode=0, errormsg="", chtaskid=task.private, facenum=0, facelist=[])
        if stage is Stage.FAILED:
            facts["errorcode"] = self.pick(task.failure, failed_own_code=2003)
            facts["errormsg"] = self.message(task.failure) or "failed"
        facts.update(self._input(task, task.picture))
        facts.update(dict.fromkeys(_OUTPUT, 0), outpathext="", outputurl="")
        if done and task.picture is not None:
            facts.update(self._output(task, task.picture, self.output(task.picture)))
            facts["facelist"] = self._faces(task, task.picture)
            facts["facenum"] = len(facts["facelist"])
        self._shape(facts, task, stage)
        if done:
            self._spoil(facts, task)
        self._spoil_identity(facts)
        return facts

    def _input(self, task: Task, picture: Picture | None) -> dict[str, Any]:
        if picture is None:
            return {"inputurl": task.link, "inpathwidth": 0, "inpathsize": 0, "inpathheight": 0, "inpathext": ""}
        copy = self.link(task, Part("input", None), picture.extension)
        return {
            "inputurl": self.pick(task.link, input_copy=copy),
            "inpathwidth": picture.width,
            "inpathsize": self._size(picture.size),
            "inpathheight": picture.height,
            "inpathext": self._extension(picture.extension),
        }

    def _output(self, task: Task, picture: Picture, part: Part) -> dict[str, Any]:
        made = self.file(picture, part)
        return {
            "outpathwidth": made.width,
            "outpathsize": self._size(len(made.data)),
            "outpathheight": self.pick(made.height, height_tells_width=made.width),
            "outpathext": self._extension(made.extension),
            "outputurl": self.link(task, part, made.extension),
        }

    def _faces(self, task: Task, picture: Picture) -> list[dict[str, Any]]:
        faces = []
        for number, (source, result) in enumerate(self.entries(task, picture)):
            face = self._input(task, picture)
            if source.recipe is not None:
                made = self.file(picture, source)
                face["inputurl"] = self.link(task, source, made.extension)
                face.update(inpathwidth=made.width, inpathsize=self._size(len(made.data)))
                face.update(inpathheight=made.height, inpathext=self._extension(made.extension))
            face.update(self._output(task, picture, result))
            if self.has("extra_faces"):
                face.update(index=number, score=0.98, box=[0, 0, face["inpathwidth"], face["inpathheight"]])
            if self.has("face_width_wrong"):
                face["outpathwidth"] += 10
            if self.has("face_ext_wrong"):
                face["outpathext"] = "gif"
            faces.append(face)
        return faces

    def _size(self, length: int) -> int:
        return self.pick(length, size_kilobytes=-(-length // 1024))

    def _extension(self, extension: str) -> str:
        jpeg = "jpeg" if extension == "jpg" else extension
        return self.pick(extension, ext_jpeg=jpeg, ext_dotted=f".{extension}", ext_upper=extension.upper())

    def _shape(self, facts: dict[str, Any], task: Task, stage: Stage) -> None:
        """Give what is not known, or was not sent, the form of a personality; add fields."""
        if stage is not Stage.COMPLETED:
            for name in _OUTPUT:
                facts[name] = self.pick(facts[name], early_null=None)
            if self.has("early_minus_one"):
                facts.update(outpathwidth=-1, outpathsize=-1, outpathheight=-1)
            if self.has("early_faces_null"):
                facts.update(facenum=None, facelist=None)
            keep = self.pick(FIELDS, early_absent=_NO_OUTPUT, early_input_absent=_NO_INPUT)
            if stage is Stage.FAILED:
                keep = self.pick(keep, failed_bare=("taskid", "status", "errorcode", "errormsg"))
            else:
                keep = self.pick(keep, early_bare=("taskid", "status", "queuenum"))
            for name in set(FIELDS) - set(keep):
                del facts[name]
        if task.private is None and "chtaskid" in facts:
            facts["chtaskid"] = self.pick(None, chtaskid_empty="", chtaskid_own=f"auto-{task.key[:8]}")
            if self.has("chtaskid_absent"):
                del facts["chtaskid"]
        if self.has("type_in_answers"):
            facts["type"] = task.kind
        self._extend(facts, task)

    def _extend(self, facts: dict[str, Any], task: Task) -> None:
        if self.has("extra_fields"):
            facts.update(createtime=int(task.created), cost=1, model="enhance-v3", watermark=None, tags=["double"])

    def _spoil(self, facts: dict[str, Any], task: Task) -> None:
        """Tell something else of a completed task than what is so."""
        spoiled: dict[str, tuple[str, Any]] = {
            "inputurl_output": ("inputurl", facts["outputurl"]),
            "input_width_wrong": ("inpathwidth", facts["inpathwidth"] * 3),
            "input_height_wrong": ("inpathheight", 7),
            "input_ext_wrong": ("inpathext", "gif"),
            "output_width_wrong": ("outpathwidth", facts["outpathwidth"] + 10),
            "output_height_wrong": ("outpathheight", 7),
            "output_ext_wrong": ("outpathext", "gif"),
            "output_link_relative": ("outputurl", facts["outputurl"].removeprefix(self.base).lstrip("/")),
            "output_link_input": ("outputurl", task.link),
            "output_link_empty": ("outputurl", ""),
            "facenum_more": ("facenum", facts["facenum"] + 1),
            "faces_empty": ("facelist", []),
            "faces_missing_one": ("facelist", facts["facelist"][:-1]),
        }
        for trait, (name, value) in spoiled.items():
            if self.has(trait):
                facts[name] = value
        if self.has("input_sides_swapped"):
            facts["inpathwidth"], facts["inpathheight"] = facts["inpathheight"], facts["inpathwidth"]

    def _spoil_identity(self, facts: dict[str, Any]) -> None:
        if facts.get("chtaskid") and self.has("chtaskid_other"):
            facts["chtaskid"] = f"{facts['chtaskid'][::-1]}-0"
        if "chtaskid" in facts and self.has("chtaskid_lost"):
            facts["chtaskid"] = None

    def edited(self, operation: str, document: dict[str, Any]) -> dict[str, Any]:
        """The document with the changes of single fields that are on."""
        for trait in self.traits & EDITS.keys():
            if EDITS[trait].operation == operation:
                EDITS[trait].apply(document)
        return document

    def encoded(self, document: Any) -> bytes:
        """The JSON of an answer."""
        if self.has("keys_reversed"):
            document = _reversed(document)
        indent = 4 if self.has("pretty") else None
        text = json.dumps(document, ensure_ascii=not self.has("raw_unicode"), indent=indent)
        return (f"\n\n{text}\r\n" if self.has("padded") else text).encode()

    def reply(self, operation: str, data: Any, *, code: int = 0, status: int = 200, seconds: float = 0.0) -> Answer:
        """An answer of an operation, in the envelope."""
        document: dict[str, Any] = {"code": code, "msg": self.message(code), "data": data}
        if data is None and self.has("refused_data_absent"):
            del document["data"]
        if self.has("extra_envelope"):
            document.update(requestid=f"r{self.requests:08d}", timestamp=int(self.outside.now()), success=not code)
        body = self.encoded(self.edited(operation, document))
        headers = self.headers()
        if operation == "create" and self.has("create_encrypted"):
            body, headers["Content-Type"] = base64.b64encode(bytes(byte ^ 0x5A for byte in body)), "text/plain"
        if self.has("headers_lower"):
            headers = {name.lower(): value for name, value in headers.items()}
        return Answer(status, body, headers, seconds)

    def refuse(self, operation: str, code: int) -> Answer:
        """A refusal, with the code for it."""
        blank = {"taskid": "", "status": 0, "queuenum": 0} if operation == "create" else {}
        data: Any = self.pick(
            {}, refused_data_null=None, refused_data_absent=None, refused_data_list=[], refused_data_blank=blank
        )
        missing = 404 if code in {account.UNKNOWN, account.DELETED} else 422
        status = self.pick(200, refused_400=400, refused_404=missing)
        plain = {"create": "refusal_plain", "get": "get_refusal_plain"}.get(operation)
        if plain and self.has(plain):
            return Answer(500, b"Internal Server Error", {"Content-Type": "text/plain"})
        if operation == "create" and self.has("refusal_code_zero"):
            answer = self.reply(operation, data)
            document = json.loads(answer.body) | {"msg": self.message(code)}
            return Answer(status, self.encoded(document), answer.headers)
        return self.reply(operation, data, code=code, status=status)

    def headers(self) -> dict[str, str]:
        """The headers of an answer with JSON."""
        media = self.pick(
            "application/json",
            type_charset="application/json;charset=UTF-8",
            type_plain="text/plain",
            type_html="text/html; charset=utf-8",
        )
        headers = {} if self.has("type_missing") else {"Content-Type": media}
        if self.has("headers_many"):
            headers |= {"Set-Cookie": "route=a1b2c3; Path=/; HttpOnly", "X-Request-Id": f"{self.requests:012d}"}
            headers |= {"Cache-Control": "no-store", "Server": "openresty"}
        return headers


def _reversed(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _reversed(value[name]) for name in reversed(value)}
    return [_reversed(one) for one in value] if isinstance(value, list) else value
