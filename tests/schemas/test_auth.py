"""Auth schemes: what one part of greycard sends by a scheme, another reads by the same one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from greycard_schemas import CONTRACTS
from greycard_schemas.auth import KNOWN_SECRET, SCHEMES, Scheme, known_secrets, signed

AUTH = {"header": "X-Key", "time_header": "X-Time", "signature_header": "X-Signature", "x-source": {}}
schemes = pytest.mark.parametrize("scheme", SCHEMES.values(), ids=lambda scheme: scheme.name)
keys = st.text("abcdefghijklmnopqrstuvwxyz-0123456789", min_size=1, max_size=12)


@dataclass
class Arrived:
    """A request as a mock sees it."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str] = field(default_factory=dict)


def auth_of(scheme: Scheme) -> dict[str, Any]:
    """What a vendor's data say."""
    return {"scheme": scheme.name, **AUTH}


def sent(scheme: Scheme, secrets: tuple[str, ...], method: str, url: str, body: bytes) -> tuple[Arrived, bytes]:
    """A request through `requests`, as it arrives."""
    prepared = requests.Request(method, url, data=body).prepare()
    signed(auth_of(scheme), secrets, prepared, 1_700_000_000.9)
    parts = urlsplit(prepared.url or "")
    headers = {name.lower(): str(value) for name, value in prepared.headers.items()}
    content = prepared.body or b""
    return Arrived(method, unquote(parts.path), parts.query, headers), (
        content.encode() if isinstance(content, str) else content
    )


def test_the_data_may_name_every_scheme_and_no_other() -> None:
    """The vocabulary lists what the table has."""
    meta = json.loads((CONTRACTS.parent / "meta" / "vendor.schema.json").read_text(encoding="utf-8"))
    auth = meta["properties"]["auth"]["properties"]
    assert sorted(auth["scheme"]["enum"]) == sorted(SCHEMES)
    named = {key for scheme in SCHEMES.values() for key in scheme.headers}
    assert named == {key for key in auth if key.endswith("header")}


@schemes
@given(account=keys, method=st.sampled_from(["GET", "POST"]), path=st.text(max_size=8), body=st.binary(max_size=30))
def test_what_is_sent_by_a_scheme_is_read_by_it(
    scheme: Scheme, account: str, method: str, path: str, body: bytes
) -> None:
    """The account is found, whatever the request is; a signature fits it, and no other secret or request."""
    auth, secrets = auth_of(scheme), known_secrets(auth_of(scheme), account)
    url = f"http://acme.test/{quote(path, safe='')}?a={quote(path)}"
    request, content = sent(scheme, secrets, method, url, body)
    assert scheme.account(auth, request) == account
    if scheme.problem is not None:
        assert scheme.problem(auth, secrets, request, content) == ""
        for changed in (
            Arrived("PUT", request.path, request.query, request.headers),
            Arrived(request.method, f"{request.path}x", request.query, request.headers),
            Arrived(request.method, request.path, "", request.headers),
            Arrived(request.method, request.path, request.query, {**request.headers, "x-time": "1700000001"}),
            Arrived(request.method, request.path, request.query, {**request.headers, "x-time": "²"}),
            Arrived(request.method, request.path, request.query, {**request.headers, "x-signature": "\udc80"}),
        ):
            assert scheme.problem(auth, secrets, changed, content)
        assert scheme.problem(auth, secrets, request, content + b"!")
        assert scheme.problem(auth, scheme.wrong(secrets), request, content)


@schemes
def test_a_wrong_credential_is_another_one_and_a_missing_one_names_no_account(scheme: Scheme) -> None:
    """Wrong secrets are as many as the right ones, and at least one of them differs."""
    auth, secrets = auth_of(scheme), known_secrets(auth_of(scheme), "test-key")
    assert len(scheme.wrong(secrets)) == len(secrets) == scheme.secrets
    assert scheme.wrong(secrets) != secrets
    assert scheme.account(auth, Arrived("GET", "/", "")) is None


@schemes
def test_what_is_shown_stands_for_the_secrets(scheme: Scheme) -> None:
    """For a reader words stand in place of key and secret, in evidence as in a shell, and OpenAPI has neither."""
    auth, names = auth_of(scheme), ("$KEY", "$SECRET")[: scheme.secrets]
    shown = " ".join(scheme.shown(auth, names).values())
    words = scheme.curl(auth, names, "POST", "/a", True)
    for name in names:
        assert name in shown
        assert name in " ".join([*words.before, *words.words])
    assert set(scheme.shown(auth, names)) <= {str(auth[key]) for key in scheme.headers}
    assert KNOWN_SECRET not in json.dumps(scheme.openapi(auth))


def test_a_body_that_is_streamed_cannot_be_signed() -> None:
    """The error says what to do."""
    prepared = requests.Request("POST", "http://acme.test/", data=iter([b"a"])).prepare()
    with pytest.raises(TypeError, match="send it as bytes"):
        signed(auth_of(SCHEMES["hmac-sha256"]), ("a", "b"), prepared, 0.0)
