"""Who is let in: the credentials of a request, and states of the account that stop it."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from doubles.wondershare.common import Has, Product, RefusedError

if TYPE_CHECKING:
    from doubles.double import Request

BUSY_SECONDS = 8.0


def stop_at_the_door(has: Has, since_first: float) -> None:
    """Conditions that meet every request alike; raises RefusedError."""
    early = since_first < BUSY_SECONDS
    if has("rate_used_up") and early:
        message = "too many requests of this account"
        raise RefusedError("busy", message)
    if has("maintenance") and early:
        message = "the service is being maintained"
        raise RefusedError("away", message)
    if has("key_expired"):
        message = "the key has expired"
        raise RefusedError("credentials", message)


def stop_for_account(has: Has, product: Product, created: int, going_on: int) -> None:
    """Conditions that meet a create; raises RefusedError."""
    if has("no_balance") or (has("balance_for_two") and created >= 2):
        message = "the balance is used up"
        raise RefusedError("balance", message)
    if has("service_not_opened") or (has("eraser_not_opened") and product.erases):
        message = "this service is not opened for the account"
        raise RefusedError("account", message)
    if has("one_task_at_a_time") and going_on:
        message = "another task of the account still goes on"
        raise RefusedError("busy", message)


def let_in(request: Request, credentials: tuple[str, ...], has: Has, *, reading: bool) -> None:
    """Raise RefusedError for a request whose credentials do not fit."""
    if not _knows(request, credentials, has, reading=reading):
        message = "appkey or appsecret is wrong"
        raise RefusedError("credentials", message)


def _knows(request: Request, credentials: tuple[str, ...], has: Has, *, reading: bool) -> bool:
    key, secret = credentials
    header = request.headers.get("authorization", "")
    scheme, _, token = header.partition(" ")
    if has("auth_unchecked_read" if reading else "auth_unchecked_create"):
        return True
    if not header and has("auth_may_be_missing"):
        return True
    if reading and has("auth_read_own_header"):
        return request.headers.get("x-app-key") == key
    try:
        pair = base64.b64decode(token.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return False
    if scheme.lower() != ("bearer" if reading and has("auth_read_bearer") else "basic"):
        return False
    first, _, second = pair.partition(":")
    secret_fits = second == secret or has("auth_secret_unchecked")
    secret_fits = secret_fits or (has("auth_secret_prefix") and second[:6] == secret[:6])
    return secret_fits and (first == key or has("auth_appkey_unchecked"))
