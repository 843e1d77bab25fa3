"""Freedoms of the wire: spelling of JSON, headers, transport, clocks, limiters and ids, of which nobody speaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greycard_schemas.drifts.model import put
from greycard_schemas.freedoms.lifecycle import unseen_running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from greycard_schemas.freedoms.model import Freedom, Silences

PASSES = "the state may pass before anybody looks again"
_SLOW = ("latency_seconds",)
"""Manners that let more time pass between two looks."""

ID_FORMS = ("uuid", "hex24", "numeric", "prefixed", "upper", "long", "token")

_HEADERS = {
    "Server": "openresty",
    "X-Request-Id": "8b1f6d0a-52d8-4a55-8fd0-3d5b0a4f3c11",
    "Set-Cookie": "acw_tc=0a1b; Path=/; HttpOnly",
    "Vary": "Accept-Encoding, Origin",
    "Cache-Control": "no-store",
    "X-RateLimit-Remaining": "0",
}

_MANNERS: tuple[tuple[str, str, str, str, Any], ...] = (
    ("json-reversed", "order of JSON", "The fields of every object come in reverse order.", "json_order", "reversed"),
    ("json-sorted", "order of JSON", "The fields of every object come in alphabetical order.", "json_order", "sorted"),
    ("json-spaced", "spelling of JSON", "JSON is written with blanks around its signs.", "json_space", "spaced"),
    ("json-indented", "spelling of JSON", "JSON is written on many lines.", "json_space", "indented"),
    ("json-blanks", "spelling of JSON", "JSON is written with a blank after its signs.", "json_space", "blanks"),
    ("json-ascii", "spelling of JSON", "All but ASCII is written as \\u escapes.", "json_escape", "ascii"),
    ("json-slash", "spelling of JSON", "Every slash in JSON is written as \\/.", "json_escape", "slash"),
    ("json-line", "spelling of JSON", "JSON ends with a line end.", "json_tail", True),
    (
        "type-charset",
        "content type",
        "Answers say which charset they have.",
        "content_type",
        "application/json; charset=utf-8",
    ),
    ("type-text", "content type", "JSON is sent as plain text.", "content_type", "text/plain;charset=UTF-8"),
    (
        "type-api",
        "content type",
        "JSON is sent as a kind of JSON of its own.",
        "content_type",
        "application/vnd.api+json",
    ),
    ("chunked", "transport", "Answers are sent in chunks.", "transfer", "chunked"),
    ("gzip", "transport", "Answers are compressed for those who take that.", "transfer", "gzip"),
    ("close", "transport", "The connection is closed after each answer.", "close", True),
    ("headers-lower", "headers", "Names of headers are written in small letters.", "header_case", "lower"),
    ("headers-upper", "headers", "Names of headers are written in capitals.", "header_case", "upper"),
    ("more-headers", "headers", "Answers carry headers that no document names.", "headers", _HEADERS),
    (
        "refusal-headers",
        "headers",
        "Refusals say in headers when to come again, and how to sign in.",
        "refusal_headers",
        {"Retry-After": "1", "WWW-Authenticate": 'Bearer realm="api"'},
    ),
    ("clock-ahead", "clocks", "The vendor's clock is 90 s ahead.", "skew_seconds", 90),
    ("clock-behind", "clocks", "The vendor's clock is 45 s behind.", "skew_seconds", -45),
    ("late-answers", "time", "Every answer comes 0.15 s later.", "latency_seconds", 0.15),
)


def freedoms(facts: Silences) -> Iterator[Freedom]:
    """Freedoms of everything around the words of an answer."""
    for name, family, sentence, manner, value in _MANNERS:
        yield from facts.freedom(
            name,
            sentence,
            [put("vendor", f"/manners/{manner}", value, "add")],
            family=family,
            hides=unseen_running(facts, PASSES, facts.data["lifecycle"]["running"]) if manner in _SLOW else {},
        )
    yield from _limiters(facts)
    yield from _ids(facts)


def _limiters(facts: Silences) -> Iterator[Freedom]:
    if "rate" not in facts.data:
        return
    rate, place = facts.data["rate"], f"{facts.vendor.name}#rate"
    for kind, words in (
        ("fixed", "in fixed windows of the clock"),
        ("bucket", "by a bucket that fills evenly and may be emptied at once"),
        ("smooth", "by the distance between two requests"),
    ):
        yield from facts.freedom(
            f"rate-{kind}",
            f"The rate is kept {words}.",
            [put("vendor", "/manners/limiter", kind, "add")],
            family="limiter",
            keeps=[("vendor", "/rate")],
            hides=unseen_running(facts, PASSES, facts.data["lifecycle"]["running"]),
        )
    if facts.assumed(f"{place}/scope"):
        other = "create" if rate["scope"] == "all" else "all"
        yield from facts.freedom(
            "rate-of-creates" if other == "create" else "rate-of-all",
            f"{'Only creates count' if other == 'create' else 'Every request counts'} towards the rate.",
            [put("vendor", "/rate/scope", other)],
            family="limiter",
            of=[f"{place}/scope"],
        )


def _ids(facts: Silences) -> Iterator[Freedom]:
    for form in ID_FORMS:
        if form != facts.data.get("ids", {}).get("form", "uuid"):
            ids = {"form": form, "x-source": {"form": "assumed: another form of ids"}}
            yield from facts.freedom(
                f"ids-{form}",
                f"Task ids have another form: {form}.",
                [put("vendor", "/ids", ids, "add")],
                family="ids",
                of=[f"{facts.vendor.name}#ids/form"],
            )
