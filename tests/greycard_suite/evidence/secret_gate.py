"""The only door through which evidence reaches a disk: it lets nothing pass that holds a secret.

The last line of defence behind `redaction`; it does not redact. Writing is atomic: a reader sees the old file
or the new one, never a part.
"""

from __future__ import annotations

import base64
import html
import json
import os
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MIN_SECRET = 6
"""Secrets with fewer characters cannot be searched for: they would be found in words that are none."""


class SecretLeakError(RuntimeError):
    """Something that was about to be written holds a configured secret; nothing was written."""


@dataclass(frozen=True, slots=True, init=False)
class SecretGate:
    """Writes files that hold none of these secrets, in any of the spellings in which one may slip in."""

    _forms: tuple[bytes, ...] = field(repr=False)

    def __init__(self, hidden: Iterable[str]) -> None:
        """`hidden`: the secrets as they stand in the environment; those under `MIN_SECRET` are left out."""
        known = [one for one in dict.fromkeys(hidden) if len(one) >= MIN_SECRET]
        pairs = [f"{one}:{two}" for one in known for two in known if one != two]
        forms = {form for secret in [*known, *pairs] for form in byte_forms(secret)}
        object.__setattr__(self, "_forms", tuple(sorted(forms)))

    def check(self, name: str, data: bytes) -> None:
        """Raises SecretLeakError, which does not name the secret, when `data` holds one."""
        if any(form in data for form in self._forms):
            msg = f"{name} was not written: it would hold a configured secret. Please report this to greycard"
            raise SecretLeakError(msg)

    def write(self, path: Path, data: bytes | str) -> None:
        """Write a whole file at once, its folder made when missing.

        Raises SecretLeakError before anything is written, OSError when the file cannot be written.
        """
        content = data.encode("utf-8", "backslashreplace") if isinstance(data, str) else data
        self.check(path.name, content)
        self.check("the file's name", os.fsencode(path.name))
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
        try:
            with temporary.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def text_forms(secret: str) -> set[str]:
    """The spellings of a secret in texts: as it is, in JSON, URLs, HTML, and in Base64 at any offset."""
    forms = {
        secret,
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        quote(secret, safe=""),
        quote(secret),
        quote_plus(secret),
        html.escape(secret),
        html.escape(secret, quote=False),
        repr(secret)[1:-1],
        secret.encode().hex(),
    }
    return {form for form in forms | _base64_forms(secret.encode()) if len(form) >= MIN_SECRET}


def byte_forms(secret: str) -> set[bytes]:
    """The spellings of a secret in bytes."""
    return {form.encode("utf-8", "surrogatepass") for form in text_forms(secret)} | {
        secret.encode("utf-16-le", "surrogatepass")
    }


def _base64_forms(secret: bytes) -> set[str]:
    """What Base64 makes of a secret, alone and amid other bytes (then without the characters that mix with those)."""
    found = {base64.b64encode(secret).decode(), base64.urlsafe_b64encode(secret).decode()}
    for offset in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            whole = encode(b"\0" * offset + secret).decode()
            kept = whole[(0, 2, 3)[offset] : (offset + len(secret)) * 4 // 3]
            if len(kept) >= 8:
                found.add(kept)
    return found
