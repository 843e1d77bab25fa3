"""Rules by which vendors sign what they deliver, each once, by the name that the contract data give it.

One more rule is one entry in `SIGNATURES` and its name in ``meta/operation.schema.json``. The reference client
has its own reading of the documents and uses none of these.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Signature:
    """One rule: `words` for a reader, and `of`, the signature of a body for the account's (first) credential."""

    name: str
    words: str
    short: str
    of: Callable[[bytes, str], str]

    def fits(self, signature: str, body: bytes, credential: str) -> bool:
        """Whether this is the signature of a body; upper and lower case are the same hex."""
        wanted = self.of(body, credential)
        return hmac.compare_digest(signature.lower().encode("utf-8", "replace"), wanted.encode())


def _md5_body_token(body: bytes, token: str) -> str:
    # assumed: the section that the document refers to is missing (S1:104)
    return hashlib.md5(body + token.encode("utf-8", "surrogateescape"), usedforsecurity=False).hexdigest()


SIGNATURES: dict[str, Signature] = {
    rule.name: rule
    for rule in (
        Signature(
            "md5_body_token", "the MD5 of its body followed by the token", "MD5 of body and token", _md5_body_token
        ),
    )
}
"""Every rule by its name."""
