"""Requests whose credential must not be let in: missing, empty, wrong, of the right form, elsewhere than documented.

Derived from the auth scheme of a vendor's data; knows no vendor, sends nothing and keeps no secret.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from greycard_schemas.auth import scheme_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from greycard_schemas.auth import Auth

BELIEVED = "test"
"""How the accounts begin that a mock believes, whatever follows: a variation of one is another right account."""


@dataclass(frozen=True, slots=True)
class WrongKey:
    """One credential that is none: in `words`, and as the headers and the query of a request."""

    words: str
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)


def wrong_keys(auth: Auth, secrets: Sequence[str]) -> dict[str, WrongKey]:
    """Every credential by its name that a vendor must refuse, where the user's own are `secrets`, the account first."""
    scheme = scheme_of(auth)
    found = {
        "missing": WrongKey("no key"),
        "wrong": WrongKey("a wrong key", scheme.fixed(auth, scheme.wrong(secrets))),
    }
    if scheme.signs:
        return found  # the signature tells of a wrong secret, and there is no other place for it
    found["empty"] = WrongKey("an empty key", scheme.fixed(auth, ["" for _ in secrets]))
    for name, words, changed in _changed(secrets):
        # a secret without a letter or digit has no other of its form
        if not changed[0].startswith(BELIEVED) and changed != [*secrets]:
            found[name] = WrongKey(words, scheme.fixed(auth, changed))
    return {**found, **dict(_elsewhere(auth, secrets))}


def nearly(secret: str) -> tuple[str, ...]:
    """The texts that are sent in the place of a secret and tell most of it, so that they are secret too."""
    return (_other(secret), _last_changed(secret))


def _changed(secrets: Sequence[str]) -> Iterator[tuple[str, str, list[str]]]:
    yield "same-form", "a key of the same form", [_other(secrets[0]), *secrets[1:]]
    for index, secret in enumerate(secrets):
        changed = [*secrets]
        changed[index] = _last_changed(secret)
        part = f" of part {index + 1}" if len(secrets) > 1 else ""
        yield f"last-{index + 1}", f"the key with one character{part} changed", changed
    if len(secrets) > 1:
        yield "swapped", "the parts of the key swapped", [*reversed(secrets)]


def _elsewhere(auth: Auth, secrets: Sequence[str]) -> Iterator[tuple[str, WrongKey]]:
    """The right key in places of which the document does not speak."""
    header, joined = str(auth["header"]), ":".join(secrets)
    if scheme_of(auth).name == "basic":
        encoded = base64.b64encode(joined.encode()).decode()
        yield "bearer", WrongKey("the right key as a Bearer token", {header: f"Bearer {encoded}"})
        yield "unschemed", WrongKey("the right key without the word Basic", {header: encoded})
    elif header.lower() != "authorization":
        yield "bearer", WrongKey("the right key as a Bearer token", {"Authorization": f"Bearer {joined}"})
    other = "X-Auth-Key" if header.lower() != "x-auth-key" else "X-Auth-Token"
    yield "other-header", WrongKey(f"the right key in the header {other}", {other: joined})
    yield "query", WrongKey("the right key in the query", query={header: joined, "key": joined, "token": joined})


def _last_changed(secret: str) -> str:
    """A secret with its last letter or digit another."""
    last = max((index for index, one in enumerate(secret) if one.isascii() and one.isalnum()), default=len(secret))
    return secret[:last] + _other(secret[last : last + 1]) + secret[last + 1 :]


def _other(text: str) -> str:
    """A text of the same form with every letter and digit another."""
    return "".join(
        str((int(one) + 1) % 10)
        if one.isascii() and one.isdigit()
        else chr((ord(one.lower()) - 96) % 26 + 97).upper()
        if one.isascii() and one.isupper()
        else chr((ord(one) - 96) % 26 + 97)
        if one.isascii() and one.islower()
        else one
        for one in text
    )
