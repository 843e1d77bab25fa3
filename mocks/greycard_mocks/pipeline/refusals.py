"""The vendor's errors as answers, and the reason of a refusal in one line for the user of the mock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from greycard_mocks.core.answer import Answer, Refusal

if TYPE_CHECKING:
    from greycard_mocks.core.contract import Runtime
    from greycard_mocks.core.exchange import Exchange
    from greycard_mocks.pipeline.body import BodyError

REASON_CHARACTERS = 900


def error_answer(runtime: Runtime, refusal: Refusal, message: str | None = None) -> Answer:
    """One of the vendor's errors as an answer, with another text than the usual one where it is given."""
    status, body = runtime.refusal(refusal.error, message)
    manners = runtime.manners
    return Answer(
        status, body, manners.content_type, list(manners.refusal_headers.items()), reason_of(runtime, refusal)
    )


def reason_of(runtime: Runtime | None, refusal: Refusal) -> str:
    """Claim, lines, pointer and words in one line of printable ASCII, fit for a header."""
    source = runtime.source_of(refusal.claim) if runtime is not None else ""
    parts = [refusal.claim, f"({source})" if source else "", refusal.pointer, "-", refusal.detail]
    text = " ".join(part for part in parts if part)
    if not (text.isascii() and text.isprintable()):
        text = "".join(c if " " <= c <= "~" else "?" for c in text)
    return text[:REASON_CHARACTERS]


def forced(exchange: Exchange, error: str) -> Refusal:
    """An error of the vendor that the user of the mock has asked for."""
    return Refusal(error, "asked for by the user of the mock", f"{exchange.runtime.name}#errors/{error}/code")


def unreadable(exchange: Exchange, error: BodyError) -> Refusal:
    """The refusal of a body that cannot be read, or is too long to be."""
    if error.too_large:
        return oversize(exchange, str(error))
    return Refusal(exchange.rules.refusal, str(error), f"{exchange.rules.place}#encodings")


def oversize(exchange: Exchange, detail: str) -> Refusal:
    """The refusal of a body that is too long: the vendor's code for files where it has one."""
    rules = exchange.rules
    consequence = rules.pictures.get("consequences", {}).get("file_bytes", {})
    claim = "pictures/megabytes" if "error" in consequence else "encodings"
    return Refusal(str(consequence.get("error", rules.refusal)), detail, f"{rules.place}#{claim}")
