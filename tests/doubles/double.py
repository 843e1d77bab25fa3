"""What an independent double is: requests in, answers out, deliveries when they are due. Imports nothing of greycard.

The time and everything outside comes from whoever runs it, so that one double serves in virtual time and on a port.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol
from urllib.parse import parse_qs, parse_qsl

from werkzeug.formparser import parse_form_data

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request: `path` unquoted, without the query; header names in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def content_type(self) -> str:
        """The media type of the body, without its parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def arguments(self) -> dict[str, str]:
        """The query, the last value of each name."""
        return dict(parse_qsl(self.query, keep_blank_values=True))

    def json(self) -> Any:
        """The body as JSON; None when it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def form(self) -> dict[str, str]:
        """The fields of a multipart or URL-encoded body, the last value of each name; files are left out."""
        if self.content_type == "application/x-www-form-urlencoded":
            fields = parse_qs(self.body.decode("utf-8", "replace"), keep_blank_values=True)
            return {name: values[-1] for name, values in fields.items()}
        return {name: values[-1] for name, values in self._multipart()[0].items()}

    def files(self) -> dict[str, tuple[str, bytes]]:
        """The files of a multipart body: name of the field to file name and content."""
        return self._multipart()[1]

    def _multipart(self) -> tuple[dict[str, list[str]], dict[str, tuple[str, bytes]]]:
        if self.content_type != "multipart/form-data":
            return {}, {}
        environ = {
            "REQUEST_METHOD": "POST",
            "CONTENT_TYPE": self.headers["content-type"],
            "CONTENT_LENGTH": str(len(self.body)),
            "wsgi.input": io.BytesIO(self.body),
        }
        _, form, files = parse_form_data(environ)
        found = {}
        for name, file in files.items():
            with file.stream:  # of a large file, one on the disk
                found[name] = (file.filename or "", file.stream.read())
        return {name: form.getlist(name) for name in form}, found


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer; `seconds` is how long it takes, for calls that wait until a task is done."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    @classmethod
    def of(cls, value: Any, status: int = 200, *, seconds: float = 0.0, **headers: str) -> Answer:
        """An answer with a JSON body; underscores in names of headers become hyphens."""
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return cls(status, json.dumps(value).encode(), {"Content-Type": "application/json", **named}, seconds)


class Outside(Protocol):
    """What a double may use of the world: the time, other servers."""

    def now(self) -> float:
        """Seconds since 1970."""
        ...

    def fetch(self, url: str) -> Answer:
        """Get what is behind a link, without following redirects; status 0 when nothing answers."""
        ...

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send a delivery; status 0 when nothing answers."""
        ...


@dataclass(frozen=True, slots=True)
class Personality:
    """A way to be faithful that no line forbids: the run over it must be green."""

    sentence: str
    silence: str
    """What leaves room for it: which question no line answers."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A state of the account, which violates nothing and may block something."""

    sentence: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """A way to break the document: the run over it must end with 1 and name a claim of one of `lines`."""

    sentence: str
    lines: tuple[str, ...]
    """The documented lines that no longer hold, as S2:63; every one of them may rightly be named."""


class Double:
    """One vendor. Subclasses fill the three tables and answer requests.

    `traits` are the names of personalities, conditions and changes that are on. Raises ValueError for others.
    """

    host: ClassVar[str] = ""
    credentials: ClassVar[tuple[str, ...]] = ()
    """The secrets that are let in, in the order of the environment variables of the suite."""

    personalities: ClassVar[Mapping[str, Personality]] = {}
    conditions: ClassVar[Mapping[str, Condition]] = {}
    changes: ClassVar[Mapping[str, Change]] = {}

    def __init__(
        self, outside: Outside, traits: tuple[str, ...] = (), *, callback_url: str = "", base: str = ""
    ) -> None:
        known = {*self.personalities, *self.conditions, *self.changes}
        if unknown := sorted(set(traits) - known):
            msg = f"no such trait of {type(self).__name__}: {', '.join(unknown)}"
            raise ValueError(msg)
        self.outside = outside
        self.traits = frozenset(traits)
        self.callback_url = callback_url
        """Where deliveries go for a vendor whose address belongs to the account."""
        self.base = base
        """The address at which the double itself is reached, as http://host:port, for links to results."""
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0

    @classmethod
    def sentence(cls, trait: str) -> str:
        """What a trait does; KeyError for a name that stands in no table."""
        if trait in cls.personalities:
            return cls.personalities[trait].sentence
        return cls.conditions[trait].sentence if trait in cls.conditions else cls.changes[trait].sentence

    def has(self, trait: str) -> bool:
        """Whether this trait is on; KeyError for a name that stands in no table."""
        if trait not in self.personalities and trait not in self.conditions and trait not in self.changes:
            raise KeyError(trait)
        return trait in self.traits

    def answer(self, request: Request) -> Answer:
        """Answer one request, whatever it is."""
        raise NotImplementedError

    def later(self, moment: float, action: Callable[[], None]) -> None:
        """Have something done at this time, seconds since 1970."""
        self._count += 1
        self._due.append((moment, self._count, action))
        self._due.sort(key=lambda one: one[:2])

    def next_due(self) -> float | None:
        """When the next thing is due, seconds since 1970; None when nothing is."""
        return self._due[0][0] if self._due else None

    def run_due(self) -> None:
        """Do what is due now."""
        while self._due and self._due[0][0] <= self.outside.now():
            self._due.pop(0)[2]()
