"""Who sends a request: the credential in it, and why it is refused without a valid one."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from greycard_mocks.core.answer import Refusal

if TYPE_CHECKING:
    from greycard_mocks.core.answer import Request
    from greycard_mocks.core.contract import Runtime
    from greycard_mocks.core.exchange import Exchange

ANYONE = "test-anyone"
"""The credential of all requests where a vendor does not ask for one."""


def credential_of(runtime: Runtime, request: Request) -> str | None:
    """The credential behind which the request's world lies; None when it is missing or unknown."""
    credential = sent_credential(runtime.auth["scheme"], request.headers.get(runtime.auth_header, ""))
    if not runtime.auth["enforced"]:
        return credential or ANYONE
    return credential if credential is not None and credential.startswith("test") else None


def why_refused(exchange: Exchange) -> Refusal:
    """The vendor's refusal of a request without a valid credential."""
    auth, name = exchange.runtime.auth, exchange.runtime.name
    sent = sent_credential(auth["scheme"], exchange.request.header(exchange.runtime.auth_header))
    shown = "is missing or unreadable" if sent is None else "is unknown; test credentials begin with 'test'"
    return Refusal(auth["error"], f"the credential in {auth['header']} {shown}", f"{name}#auth/enforced")


def sent_credential(scheme: str, header: str) -> str | None:
    """The key in a header, or the app key of a Basic header; None when there is none."""
    if scheme == "header":
        return header or None
    kind, _, encoded = header.partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        user, colon, secret = base64.b64decode(encoded.strip(), validate=True).decode("utf-8").partition(":")
    except (binascii.Error, ValueError):
        return None
    return user if colon and user and secret else None
