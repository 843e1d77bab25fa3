"""The one door through which the mocks reach other servers: picture links, and callbacks to receivers.

Addresses come from whoever calls the mock, so each request goes through one guard: the form of the address,
its port, every IP address that its name has, and then a connection to exactly the address that was checked.
It may not follow redirects, use a proxy or stored credentials, decode content, read without a bound, or wait
beyond one deadline. What the other side sent is never part of an error.
"""

from __future__ import annotations

import contextlib
import http.client
import re
import ssl
import threading
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from typing import IO, Self

from greycard_mocks import clock
from greycard_mocks.egress._body import read_body
from greycard_mocks.egress._target import (
    EgressError,
    EgressKind,
    Target,
    is_metadata,
    is_well_formed,
    parse_target,
    why_address_refused,
    why_name_refused,
    why_port_refused,
)
from greycard_mocks.egress._wire import (
    Connect,
    Deadline,
    Resolve,
    Wire,
    lookup,
    open_socket,
    system_connect,
    system_resolve,
)
from greycard_mocks.egress.allow import Allowances, spelled
from greycard_mocks.egress.own_header import DEPTH_HEADER

__all__ = ["Answer", "EgressError", "EgressKind", "Fetched", "Guard", "check_url_form"]

_SPOOL_BYTES = 512 * 1024
_HEAD_BYTES = 64 * 1024
_MAX_LOOKUPS = 32
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_BAD_HEADER_VALUE = re.compile(r"[^\t\x20-\x7e\xa0-\xff]")
_MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,64}/[a-z0-9!#$&^_.+-]{1,64}")
_OWN_HEADERS = frozenset({"host", "content-length", "transfer-encoding", "connection", "accept-encoding"})


def check_url_form(url: str) -> None:
    """Accept an absolute http or https address by its form only, without any look-up.

    Raises EgressError "malformed" that says what is wrong with it.
    """
    if not is_well_formed(url):
        parse_target(url)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A body that was fetched whole: `file` stands at its start and is on disk when it is over 512 KiB.

    `size` is in bytes; `content_type` is the lower-case media type without parameters, or "" when there was
    none that could be read. Close it (or use it in a `with`) to give the file back.
    """

    file: IO[bytes]
    size: int
    content_type: str
    status: int

    def close(self) -> None:
        """Delete the temporary file. May be called twice."""
        self.file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receiver answered; the names in `headers` are lower-case, the body of a 3xx is left unread."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def _lookup_slots() -> threading.BoundedSemaphore:
    return threading.BoundedSemaphore(_MAX_LOOKUPS)


@dataclass(frozen=True, slots=True)
class Guard:
    """The limits of everything that leaves a mock; safe to share between threads.

    Loopback addresses are reached unless `loopback` is False; private, link-local, metadata, shared, benchmark,
    multicast and reserved ones are not; `allow` says what is reached all the same. `deadline_seconds` runs over
    look-up, connect, TLS, request and answer together. `resolve`, `connect`, `monotonic` and `tls` are for tests.
    """

    allow: Allowances = field(default_factory=Allowances)
    deadline_seconds: float = 10.0
    loopback: bool = True
    resolve: Resolve = system_resolve
    connect: Connect = system_connect
    monotonic: Callable[[], float] = clock.monotonic
    tls: Callable[[], ssl.SSLContext] = ssl.create_default_context
    _slots: threading.BoundedSemaphore = field(default_factory=_lookup_slots, init=False, repr=False, compare=False)

    def fetch(self, url: str, *, max_bytes: int) -> Fetched:
        """GET a picture or mask of at most `max_bytes` bytes (inclusive).

        Raises EgressError: "malformed" (the address, or an answer that breaks HTTP, is encoded, or is shorter
        than it declared), "refused" (the guard), "unreachable", "timeout", "redirect" (any 3xx, its body
        unread), "status" (any other status than 200), "too_large".
        """
        with self._exchange("GET", url, {"Accept": "*/*"}, None) as response:
            status = response.status
            if 300 <= status < 400:
                raise EgressError("redirect", f"the address answers with a redirect ({status})")
            if status != 200:
                raise EgressError("status", f"the address answers with HTTP {status}, not 200")
            with contextlib.ExitStack() as cleanup:
                file = cleanup.enter_context(SpooledTemporaryFile(max_size=_SPOOL_BYTES))
                size = 0
                for block in read_body(response, max_bytes):
                    size += len(block)
                    file.write(block)
                file.seek(0)
                cleanup.pop_all()
            media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
            return Fetched(file, size, media_type if _MEDIA_TYPE.fullmatch(media_type) else "", status)

    def post(self, url: str, *, headers: Mapping[str, str], body: bytes, max_answer_bytes: int = 65536) -> Answer:
        """POST a delivery and read the receiver's answer, whatever its status; a redirect is never followed.

        Raises EgressError as `fetch` does, except "redirect" and "status"; its `status` is set when the
        receiver had answered one before it went wrong. Header names and values that could break out of their
        line, and headers that this module sets itself, are "refused".
        """
        for name, value in headers.items():
            if not _HEADER_NAME.fullmatch(name) or _BAD_HEADER_VALUE.search(value):
                raise EgressError("refused", "a header holds a character that no header may hold")
            if name.lower() in _OWN_HEADERS:
                raise EgressError("refused", f"the mock sets the header {name.lower()} itself; leave it out")
        with self._exchange("POST", url, headers, body) as response:
            redirected = 300 <= response.status < 400
            answer = b"" if redirected else b"".join(read_body(response, max_answer_bytes))
            received = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status, received, answer)

    @contextlib.contextmanager
    def _exchange(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> Generator[http.client.HTTPResponse, None, None]:
        target = parse_target(url)
        deadline = Deadline(self.monotonic() + self.deadline_seconds, self.monotonic)
        addresses = self._checked_addresses(target, deadline)
        sock = open_socket(target, addresses, self.connect, self.tls, deadline)
        response: http.client.HTTPResponse | None = None
        try:
            with _as_egress_errors(target):
                wire = Wire(sock, deadline, unread_limit=_HEAD_BYTES)
                response = _send(target, wire, method, headers, body)
                wire.unread_limit = None
            yield response
        except EgressError as error:
            if response is not None:
                error.status = response.status
            raise
        finally:
            if response is not None:
                response.close()
            sock.close()

    def _checked_addresses(self, target: Target, deadline: Deadline) -> list[str]:
        """The addresses to connect to, all of them checked: one that is refused refuses the name."""
        if not self.allow.opens_name(target) and (why := why_name_refused(target)) is not None:
            raise _refused(target, f"{target.host_header} {why}")
        if not self.allow.opens_port(target) and (why := why_port_refused(target)) is not None:
            raise _refused(target, f"{target.host_header} {why}")
        literal = target.address
        addresses = [literal] if literal else lookup(target, self.resolve, self._slots, deadline)
        for address in addresses:
            why = why_address_refused(address, loopback=self.loopback)
            if why is None or self.allow.opens(target, address):
                continue
            if not literal and is_metadata(address):
                message = f"{target.host} has the address of a cloud metadata service; only --allow ADDRESS opens that"
                raise EgressError("refused", message)
            raise _refused(target, f"{target.host if literal else f'{target.host} has an address that'} {why}")
        return addresses


def _refused(target: Target, why: str) -> EgressError:
    # for a shell and for Python, since nobody knows here how the mock was started
    return EgressError("refused", f"{why}; --allow {spelled(target)} opens it (in Python allow=[...])")


def _send(
    target: Target, wire: Wire, method: str, headers: Mapping[str, str], body: bytes | None
) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(target.host, target.port)
    connection.auto_open = 0
    connection.sock = wire
    connection.putrequest(method, target.path, skip_host=True, skip_accept_encoding=True)
    connection.putheader("Host", target.host_header)
    if not any(name.lower() == "user-agent" for name in headers):
        connection.putheader("User-Agent", "greycard-mock")
    if not any(name.lower() == DEPTH_HEADER for name in headers):
        connection.putheader(DEPTH_HEADER, "1")
    connection.putheader("Accept-Encoding", "identity")
    connection.putheader("Connection", "close")
    for name, value in headers.items():
        connection.putheader(name, value)
    if body is not None:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    return connection.getresponse()


@contextlib.contextmanager
def _as_egress_errors(target: Target) -> Generator[None, None, None]:
    try:
        yield
    except TimeoutError:
        raise EgressError("timeout", f"{target.host_header} did not answer within the deadline") from None
    except OSError:  # before HTTPException: a peer that closes without an answer is both
        raise EgressError("unreachable", f"{target.host_header} closed the connection without an answer") from None
    except (http.client.HTTPException, ValueError):
        raise EgressError("malformed", f"{target.host_header} sent an answer that is not HTTP") from None
