"""Takes out of evidence whatever is not known to be harmless, before any of it reaches a disk.

Headers and the parameters of links pass by allow-list; credentials become ``$GREYCARD_...``; bytes become
size and digest. What it lets through is checked once more by `secret_gate`. Pure; redacting twice changes nothing.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from greycard_schemas.auth import scheme_of
from greycard_schemas.signatures import SIGNATURES
from greycard_schemas.wrong_keys import wrong_keys
from greycard_suite.credentials import variables
from greycard_suite.redact.secrets import Secrets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from greycard_schemas.loader import Vendor
    from greycard_suite.evidence.recording import Record

KEPT_HEADERS = frozenset({
    "accept-ranges", "allow", "cache-control", "content-disposition", "content-encoding", "content-language",
    "content-length", "content-type", "date", "expires", "last-modified", "location", "ratelimit-limit",
    "ratelimit-remaining", "ratelimit-reset", "retry-after", "transfer-encoding", "vary", "x-greycard-reason",
    "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset",
})  # fmt: skip
"""Headers that are kept, in lower case. Every other one is left out with its value."""

KEPT_PARAMETERS = frozenset({
    "expires", "bytes", "damage", "status", "redirect", "width", "height", "greycard", "greycard-words",
})  # fmt: skip
"""Parameters of links that are kept, in lower case: ends of life, what the suite's own pictures and addresses are."""

REDACTED = "redacted"
WRONG_SIGNATURE = "$GREYCARD_WRONG_SIGNATURE"
MAX_TEXT = 4096
KEPT_BASE64 = 3840
"""So many characters of a long text in Base64 are kept."""

_LINK = re.compile(r"https?://[^\s\"'<>\\`]+", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:quot|lt|gt|apos|#\w+);")
_VALUE = re.compile(r"=[^&;]+")
_BASE64 = re.compile(r"(?:data:[\w/+.-]+;base64,)?[A-Za-z0-9+/]{256,}={0,2}\Z")


@dataclass(frozen=True, slots=True)
class Redactor:
    """Redacts for one vendor. `secrets` maps the name of an environment variable to the secret in it."""

    vendor: Vendor
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    _secrets: Secrets = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_secrets", Secrets(self.secrets))

    def text(self, text: str) -> str:
        """A text with links redacted and secrets replaced by their names."""
        return _LINK.sub(_redacted_match, self._secrets.text(text))

    def value(self, value: Any) -> Any:
        """A JSON value, every text in it and every key redacted."""
        if isinstance(value, str):
            return shortened(self.text(value))
        if isinstance(value, dict):
            return {self.text(str(name)): self.value(child) for name, child in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(child) for child in value]
        return str(value) if isinstance(value, float) and not math.isfinite(value) else value

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """The headers that the allow-list keeps, names in lower case."""
        kept = {name.lower(): value for name, value in headers.items() if name.lower() in KEPT_HEADERS}
        return {name: self.text(value) for name, value in sorted(kept.items())}

    def credential_header(self, credential: str) -> dict[str, str]:
        """The header that carried the credential: valid (as a placeholder), wrong, or what it was in words."""
        if credential == "missing":
            return {}
        if credential not in ("valid", "wrong"):
            known = wrong_keys(self.vendor.data["auth"], tuple(variables(self.vendor).values()))
            return dict.fromkeys(known[credential].headers, known[credential].words) if credential in known else {}
        auth = self.vendor.data["auth"]
        scheme = scheme_of(auth)
        names = tuple(f"${name}" for name in variables(self.vendor).values())
        return scheme.shown(auth, names if credential == "valid" else scheme.wrong(names))


def placeholder(vendor: Vendor) -> str:
    """What stands for the vendor's (first) credential."""
    return "$" + next(iter(variables(vendor).values()))


def delivery_headers(
    redactor: Redactor, record: Record, headers: Mapping[str, str], body: bytes, kept_body: bytes
) -> dict[str, str]:
    """A delivery's headers: a right token or signature becomes that of the placeholder, a wrong one says so.

    A signature of a known body lets anybody try out tokens, so a right one is made anew with the placeholder
    over the body that is kept: a replay judges it as it was.
    """
    kept = redactor.headers(headers)
    token = next(iter(record.credentials.values()), "")
    for operation in redactor.vendor.of_kind("delivery"):
        signed = operation.contract.get("signature", {})
        signature = signed.get("header", "").lower()
        for name in (*operation.contract.get("headers", {}), signature):
            name = name.lower()  # noqa: PLW2901 - headers are compared so
            value = headers.get(name, "")
            if name in ("", "x-source") or not value or name in KEPT_HEADERS:
                continue
            if name == signature:
                rule = SIGNATURES[signed["rule"]]
                right = rule.fits(value, body, token)
                kept[name] = rule.of(kept_body, placeholder(redactor.vendor)) if right else WRONG_SIGNATURE
            else:
                kept[name] = placeholder(redactor.vendor) if value == token else REDACTED
    return dict(sorted(kept.items()))


def redacted_link(link: str) -> str:
    """A link without user, and without the values of parameters that are not known to be harmless."""
    trailing = link[len(link.rstrip(".,;:!?)]}")) :]
    try:
        parts = urlsplit(link.removesuffix(trailing) if trailing else link)
        pairs = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        return "http://redacted.invalid/"
    host = parts.netloc.rpartition("@")[2]
    query = urlencode(
        [(name, value if name.lower() in KEPT_PARAMETERS else REDACTED) for name, value in pairs],
        quote_via=quote,
    )
    if parts.query and not pairs:
        query = REDACTED
    return urlunsplit((parts.scheme, host, parts.path, query, "")) + trailing


def _redacted_match(match: re.Match[str]) -> str:
    """A link in a text, which may be of an XML or HTML file, where entities end a link or join its parameters."""
    link = match[0]
    end = _ENTITY.search(link)
    tail = _VALUE.sub(f"={REDACTED}", link[end.start() :]) if end else ""
    head = link[: end.start()] if end else link
    if "&amp;" in head:
        return redacted_link(head.replace("&amp;", "&")).replace("&", "&amp;") + tail
    return redacted_link(head) + tail


def shortened(text: str) -> str:
    """A long text: of Base64 the beginning, which still shows which picture it is, of others length and digest."""
    if len(text) <= MAX_TEXT:
        return text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    if _BASE64.match(text):
        prefix = text.find("base64,") + 7 if text.startswith("data:") else 0
        return text[: prefix + KEPT_BASE64]
    return f"({len(text)} characters, sha256 {digest})"


def as_text(value: Any) -> str:
    """A JSON value in the one spelling that evidence uses."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
