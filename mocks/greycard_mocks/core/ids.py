"""The forms that a task's id may have: the same sixteen bytes, spelled as different vendors spell theirs. Pure."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from greycard_schemas.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_VARIANT = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}
"""The first digit of the fourth group, of which two bits say that it is a UUID of RFC 9562."""

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Digits and capitals without those that look like others."""


def _uuid(digest: bytes) -> str:
    """As `uuid.UUID(bytes=digest, version=4)` is written, in a fifth of its time."""
    text = digest.hex()
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{_VARIANT[text[16]]}{text[17:20]}-{text[20:]}"


def _upper(digest: bytes) -> str:
    number = int.from_bytes(digest, "big")
    return "".join(_ALPHABET[number >> 5 * place & 31] for place in range(25, -1, -1))


def _token(digest: bytes) -> str:
    text = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    return f"{text[:7]}-{text[7:14]}_{text[14:]}"


ID_FORMS: dict[str, Callable[[bytes], str]] = {
    "uuid": _uuid,
    "hex24": lambda digest: digest.hex()[:24],
    "numeric": lambda digest: str(int.from_bytes(digest[:6], "big") + 10**15),
    "prefixed": lambda digest: f"fs-{_uuid(digest)}",
    "upper": _upper,
    "long": lambda digest: digest.hex() * 4,
    "token": _token,
}
"""Every form by its name in the contract data (`/ids/form`)."""


def id_form(vendor: str, data: Mapping[str, Any]) -> Callable[[bytes], str]:
    """The form of a vendor's ids; raises ContractError, which says what there is, for one that does not exist."""
    name = data.get("ids", {}).get("form", "uuid")
    if name not in ID_FORMS:
        msg = f"{vendor}: vendor.json: /ids/form: there is no {name!r}; known are {', '.join(ID_FORMS)}"
        raise ContractError(msg)
    return ID_FORMS[name]
