"""Each auth scheme once: how a credential travels, is read, made, shown, described, and what a wrong one looks like.

One more scheme is one entry in `SCHEMES` and its name in ``meta/vendor.schema.json``. The data of a vendor
(``auth`` in ``vendor.json``) name the scheme and the headers; this module knows no vendor, opens no connection and
keeps no secret.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, MutableMapping, Sequence

    Auth = Mapping[str, Any]

KNOWN_SECRET = "test-secret"  # noqa: S105 - no secret: a mock believes it of every test key
"""The secret that belongs to every test key of a mock."""

_WRONG = "greycard-wrong"


class Incoming(Protocol):
    """What a scheme sees of a request that has arrived; the path is decoded, header names are lower-case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]


class Prepared(Protocol):
    """What a scheme sees of a request that is about to be sent; one of `requests` fits."""

    method: str | None
    body: Any
    headers: MutableMapping[str, Any]

    @property
    def path_url(self) -> str:
        """Path and query as they are sent."""
        ...


@dataclass(frozen=True, slots=True)
class Curl:
    """The words of a curl command that carry a credential, and the shell lines that have to come `before`."""

    words: tuple[str, ...]
    before: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scheme:
    """One scheme. `auth` is the vendor's data, `secrets` are the values of its ``credentials``, the account first."""

    name: str
    sentence: str
    secrets: int
    """How many credentials it takes."""
    headers: tuple[str, ...]
    """The keys of `auth` that name the headers in which it travels, the account's first."""
    account: Callable[[Auth, Incoming], str | None]
    """The account that a request names; None when it names none that can be read."""
    fixed: Callable[[Auth, Sequence[str]], dict[str, str]]
    """The headers that are the same in every request."""
    shown: Callable[[Auth, Sequence[str]], dict[str, str]]
    """All headers for a reader, with words in place of secrets."""
    wrong: Callable[[Sequence[str]], tuple[str, ...]]
    """Secrets that are wrong in the way that is least likely to be noticed."""
    curl: Callable[[Auth, Sequence[str], str, str, bool], Curl]
    """For a method, a path (quoted for a shell) and whether the file BODY is sent; secrets may be shell variables."""
    openapi: Callable[[Auth], dict[str, dict[str, Any]]]
    """The security schemes of OpenAPI that a request needs all of."""
    sign: Callable[[Auth, Sequence[str], Prepared, float], dict[str, str]] | None = None
    """The further headers of one request, signed at a moment (s since 1970); None where nothing is signed."""
    problem: Callable[[Auth, Sequence[str], Incoming, bytes], str] | None = None
    """Why a request's signature does not fit the secrets, empty when it does; None where nothing is signed."""

    @property
    def signs(self) -> bool:
        """Whether the credential of a request depends on all of it, so that none can be given beforehand."""
        return self.sign is not None


def scheme_of(auth: Auth) -> Scheme:
    """The scheme that a vendor's data name."""
    return SCHEMES[str(auth["scheme"])]


def known_secrets(auth: Auth, account: str) -> tuple[str, ...]:
    """The secrets that a mock believes of a test key."""
    return (account, KNOWN_SECRET)[: scheme_of(auth).secrets]


def signed(auth: Auth, secrets: Sequence[str], prepared: Any, moment: float) -> Any:
    """A prepared request of `requests`, with all headers of its credential."""
    scheme = scheme_of(auth)
    prepared.headers.update(scheme.fixed(auth, secrets))
    if scheme.sign is not None:
        prepared.headers.update(scheme.sign(auth, secrets, prepared, moment))
    return prepared


def _named(auth: Auth, request: Incoming) -> str | None:
    return request.headers.get(str(auth["header"]).lower()) or None


def _plain(auth: Auth, secrets: Sequence[str]) -> dict[str, str]:
    return {str(auth["header"]): secrets[0]}


def _plain_curl(auth: Auth, secrets: Sequence[str], *_: object) -> Curl:
    return Curl(("-H", _word(f"{auth['header']}: {secrets[0]}")))


def _api_key(header: object, source: object, description: str = "") -> dict[str, Any]:
    words = {"description": description} if description else {}
    return {"type": "apiKey", "in": "header", "name": header, **words, "x-source": source}


def _basic_account(auth: Auth, request: Incoming) -> str | None:
    kind, _, encoded = request.headers.get(str(auth["header"]).lower(), "").partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        user, colon, secret = base64.b64decode(encoded.strip(), validate=True).decode("utf-8").partition(":")
    except (binascii.Error, ValueError):
        return None
    return user if colon and user and secret else None


def _basic(auth: Auth, secrets: Sequence[str]) -> dict[str, str]:
    return {str(auth["header"]): f"Basic {base64.b64encode(':'.join(secrets).encode()).decode()}"}


# ours, of none of the documents: what is signed is method, path with query, and time stamp, each with a line feed,
# then the body; the path is signed as it reads, not as it is escaped
def _hmac(secret: str, method: str, path: str, time: str, body: bytes) -> str:
    text = f"{method}\n{path}\n{time}\n".encode("utf-8", "surrogatepass")
    return hmac.new(secret.encode(), text + body, hashlib.sha256).hexdigest()


def _hmac_sign(auth: Auth, secrets: Sequence[str], request: Prepared, moment: float) -> dict[str, str]:
    body = request.body or b""
    if not isinstance(body, str | bytes):
        msg = "a body that is streamed cannot be signed; send it as bytes"
        raise TypeError(msg)
    path, question, query = request.path_url.partition("?")
    time = str(int(moment))
    content = body.encode() if isinstance(body, str) else body
    signature = _hmac(secrets[1], request.method or "", f"{unquote(path)}{question}{query}", time, content)
    return {auth["time_header"]: time, auth["signature_header"]: signature}


def _hmac_problem(auth: Auth, secrets: Sequence[str], request: Incoming, body: bytes) -> str:
    time, signature = (request.headers.get(str(auth[key]).lower(), "") for key in ("time_header", "signature_header"))
    if not signature:
        return f"the signature in {auth['signature_header']} is missing"
    if not (time.isascii() and time.isdigit()):
        return f"the time stamp in {auth['time_header']} is missing or no whole number of seconds since 1970"
    path = f"{request.path}?{request.query}" if request.query else request.path
    wanted = _hmac(secrets[1], request.method, path, time, body)
    if hmac.compare_digest(wanted.encode(), signature.lower().encode("utf-8", "replace")):
        return ""
    return (
        f"the signature in {auth['signature_header']} does not fit: it is the HMAC-SHA256, in hex, of method, path and"
        " time stamp, each with a line feed, and of the body, with the secret of the key"
    )


def _hmac_curl(auth: Auth, secrets: Sequence[str], method: str, path: str, body: bool) -> Curl:  # noqa: FBT001
    text = f"printf '%s\\n' {method} {path} \"$TIME\""
    text = f"{{ {text}; cat BODY; }}" if body else text
    sign = f"openssl dgst -sha256 -hmac {_word(secrets[1])} | sed 's/.* //'"
    named = ((auth["header"], secrets[0]), (auth["time_header"], "$TIME"), (auth["signature_header"], "$SIGNATURE"))
    words = tuple(word for name, value in named for word in ("-H", _word(f"{name}: {value}")))
    return Curl(words, ("TIME=$(date +%s)", f"SIGNATURE=$({text} | {sign})"))


def _hmac_openapi(auth: Auth) -> dict[str, dict[str, Any]]:
    signature = "HMAC-SHA256, in hex, of method, path and time stamp, each with a line feed, and of the body"
    source = auth["x-source"]
    return {
        "key": _api_key(auth["header"], source),
        "time": _api_key(auth["time_header"], source, "whole seconds since 1970"),
        "signature": _api_key(auth["signature_header"], source, signature),
    }


def _word(text: str) -> str:
    """A word for a shell, variables in it left to the shell."""
    return f'"{text}"' if "$" in text else shlex.quote(text)


SCHEMES: dict[str, Scheme] = {
    scheme.name: scheme
    for scheme in (
        Scheme(
            "header",
            "the credential travels in a header of its own",
            secrets=1,
            headers=("header",),
            account=_named,
            fixed=_plain,
            shown=_plain,
            wrong=lambda _: (f"{_WRONG}-key",),
            curl=_plain_curl,
            openapi=lambda auth: {"key": _api_key(auth["header"], auth["x-source"])},
        ),
        Scheme(
            "basic",
            "credentials travel as HTTP Basic of key and secret",
            secrets=2,
            headers=("header",),
            account=_basic_account,
            fixed=_basic,
            shown=lambda auth, secrets: {str(auth["header"]): f"Basic {':'.join(secrets)}"},
            wrong=lambda _: (_WRONG, _WRONG),
            curl=lambda _auth, secrets, *_: Curl(("-u", _word(":".join(secrets)))),
            openapi=lambda auth: {"key": {"type": "http", "scheme": "basic", "x-source": auth["x-source"]}},
        ),
        Scheme(
            "hmac-sha256",
            "each request is signed with HMAC-SHA256 over method, path, time stamp and body",
            secrets=2,
            headers=("header", "time_header", "signature_header"),
            account=_named,
            fixed=_plain,
            shown=lambda auth, secrets: {
                auth["header"]: secrets[0],
                auth["signature_header"]: f"HMAC with {secrets[1]}",
            },
            wrong=lambda secrets: (secrets[0], f"{_WRONG}-secret"),
            curl=_hmac_curl,
            openapi=_hmac_openapi,
            sign=_hmac_sign,
            problem=_hmac_problem,
        ),
    )
}
"""Every scheme by its name."""
