"""Whatever is sent to any operation: no 5xx that nobody asked for, no exception, no lost task."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from greycard_mocks.app import create_app
from greycard_mocks.clock import VirtualClock
from greycard_mocks.core.answer import Request
from greycard_mocks.engine.engine import Engine
from greycard_mocks.images.testcards import card
from greycard_mocks.web.wsgi_adapter import WSGIAdapter
from greycard_schemas.loader import load_contracts

ORIGIN = "http://greycard.test"
CONTRACTS = load_contracts()
OPERATIONS = [
    pytest.param(vendor.name, operation.name, id=f"{vendor.name}-{operation.name}")
    for vendor in CONTRACTS.values()
    for operation in vendor.operations.values()
    if operation.kind != "delivery"
]
AUTH = {
    "picwish": {"X-API-KEY": "test-fuzz"},
    "enhancor": {"x-api-key": "test-fuzz"},
    "magictiger": {"token": "test-fuzz"},
    "wondershare": {"Authorization": "Basic " + base64.b64encode(b"test-fuzz:s").decode()},
}
LINK = f"{ORIGIN}/_mock/images/300x300.png"


class Fuzzed:
    """One engine with one known task a create operation, which must be there in the end as it was."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.engine = Engine(CONTRACTS, clock=self.clock)
        self.app = create_app(self.engine)
        self.app.testing = True  # an exception comes through instead of a 500
        self.adapter = WSGIAdapter(self.app)
        self.worlds = [self.engine.worlds.world(name, "test-fuzz") for name in CONTRACTS]
        for world in self.worlds:
            world.rate_limit = None
            world.balance = 1e12
        self.known: dict[str, Any] = {}
        for vendor, operation, body in (
            ("picwish", "scale.create", {"type": "clean", "image_url": LINK}),
            ("enhancor", "queue", {"img_url": LINK, "webhookUrl": "http://x.test/", "mode": "fast"}),
            ("magictiger", "createtask", {"picurl": LINK, "type": 1}),
            ("wondershare", "fsrtwo.batch", {"images": [LINK], "file_ext": "png", "priority": 0}),
            ("wondershare", "rw.batch", {"images": [LINK], "mask": LINK, "priority": 0}),
        ):
            self.create(vendor, operation, body)
        for world in self.worlds:
            self.known |= world.tasks

    def create(self, vendor: str, operation: str, body: dict[str, Any]) -> None:
        """Send a create request."""
        contract = CONTRACTS[vendor].operations[operation]
        headers = dict(AUTH[vendor])
        if contract.encodings[0] == "application/json":
            content = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        else:
            content = urlencode(body).encode()
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        assert self.send("POST", contract.path, headers, content)[0] == 200

    def send(self, method: str, path: str, headers: dict[str, Any], body: bytes | None) -> tuple[int, bytes]:
        """One request, as raw as WSGI allows."""
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": "",
            "SERVER_NAME": "x",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "greycard.test",
            "wsgi.url_scheme": "http",
            "wsgi.errors": None,
            "wsgi.input": io.BytesIO(body or b""),
            "wsgi.version": (1, 0),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "CONTENT_LENGTH": str(len(body or b"")),
        }
        for name, value in headers.items():
            key = name.upper().replace("-", "_")
            environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
        status: list[str] = []

        def start_response(line: str, sent: list[tuple[str, str]], _: Any = None) -> Any:
            status.append(line)
            _check_headers(sent)

        blocks: Any = self.app(environ, start_response)
        try:
            return int(status[0].split()[0]), b"".join(blocks)
        finally:
            blocks.close()


def _check_headers(sent: list[tuple[str, str]]) -> None:
    for name, value in sent:
        assert name.isprintable()
        assert "\n" not in value
        assert "\r" not in value
        value.encode("latin-1")


@pytest.fixture(scope="module")
def fuzzed() -> Iterator[Fuzzed]:
    """One laboratory for all examples."""
    made = Fuzzed()
    yield made
    made.engine.close()


def check(fuzzed: Fuzzed, answer: tuple[int, bytes]) -> None:
    """No 5xx, JSON or a picture, and every known task as it was."""
    status, body = answer
    assert 200 <= status < 500
    assert body[:2] == b"\xff\xd8" or body[:4] == b"\x89PNG" or isinstance(json.loads(body), dict)
    for world in fuzzed.worlds:
        for task, plan in fuzzed.known.items():
            if plan.operation in world.runtime.operations:
                assert world.tasks.get(task) is plan or task not in world.tasks


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(10**300), 10**300)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from([LINK, "fast", "clean", "png", "http://", "\ud800", "x" * 5000, "http://[::1", "\r\nX: y"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
bodies = st.one_of(
    st.binary(max_size=300),
    values.map(lambda value: json.dumps(value).encode()),
    st.sampled_from(
        [
            b"[" * 100_000,
            b'{"a":' * 50_000,
            b"\xef\xbb\xbf{}",
            b"",
            b"{}",
            b"null",
            b'{"a":1e400}',
            b'{"a":NaN}',
            b"--B--\r\n",
        ]
    ),
)
types = st.sampled_from(
    [
        "application/json",
        "application/json; charset=utf-16",
        "multipart/form-data; boundary=B",
        "multipart/form-data",
        "text/plain",
        "",
        "application/x-www-form-urlencoded",
        "application/json;;;",
        "\xff/\xff",
        'multipart/form-data; boundary="' + "B" * 500 + '"',
    ]
)
bounded = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@pytest.mark.parametrize(("vendor", "name"), OPERATIONS)
@bounded
@given(data=st.data())
def test_wrong_values_in_known_fields_are_answered(fuzzed: Fuzzed, vendor: str, name: str, data: st.DataObject) -> None:
    """Known names with any values: fields missing, of other types, too many; ids that are near misses."""
    operation = CONTRACTS[vendor].operations[name]
    fields = list(operation.request["properties"])
    chosen = data.draw(st.dictionaries(st.sampled_from(fields) | st.text(max_size=5), values, max_size=6))
    headers = {**AUTH[vendor], "Content-Type": "application/json"}
    body = json.dumps(chosen).encode()
    if "application/json" not in operation.encodings and operation.encodings:
        headers["Content-Type"] = "multipart/form-data; boundary=B"
        body = b"".join(_part(key, value) for key, value in chosen.items()) + b"--B--\r\n"
    path = operation.path.replace(
        "{task_id}", data.draw(st.sampled_from([*fuzzed.known, "x", "..", "%2e", "\xff", "a" * 5000]))
    )
    check(fuzzed, fuzzed.send(operation.method, path, headers, body))


def _part(name: str, value: Any) -> bytes:
    text = value if isinstance(value, str) else json.dumps(value)
    head = f'--B\r\nContent-Disposition: form-data; name="{name}"'.encode("utf-8", "replace")
    if name == "image_file":
        return (
            head
            + b'; filename="f"\r\n\r\n'
            + (card(20, 20, "png") if value else text.encode("utf-8", "replace"))
            + b"\r\n"
        )
    return head + b"\r\n\r\n" + text.encode("utf-8", "replace") + b"\r\n"


@pytest.mark.parametrize(("vendor", "name"), OPERATIONS)
@bounded
@given(body=bodies, kind=types)
def test_any_bytes_under_any_content_type_are_answered(
    fuzzed: Fuzzed, vendor: str, name: str, body: bytes, kind: str
) -> None:
    """Random bytes, deep JSON, other encodings, wrong or no content type."""
    operation = CONTRACTS[vendor].operations[name]
    path = operation.path.replace("{task_id}", next(iter(fuzzed.known)))
    check(fuzzed, fuzzed.send(operation.method, path, {**AUTH[vendor], "Content-Type": kind}, body))


@pytest.mark.parametrize(("vendor", "name"), OPERATIONS)
@bounded
@given(
    credential=st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=40)
    | st.binary(max_size=30).map(lambda raw: "Basic " + base64.b64encode(raw).decode())
    | st.sampled_from(["Basic", "Basic =", "Basic \xff", "basic dGVzdA==", "test", "test\x00", "x" * 60_000])
)
def test_any_credential_is_answered(fuzzed: Fuzzed, vendor: str, name: str, credential: str) -> None:
    """Any bytes that a header can hold are a world or a 401."""
    operation = CONTRACTS[vendor].operations[name]
    header = CONTRACTS[vendor].data["auth"]["header"]
    answer = fuzzed.send(operation.method, operation.path.replace("{task_id}", "x"), {header: credential}, b"{}")
    check(fuzzed, answer)
    if not credential.startswith(("test", "basic", "Basic")):
        assert answer[0] == 401


@bounded
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "HEAD", "TRACE", "FOO", ""]),
    path=st.text(st.characters(max_codepoint=255), max_size=30).map(lambda text: "/" + text)
    | st.sampled_from(
        [
            "/api/tasks/",
            "//",
            "/v3/pic/../x",
            "/createtask/",
            "/_mockfoo",
            "/api/upscaler/v1",
            "/_mock/results/a/b/c",
        ]
    ),
)
def test_any_path_is_answered(fuzzed: Fuzzed, method: str, path: str) -> None:
    """Unknown paths and methods are somebody's 404, never an error."""
    status, _ = fuzzed.send(method, path, {}, b"")
    assert 200 <= status < 500


@bounded
@given(name=st.text(max_size=20), query=st.text(max_size=30))
def test_any_test_picture_is_answered(fuzzed: Fuzzed, name: str, query: str) -> None:
    """The image origin refuses what it cannot make with a reason."""
    status, _ = fuzzed.send("GET", "/_mock/images/" + name.encode().decode("latin-1"), {}, None)
    assert status < 500
    request = Request("GET", f"/{name}", query, {}, io.BytesIO(), 0, ORIGIN)
    assert fuzzed.engine.handle(request).status < 500


def test_all_tasks_are_still_there(fuzzed: Fuzzed) -> None:
    """After everything above, each task that was created reads as finished."""
    fuzzed.clock.advance(100)
    for world in fuzzed.worlds:
        assert set(world.tasks) | set(world.deleted) >= {
            t for t, plan in fuzzed.known.items() if plan.operation in world.runtime.operations
        }
