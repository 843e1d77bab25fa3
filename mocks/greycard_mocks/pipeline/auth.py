"""Why a request is refused for what its credential is: missing, unknown, or a signature that does not fit."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from greycard_mocks.core.answer import Refusal
from greycard_mocks.pipeline.body import BodyError, read_body
from greycard_mocks.pipeline.refusals import unreadable
from greycard_schemas.auth import known_secrets

if TYPE_CHECKING:
    from greycard_mocks.core.exchange import Exchange


def unknown_credential(exchange: Exchange) -> Refusal:
    """The vendor's refusal of a request without a valid credential."""
    auth, runtime = exchange.runtime.auth, exchange.runtime
    sent = runtime.scheme.account(auth, exchange.request)
    shown = "is missing or unreadable" if sent is None else "is unknown; test credentials begin with 'test'"
    return Refusal(auth["error"], f"the credential in {auth['header']} {shown}", f"{runtime.name}#auth/enforced")


def wrong_signature(exchange: Exchange, account: str) -> Refusal | None:
    """Hold a signed request against the secret of its test key; the vendor's own refusal when it does not fit."""
    runtime, auth = exchange.runtime, exchange.runtime.auth
    problem = runtime.scheme.problem
    if problem is None or not auth["enforced"]:
        return None
    try:
        body = _kept_body(exchange)
    except BodyError as error:
        return unreadable(exchange, error)
    wrong = problem(auth, known_secrets(auth, account), exchange.request, body)
    return Refusal(auth["error"], wrong, f"{runtime.name}#auth/enforced") if wrong else None


def _kept_body(exchange: Exchange) -> bytes:
    """The whole body, at most as long as the operation allows; the request can be read again afterwards."""
    request = exchange.request
    body = read_body(request.stream, request.content_length, exchange.rules.body_bytes)
    request.stream, request.content_length = io.BytesIO(body), len(body)
    return body
