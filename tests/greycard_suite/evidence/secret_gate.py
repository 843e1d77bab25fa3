"""The only door through which evidence reaches a disk: whatever is written, no key is in it.

The last line of defence behind `redaction`, which knows what the parts of evidence mean; here they are bytes.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from greycard_suite.output_file import output_file
from greycard_suite.redact.secrets import Secrets

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


class SecretLeakError(RuntimeError):
    """The name of a file holds a configured secret; nothing was written."""


class SecretGate:
    """Writes files that hold none of these secrets, in any of the spellings in which one may slip in."""

    __slots__ = ("_secrets",)

    def __init__(self, named: Mapping[str, str]) -> None:
        """`named`: the secrets by the name of the environment variable that holds each."""
        self._secrets = Secrets(named)

    def clean(self, data: bytes | str) -> bytes:
        """What may be written of this: the name of the variable stands for a secret."""
        return self._secrets.redacted(data.encode("utf-8", "backslashreplace") if isinstance(data, str) else data)

    def write(self, path: Path, data: bytes | str | Iterable[str]) -> None:
        """Write a whole file, its folder made when missing; what would show a secret shows its variable instead.

        Pieces are written one by one, each of whole lines. Raises SecretLeakError, which does not name the secret, when
        the file's name holds one; OSError when the file cannot be written.
        """
        if self._secrets.found_in(os.fsencode(path.name)):
            msg = "a file was not written: its name would hold a configured secret; choose another name"
            raise SecretLeakError(msg)
        path.parent.mkdir(parents=True, exist_ok=True)
        with output_file(path) as file:
            for piece in [data] if isinstance(data, bytes | str) else data:
                file.write(self.clean(piece))
