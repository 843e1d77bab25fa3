"""The words of a curl command that carry a request's credential and body; the rest of the line is its caller's.

A scheme that signs the whole request needs the body before it is sent, so there it is written to the file BODY
first. Pure text; secrets may be given as shell variables.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from greycard_schemas.auth import Curl, scheme_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_BOUNDARY = "greycard"


@dataclass(frozen=True, slots=True)
class Body:
    """What is sent: JSON as `text`, or the `fields` of a form and its `files` (field to file name); or nothing."""

    text: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)


def credential_words(
    auth: Mapping[str, Any], secrets: Sequence[str], method: str, path: str, body: Body, quote: Callable[[str], str]
) -> Curl:
    """The credential; what has to come before it writes the body to BODY where the scheme signs it."""
    scheme = scheme_of(auth)
    made = _written(body, quote) if scheme.signs else ()
    found = scheme.curl(auth, secrets, method, quote(path), bool(made))
    return Curl(found.words, (*made, *found.before))


def body_words(auth: Mapping[str, Any], body: Body, quote: Callable[[str], str]) -> list[str]:
    """The body: its text or its fields, or the file BODY where the scheme signs it."""
    sent = ["--data-binary", "@BODY"] if scheme_of(auth).signs else None
    if body.text is not None:
        return ["-H", quote("Content-Type: application/json"), *(sent or ["-d", quote(body.text)])]
    if sent and (body.fields or body.files):
        return ["-H", quote(f"Content-Type: multipart/form-data; boundary={_BOUNDARY}"), *sent]
    parts = [f"{name}={value}" for name, value in body.fields.items()]
    parts += [f"{name}=@{file}" for name, file in body.files.items()]
    return [word for part in parts for word in ("-F", quote(part))]


def _written(body: Body, quote: Callable[[str], str]) -> tuple[str, ...]:
    """A line that writes the body to BODY; none for a request without one."""
    if body.text is not None:
        return (f"printf %s {quote(body.text)} > BODY",)
    if not (body.fields or body.files):
        return ()
    steps = []
    for name, value in body.fields.items():
        steps.append(f"{_head(name, quote)} {quote(value)}")
    for name, file in body.files.items():
        steps.append(f"{_head(name, quote, file)}; cat {quote(file)}; printf '\\r\\n'")
    steps.append(f"printf '%s\\r\\n' --{_BOUNDARY}--")
    return (f"{{ {'; '.join(steps)}; }} > BODY",)


def _head(name: str, quote: Callable[[str], str], file: str = "") -> str:
    """The command that writes the lines before the content of one part of a form."""
    about = f'Content-Disposition: form-data; name="{name}"' + (f'; filename="{file}"' if file else "")
    return f"printf '%s\\r\\n' --{_BOUNDARY} {quote(about)} ''"
