"""Changes of one field of one answer: dropped, renamed, of another type. Each knows its line and how to do it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from doubles.double import Change

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FIELDS = (
    "taskid", "status", "queuenum", "errorcode", "errormsg", "inputurl", "inpathwidth", "inpathsize", "inpathheight",
    "inpathext", "outpathwidth", "outpathsize", "outpathheight", "outpathext", "outputurl", "facenum", "chtaskid",
    "facelist",
)  # fmt: skip
FACE_FIELDS = FIELDS[5:15]
"""The fields of gettask and of deliveries in their order, and those of one face."""


def _told(envelope: int) -> dict[str, int]:
    """The line of each field of an answer of gettask or a delivery whose code stands in line `envelope`."""
    lines = {"code": envelope, "msg": envelope + 1, "data": envelope + 2}
    lines |= {f"data.{field}": envelope + 3 + index for index, field in enumerate(FIELDS)}
    return lines | {f"data.facelist.*.{field}": envelope + 22 + index for index, field in enumerate(FACE_FIELDS)}


LINES: dict[str, dict[str, int]] = {
    "create": {"code": 14, "msg": 15, "data": 16, "data.taskid": 17, "data.status": 18, "data.queuenum": 19},
    "get": _told(39),
    "delete": {"code": 87, "msg": 88, "data": 89, "data.success": 90},
    "callback": _told(108),
}

_NAMES = {
    "create": "The answer of createtask",
    "get": "The answer of gettask",
    "delete": "The answer of deletetask",
    "callback": "A delivery",
}


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of one field: where it is and what is done to it."""

    operation: str
    path: str
    kind: str

    @property
    def change(self) -> Change:
        """The row of the table of changes."""
        field = self.path.rpartition(".")[2]
        where = " for each face" if "*" in self.path else ""
        known = LINES[self.operation]
        lines = [known[self.path]]
        if self.kind in {"dropped", "renamed", "null", "listed", "keyed"}:
            lines += [line for path, line in known.items() if path.startswith(f"{self.path}.")]
        if self.path in {"data", "data.facelist"} and "data.facelist" in known:
            lines.append(known["data.facelist"] + 13)
        if self.path == "code" and self.kind != "200":
            lines += {"create": range(25, 30), "get": (77, 78), "delete": (95, 96)}.get(self.operation, ())
        sentence = f"{_NAMES[self.operation]} {_KINDS[self.kind][0].format(field)}{where}."
        return Change(sentence, tuple(f"S1:{line}" for line in lines))

    def apply(self, document: dict[str, Any]) -> None:
        """Do it to an answer; nothing happens where the answer does not hold the field."""
        *parents, name = self.path.split(".")
        for holder in _holders(document, parents):
            if name in holder:
                _KINDS[self.kind][1](holder, name)


def _holders(value: Any, parents: list[str]) -> Iterator[dict[str, Any]]:
    if not parents:
        if isinstance(value, dict):
            yield value
    elif parents[0] == "*":
        for one in value if isinstance(value, list) else ():
            yield from _holders(one, parents[1:])
    elif isinstance(value, dict):
        yield from _holders(value.get(parents[0]), parents[1:])


_KINDS: dict[str, tuple[str, Callable[[dict[str, Any], str], object]]] = {
    "dropped": ("no longer holds {}", lambda holder, name: holder.pop(name)),
    "renamed": ("calls {} by another name", lambda holder, name: holder.update({f"the_{name}": holder.pop(name)})),
    "text": ("tells {} as a string", lambda holder, name: holder.update({name: str(holder[name]).lower()})),
    "number": ("tells {} as a number", lambda holder, name: holder.update({name: _numbered(holder[name])})),
    "null": ("tells {} as null", lambda holder, name: holder.update({name: None})),
    "listed": ("tells {} as an array around it", lambda holder, name: holder.update({name: [holder[name]]})),
    "keyed": ("tells {} as an object around it", lambda holder, name: holder.update({name: {"list": holder[name]}})),
    "200": ("tells success by {} 200", lambda holder, name: holder.update({name: holder[name] or 200})),
}
"""What can be done to a field: in words, and the deed."""


def _numbered(value: Any) -> int:
    """A number in place of a text or a truth; digits keep their value."""
    if not isinstance(value, str):
        return int(value or 0)
    return int(value) if value.isdecimal() else len(value)


_TABLE: dict[tuple[str, str], str] = {
    ("create", "dropped"): "code msg data data.taskid data.status data.queuenum",
    ("create", "renamed"): "code data data.taskid data.status",
    ("create", "text"): "code data.status data.queuenum",
    ("create", "number"): "msg data.taskid",
    ("create", "null"): "msg data data.queuenum",
    ("create", "listed"): "data",
    ("create", "200"): "code",
    ("get", "dropped"): "code msg data data." + " data.".join(FIELDS),
    ("get", "renamed"): "data data.status data.outputurl data.facelist",
    ("get", "text"): "code data.status data.queuenum data.errorcode data.inpathwidth data.inpathsize "
    "data.inpathheight data.outpathwidth data.outpathsize data.outpathheight "
    "data.facelist.*.outpathwidth data.facelist.*.inpathheight",
    ("get", "number"): "msg data.taskid data.errormsg data.inpathext",
    ("get", "null"): "msg data.outputurl data.facelist data.outpathext",
    ("get", "keyed"): "data.facelist",
    ("get", "200"): "code",
    ("delete", "dropped"): "code msg data data.success",
    ("delete", "renamed"): "data.success",
    ("delete", "text"): "code data.success",
    ("delete", "number"): "data.success",
    ("delete", "200"): "code",
    ("callback", "dropped"): "code msg data data.taskid data.status data.queuenum data.errorcode data.inputurl "
    "data.inpathwidth data.inpathext data.outpathwidth data.outpathext data.outputurl data.facenum "
    "data.chtaskid data.facelist data.facelist.*.outputurl",
    ("callback", "renamed"): "data.taskid data.outputurl",
    ("callback", "text"): "code data.status data.outpathwidth data.facelist.*.outpathheight",
    ("callback", "number"): "data.taskid",
    ("callback", "200"): "code",
}  # fmt: skip


def _edits() -> Iterator[tuple[str, Edit]]:
    for (operation, kind), paths in _TABLE.items():
        for path in paths.split():
            name = path.removeprefix("data.").replace("facelist.*.", "face_")
            yield f"{operation}_{name}_{kind}", Edit(operation, path, kind)
    for field in FACE_FIELDS:
        yield f"get_face_{field}_dropped", Edit("get", f"data.facelist.*.{field}", "dropped")


EDITS: dict[str, Edit] = dict(_edits())
