"""The steps that every request passes, as a list that can be read. The first that refuses wins.

The order of the checks is the vendor's and stands in its data (`order`). Each step is a plain function over
one `Exchange`: it returns a Refusal, or None to go on. What happens after the checks stands in `behave`.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from greycard_mocks.core.exchange import Answer, Refusal
from greycard_mocks.core.faults import DELIVERY_FAULTS
from greycard_mocks.core.rate import admit
from greycard_mocks.pipeline.body import BodyError, coerced, parse_form, parse_json, read_body
from greycard_schemas.auth import known_secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from greycard_mocks.core.exchange import Exchange
    from greycard_mocks.core.world import World
    from greycard_mocks.engine.engine import Engine

    Step = Callable[[Engine, Exchange], Refusal | None]


MAX_NAMES = 64
MAX_NAME = 100
"""Field names beyond these bounds are not looked at for misspellings."""


def authenticate(engine: Engine, exchange: Exchange) -> Refusal | None:
    """Find the world of the credential; without a valid one the vendor's own refusal."""
    runtime = exchange.runtime
    credential = runtime.scheme.account(runtime.auth, exchange.request)
    if not runtime.auth["enforced"]:
        credential = credential or "test-anyone"
    elif credential is None or not credential.startswith("test"):
        shown = "is missing or unreadable" if credential is None else "is unknown; test credentials begin with 'test'"
        return Refusal(
            runtime.auth["error"],
            f"the credential in {runtime.auth['header']} {shown}",
            f"{runtime.name}#auth/enforced",
        )
    world = exchange.world = engine.world(runtime.name, credential)
    if world.runtime is not runtime:  # the world runs in other variants than the engine
        exchange.runtime, exchange.operation = (
            world.runtime,
            world.runtime.operations[exchange.operation.name],
        )
    exchange.now = exchange.world.clock.now()
    return check_signature(exchange, credential) if exchange.runtime.scheme.signs else None


def check_signature(exchange: Exchange, account: str) -> Refusal | None:
    """Hold a signed request against the secret of its test key; the vendor's own refusal when it does not fit."""
    runtime, scheme, auth = exchange.runtime, exchange.runtime.scheme, exchange.runtime.auth
    if scheme.problem is None or not auth["enforced"]:
        return None
    try:
        body = kept_body(exchange)
    except BodyError as error:
        return unreadable(exchange, error)
    problem = scheme.problem(auth, known_secrets(auth, account), exchange.request, body)
    return Refusal(auth["error"], problem, f"{runtime.name}#auth/enforced") if problem else None


def kept_body(exchange: Exchange) -> bytes:
    """The whole body, at most as long as the operation allows; the request can be read again afterwards."""
    request = exchange.request
    body = read_body(request.stream, request.content_length, exchange.runtime.body_limit(exchange.operation))
    request.stream, request.content_length = io.BytesIO(body), len(body)
    return body


def check_size(_: Engine, exchange: Exchange) -> Refusal | None:
    """Refuse a body by its declared length, before any of it is read."""
    length, operation = exchange.request.content_length, exchange.operation
    if length is None or operation.kind != "create" or length <= exchange.runtime.body_limit(operation):
        return None
    return _oversize(exchange, f"the body has {length} bytes")


def _oversize(exchange: Exchange, detail: str) -> Refusal:
    operation = exchange.operation
    consequence = operation.contract.get("pictures", {}).get("consequences", {}).get("file_bytes", {})
    error = str(consequence.get("error", operation.contract["refusal"]))
    claim = "pictures/megabytes" if "error" in consequence else "encodings"
    return Refusal(error, detail, f"{operation.vendor}/{operation.name}#{claim}")


def check_rate(_: Engine, exchange: Exchange) -> Refusal | None:
    """Let through at most the documented number of requests in any window."""
    rate, world = exchange.runtime.rate, exchange.world
    if rate is None or world is None or world.rate_limit is None:
        return None
    if rate["scope"] == "create" and exchange.operation.kind != "create":
        return None
    with world.lock:
        if admit(world.arrivals, exchange.now, limit=world.rate_limit, window=rate["window_seconds"]):
            return None
    detail = f"more than {world.rate_limit} requests within {rate['window_seconds']} s"
    return Refusal(rate["error"], detail, f"{exchange.runtime.name}#rate/limit")


def parse(_: Engine, exchange: Exchange) -> Refusal | None:
    """Read the body in one of the operation's encodings, and the parameters in the path."""
    operation, request = exchange.operation, exchange.request
    if not operation.encodings:
        exchange.values = dict(exchange.parameters)
        return None
    mimetype, options = media_type(request.header("content-type"))
    where = f"{operation.vendor}/{operation.name}#encodings"
    limit = exchange.runtime.body_limit(operation)
    if mimetype not in operation.encodings:
        accepted = " or ".join(operation.encodings)
        return Refusal(
            operation.contract["refusal"], f"Content-Type is {mimetype or 'missing'}; send {accepted}", where
        )
    try:
        if mimetype == "application/json":
            exchange.values = parse_json(read_body(request.stream, request.content_length, limit))
        else:
            fields, exchange.files = parse_form(request.stream, request.content_length, mimetype, options, limit)
            exchange.values = coerced(fields, operation.request.get("properties", {}))
    except BodyError as error:
        return unreadable(exchange, error)
    return None


def unreadable(exchange: Exchange, error: BodyError) -> Refusal:
    """The vendor's refusal of a body that cannot be read, or is too long to be."""
    if error.too_large:
        return _oversize(exchange, str(error))
    operation = exchange.operation
    return Refusal(operation.contract["refusal"], str(error), f"{operation.vendor}/{operation.name}#encodings")


def media_type(header: str) -> tuple[str, dict[str, str]]:
    """A Content-Type header as lower-case media type and its parameters."""
    from werkzeug.http import parse_options_header

    mimetype, options = parse_options_header(header)
    return mimetype.strip().lower(), options


def validate(_: Engine, exchange: Exchange) -> Refusal | None:
    """Hold the values against the operation's request schema."""
    operation, runtime = exchange.operation, exchange.runtime
    for name, schema in operation.request.get("properties", {}).items():
        # S2:20 and S2:35: a picture may come as a file or as a link; a file sent as text is no file
        if schema.get("x-file") and name in exchange.values:
            del exchange.values[name]
        elif "default" in schema and name not in exchange.values:
            exchange.values[name] = schema["default"]
    if not runtime.is_valid(operation, exchange.values):
        return explain(exchange)
    if len(exchange.values) > len(exchange.values.keys() & operation.request.get("properties", {}).keys()):
        note_misspelled(exchange)
    return _check_urls(exchange)


def similar(name: str, others: Iterable[str]) -> str | None:
    """The one of `others` that is `name` misspelled, if one is."""
    import difflib

    spelled = {other.lower().replace("_", "").replace("-", ""): other for other in others if len(other) <= MAX_NAME}
    found = difflib.get_close_matches(name.lower().replace("_", ""), spelled, n=1, cutoff=0.75)
    return spelled[found[0]] if found else None


def note_misspelled(exchange: Exchange) -> None:
    """Say of a field that nobody knows which one it may have been; the vendor ignores it all the same."""
    operation = exchange.operation
    known = operation.request.get("properties", {})
    for name in list(exchange.values)[:MAX_NAMES]:
        if name not in known:
            meant = similar(name, [other for other in known if other not in exchange.values])
            if meant:
                claim = f"{operation.vendor}/{operation.name}#request/{meant}/type"
                exchange.refusal = Refusal(
                    "", f"{name!r} is no field and was ignored; did you mean {meant!r}?", claim, f"/{name}"
                )
                return


def explain(exchange: Exchange) -> Refusal:
    """The first statement of the request schema that the values break."""
    from greycard_schemas.judge import judge

    operation = exchange.operation
    error = operation.contract["refusal"]
    for found in judge(operation, operation.contract["request"], exchange.values):
        if not found.holds:
            if found.keyword == "required":
                detail, pointer = f"{found.expected} is missing", f"{found.pointer}/{found.expected}"
                meant = similar(str(found.expected), exchange.values)
                if meant:
                    detail += f"; did you mean it by {meant!r}?"
            else:
                detail = f"{found.pointer or 'the body'} breaks {found.keyword} {found.expected!r}"
                pointer = found.pointer
            special = operation.contract.get("refusals", {}).get(found.pointer)
            if special and found.keyword != "type":
                error = special
            return Refusal(error, detail, found.claim, pointer)
    return Refusal(
        error,
        "the values do not satisfy the request schema",
        f"{operation.vendor}/{operation.name}#request/type",
    )


def _check_urls(exchange: Exchange) -> Refusal | None:
    from greycard_mocks.egress.guard import EgressError, check_url_form

    operation = exchange.operation
    for name in operation.contract.get("urls", ()):
        try:
            check_url_form(exchange.values[name])
        except EgressError as problem:
            where = f"{operation.vendor}/{operation.name}#urls"
            return Refusal(
                operation.contract["refusal"],
                f"{name} must be an absolute http or https URL: {problem}",
                where,
                f"/{name}",
            )
    return None


def check_balance(_: Engine, exchange: Exchange) -> Refusal | None:
    """Refuse a create that the account cannot pay; nothing is taken yet."""
    balance, world = exchange.runtime.balance, exchange.world
    if balance is None or world is None or exchange.operation.kind != "create" or world.balance >= balance["cost"]:
        return None
    return Refusal(
        balance["error"],
        f"the balance is {world.balance:g}, a task costs {balance['cost']}",
        f"{exchange.runtime.name}#balance/error",
    )


STEPS: dict[str, Step] = {
    "auth": authenticate,
    "size": check_size,
    "rate": check_rate,
    "parse": parse,
    "validate": validate,
    "balance": check_balance,
}


def run_steps(engine: Engine, exchange: Exchange) -> Refusal | Answer | None:
    """Run the vendor's checks in the vendor's order; the first Refusal, or None.

    A fault may answer instead.
    """
    for name in exchange.runtime.order:
        refusal = STEPS[name](engine, exchange)
        if refusal is not None:
            return refusal
        if name == "auth" and exchange.world is not None and exchange.world.forced_errors:
            error = exchange.world.forced_errors.popleft()
            return Refusal(error, "asked for by the user of the mock", f"{exchange.runtime.name}#errors/{error}/code")
        if name == "auth" and exchange.world is not None and exchange.world.faults:
            answer = strike(exchange, exchange.world)
            if answer is not None:
                return answer
    return None


def strike(exchange: Exchange, world: World) -> Answer | None:
    """Pick the fault that strikes this request; those that keep it from being carried out answer at once."""
    with world.lock:
        world.faults = [fault for fault in world.faults if exchange.now <= fault.until and not fault.spent]
        for fault in world.faults:
            if fault.kind not in DELIVERY_FAULTS and fault.matches(exchange.operation.name, exchange.now):
                fault.use()
                exchange.fault = fault
                break
    if exchange.fault is None or exchange.fault.kind not in ("error_status", "outage"):
        return None
    body = b'{"error": "a fault that was asked for"}'
    reason = f"fault {exchange.fault.kind}, switched on by the user of the mock; the request was not carried out"
    return Answer(exchange.fault.status, body, reason=reason)
