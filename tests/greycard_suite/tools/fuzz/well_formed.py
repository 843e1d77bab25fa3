"""Whole requests to the operations of the contracts: valid ones, and ones that are wrong in what they say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

from greycard_schemas.auth import known_secrets, scheme_of
from greycard_schemas.examples.requests import addressed, base_request, broken, edges
from greycard_schemas.loader import Operation, Vendor
from greycard_schemas.wrong_keys import wrong_keys
from greycard_suite.targets.request_form import placed
from greycard_suite.tools.fuzz.message import ODD_HEADERS, encoded, odd_multipart, request
from greycard_suite.tools.fuzz.odd_values import TEXTS, changed, flipped, odd_json

KEYS = 40
"""How many accounts the requests share, so that worlds fill up; fewer than the mock keeps."""

_ENCODINGS = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data")
_ODD_TYPES = ("", "text/plain", "application/json; charset=utf-16", "application/json;;;", "application/xml", "*/*",
              "application/json, text/html", "a" * 3000)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Known:
    """One operation with the request values that its contract gives: good ones, and ones that break one rule."""

    vendor: Vendor
    operation: Operation
    good: tuple[Any, ...]
    bad: tuple[Any, ...]


class WellFormed:
    """Makes requests for `contracts`; `host` is where the mock listens, `photo` a picture to upload."""

    def __init__(self, contracts: Mapping[str, Vendor], host: str, photo: bytes) -> None:
        self.host = host
        self.photo = photo
        self.known = [
            Known(
                vendor,
                operation,
                (base_request(operation), *(values for _, values, _ in edges(operation))),
                tuple(one.values for one in broken(operation)) or ({},),
            )
            for vendor in contracts.values()
            for operation in vendor.operations.values()
            if operation.kind != "delivery"
        ]

    def request(self, dice: Random, key: str = "") -> tuple[bytes, str]:
        """One request as bytes, and its method."""
        known = dice.choice(self.known)
        key = key or f"test-fuzz-{dice.randrange(KEYS)}"
        values = self.addressed(dice, dice.choice(known.good))
        match dice.randrange(10):
            case 0 | 1 | 2:
                return self.of(dice, known, values, key)
            case 3 | 4:
                return self.of(dice, known, self.addressed(dice, dice.choice(known.bad)), key)
            case 5 | 6:
                return self.of(dice, known, changed(dice, values), key)
            case 7:
                return self._wrong_body(dice, known, values, key)
            case 8:
                return self._wrong_key(dice, known, values)
            case _:
                return self._beside(dice, known, values, key)

    def addressed(self, dice: Random, values: Any) -> Any:
        """Request values with addresses of this mock in the place of those that stand for any."""
        form, size = dice.choice(("jpg", "png", "bmp", "webp", "gif")), dice.choice((1, 64, 300, 300, 300))
        more = dice.choice(("", "", "", "", "?damage=truncate", "?damage=garbage", "?status=404", "?redirect=1"))
        picture = f"http://{self.host}/_mock/images/{size}x{size}.{form}{more}"
        return addressed(values, picture, f"http://{self.host}/receiver/{dice.randrange(9)}")

    def of(
        self, dice: Random, known: Known, values: Any, key: str, *, headers: Mapping[str, str] | None = None
    ) -> tuple[bytes, str]:
        """A request with these values, in an encoding of the operation or sometimes in another."""
        operation = known.operation
        path, left = _placed(operation, values)
        path = _without_holes(path)
        wanted = operation.encodings or ("",)
        encoding = dice.choice(_ENCODINGS) if dice.random() < 0.05 else dice.choice(wanted)
        sent = {**operation.request_headers, **(headers or self.headers(known, key))}
        if not encoding:
            return request(operation.method, path, self.host, sent), operation.method
        file = operation.contract.get("pictures", {}).get("file")
        content = self.photo if dice.random() < 0.7 else flipped(dice, self.photo)
        files = {str(file): content} if file and dice.random() < 0.5 else None
        sent["Content-Type"], body = encoded(encoding, left, files)
        return request(operation.method, path, self.host, sent, body), operation.method

    def headers(self, known: Known, key: str) -> dict[str, str]:
        """The headers of a right key."""
        auth = known.vendor.data["auth"]
        return scheme_of(auth).fixed(auth, known_secrets(auth, key))

    def _wrong_body(self, dice: Random, known: Known, values: Any, key: str) -> tuple[bytes, str]:
        operation = known.operation
        path, left = _placed(operation, values)
        sent = {**operation.request_headers, **self.headers(known, key)}
        file = str(operation.contract.get("pictures", {}).get("file", "file"))
        if dice.random() < 0.5:
            sent["Content-Type"], body = odd_multipart(dice, left, file, self.photo)
        else:
            sent["Content-Type"], body = dice.choice(operation.encodings or _ENCODINGS), odd_json(dice, left)
        if dice.random() < 0.2:
            sent["Content-Type"] = dice.choice(_ODD_TYPES)
        return request(operation.method, _without_holes(path), self.host, sent, body), operation.method

    def _wrong_key(self, dice: Random, known: Known, values: Any) -> tuple[bytes, str]:
        auth = known.vendor.data["auth"]
        if dice.random() < 0.5:
            name = str(auth["header"])
            odd = dice.choice((*ODD_HEADERS, f"Basic {dice.choice(ODD_HEADERS)}", "Basic AAAA", "x" * 9000))
            return self.of(dice, known, values, "", headers={name: odd})
        wrong = dice.choice([*wrong_keys(auth, known_secrets(auth, "test-fuzz")).values()])
        data, method = self.of(dice, known, values, "", headers={"X-Fuzz": "1", **wrong.headers})
        if wrong.query:
            data = data.replace(b" HTTP/1.1", f"?{urlencode(dict(wrong.query))} HTTP/1.1".encode(), 1)
        return data, method

    def _beside(self, dice: Random, known: Known, values: Any, key: str) -> tuple[bytes, str]:
        """Another method, or a path near the right one."""
        operation = known.operation
        path = _without_holes(_placed(operation, values)[0])
        odd = quote(dice.choice(TEXTS[:24]).encode("utf-8", "surrogatepass"), safe="")
        path = dice.choice(
            (path, path + "/", path + odd, f"/{path}", path.upper(), f"{path}/{odd}/{odd}", f"{path}?{odd}={odd}",
             f"/_mock/results/{odd}/{odd}/{odd}", f"/_mock/images/{odd}", f"{path}%2f..", path.replace("/", "//"))
        )  # fmt: skip
        method = dice.choice(("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "POST", "TRACE", "GREYCARD"))
        headers = {**self.headers(known, key), "X-HTTP-Method-Override": "DELETE"}
        body = None if dice.random() < 0.5 else b"{}"
        return request(method, path, self.host, headers, body), method


def _placed(operation: Operation, values: Any) -> tuple[str, Any]:
    """A path with its parameters in it, lone surrogates replaced, and the values that are left for the body."""
    if isinstance(values, dict):
        inside = {name for name in values if "{" + name + "}" in operation.path}
        values = {
            name: str(value).encode("utf-8", "replace").decode() if name in inside else value
            for name, value in values.items()
        }
    return placed(operation.path, values)


def _without_holes(path: str) -> str:
    """A path of which no parameter is left open."""
    return quote(path, safe="/%?=&~:@!$'()*+,;-._")
