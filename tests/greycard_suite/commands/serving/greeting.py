"""What `greycard serve` says first: where the mock is, and everything that a person needs to try each vendor."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from greycard_schemas.auth import known_secrets
from greycard_schemas.curl import Body, body_words, credential_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from greycard_mocks.serve import Running
    from greycard_schemas.loader import Operation, Vendor

KEY = "test-key"
LISTEN = "http://127.0.0.1:8421/"
"""Where 'greycard listen' listens, unless it is told otherwise."""


def introduction(
    running: Running, contracts: Mapping[str, Vendor], departures: Iterable[str], callback_url: str | None
) -> Iterator[str]:
    """The first lines: where the mock is, and what to paste for each vendor."""
    yield f"greycard serves at {running.url}   (page: {running.url}/_mock/, end with Ctrl-C)"
    if running.token:
        yield f"control plane token: {running.token}"
    yield from departures
    for vendor in contracts.values():
        yield ""
        yield from (*greeting(vendor, running.url), *_deliveries(vendor, callback_url))
    yield ""


def listening(running: Running, contracts: Mapping[str, Vendor]) -> dict[str, Any]:
    """As `introduction`, for programs."""
    return {
        "event": "listening", "url": running.url, "page": f"{running.url}/_mock/", "token": running.token,
        "vendors": list(contracts),
    }  # fmt: skip


def greeting(vendor: Vendor, url: str) -> Iterator[str]:
    """What a person needs to try a vendor: key, and lines to paste."""
    auth = vendor.data["auth"]
    secrets = known_secrets(auth, KEY)
    yield f"{vendor.title}: base URL {url}, key {' : '.join(secrets)}"
    for operation in vendor.of_kind("create"):
        yield _line(vendor, operation, operation.path, _body(operation, url), url)
        read = vendor.operations[operation.contract["read"]]
        path = read.path.replace("{" + read.contract["task"]["parameter"] + "}", "TASK_ID")
        yield _line(vendor, read, path, _read_body(operation, read), url)


def _deliveries(vendor: Vendor, callback_url: str | None) -> Iterator[str]:
    """Where the callbacks of a vendor go whose requests name no address."""
    if any("account" in operation.contract["address"] for operation in vendor.of_kind("delivery")):
        if callback_url is not None:
            yield f"  callbacks go to {callback_url}"
        else:
            yield f"  callbacks go nowhere yet: run 'greycard listen', and serve with --callback-url {LISTEN}"


def _line(vendor: Vendor, operation: Operation, path: str, body: Body, url: str) -> str:
    auth = vendor.data["auth"]
    credential = credential_words(auth, known_secrets(auth, KEY), operation.method, path, body, _quoted)
    words = ["curl", "-sS", *credential.words, *body_words(auth, body, _quoted), f"{url}{path}"]
    return f"  {'; '.join([*credential.before, ' '.join(words)])}"


def _quoted(text: str) -> str:
    return f"'{text}'"


def _body(operation: Operation, url: str) -> Body:
    from greycard_schemas.examples.requests import addressed, base_request

    pictures = operation.contract.get("pictures", {})
    size = "400x300"
    values = addressed(base_request(operation), f"{url}/_mock/images/{size}.jpg", "http://127.0.0.1:8421/")
    if "file" in pictures:
        values.pop(pictures["file"], None)
        link = f"{url}/_mock/images/{size}.jpg"
        values |= {pictures["link"]: link} if "link" in pictures else {pictures["file"]: "@photo.jpg"}
        return Body(fields={name: str(value) for name, value in values.items()})
    return Body(json.dumps(values))


def _read_body(create: Operation, read: Operation) -> Body:
    from greycard_schemas.examples.requests import base_request

    if not read.encodings:
        return Body()
    values = base_request(read)
    values[read.contract["task"]["parameter"]] = "TASK_ID"
    base = base_request(create)
    values.update({name: base[name] for name in values if name in base})
    return Body(json.dumps(values))
