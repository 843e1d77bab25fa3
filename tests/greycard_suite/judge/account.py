"""Recognises conditions of the account in answers: nothing to pay with, not opened, expired, too often, out of service.

A condition violates nothing unless a test has provoked it; it blocks. Reads answers only, and judges none.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from greycard_schemas.provenance import origin_of
from greycard_suite.judge import read_answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from greycard_schemas.loader import Operation, Vendor
    from greycard_suite.call import Call

WORDS: Final = Path(__file__).with_name("account_conditions.json")
"""Patterns of words in refusals, each list with the condition that it tells of and where the words come from."""

NOTHING_TO_PAY, NOT_OPENED, _, TOO_OFTEN, OUT_OF_SERVICE, _ = range(6)
MOST_CHARACTERS = 4000


@cache
def _conditions() -> tuple[tuple[str, re.Pattern[str], bool], ...]:
    """Each condition with the words that tell of it, and whether they do so whatever code a refusal has."""
    entries: list[dict[str, Any]] = json.loads(WORDS.read_text(encoding="utf-8"))
    return tuple(
        (str(one["condition"]), re.compile("|".join(one["words"]), re.IGNORECASE), bool(one.get("unmistakable")))
        for one in entries
    )


def condition_of(vendor: Vendor, operation: Operation | None, call: Call, *, provoked: str = "") -> str:
    """Which condition of the account an answer tells of, in words; empty for none.

    `provoked` is the vendor's error that a test brings about on purpose: that one is no condition.
    """
    data, names = vendor.data, _conditions()
    code = str(read_answer.code_of(vendor, call))
    for part, name in (("balance", names[NOTHING_TO_PAY][0]), ("rate", names[TOO_OFTEN][0])):
        error = (data.get(part) or {}).get("error", "")
        if error and error != provoked and code == str(data["errors"][error]["code"]):
            return _said(name, call, vendor)
    if provoked and code == str(data["errors"][provoked]["code"]):
        return ""
    listed = _is_listed(vendor, operation, code)
    statuses = {call.status} | ({int(code)} if code.isdigit() and not listed else set())  # in HTTP or in the envelope
    by_status = {402: NOTHING_TO_PAY, 429: TOO_OFTEN, 503: OUT_OF_SERVICE}
    if found := statuses & set(by_status):
        return _said(names[by_status[min(found)]][0], call, vendor)
    auth = str(data["errors"][data["auth"]["error"]]["code"])
    if call.credential == "valid" and (statuses & {401, 403} or (code == auth and auth != str(call.status))):
        return _said(names[NOT_OPENED][0], call, vendor)
    refused = operation is None or read_answer.answer_to(operation, call) in ("refused", "unclear")
    if not refused or call.credential != "valid":
        return ""
    text = message_of(call)
    return next(
        (_said(name, call, vendor) for name, words, sure in names if (sure or not listed) and words.search(text)), ""
    )


def _is_listed(vendor: Vendor, operation: Operation | None, code: str) -> bool:
    """Whether a document lists this code for the operation, so that it means what the document says."""
    errors = vendor.data["errors"]
    names = operation.contract.get("errors", ()) if operation is not None else errors
    listed = (errors[name] for name in names if str(errors[name]["code"]) == code)
    return any(origin_of(str(one["x-source"]["code"])) != "assumed" for one in listed)


def is_unlisted(vendor: Vendor, operation: Operation, call: Call) -> bool:
    """Whether a refusal has a code that the document does not list for the operation, although it lists some."""
    errors = vendor.data["errors"]
    codes = {str(errors[name]["code"]) for name in operation.contract.get("errors", ())}
    some = any(_is_listed(vendor, operation, code) for code in codes)
    return some and not _is_listed(vendor, operation, str(read_answer.code_of(vendor, call)))


def message_of(call: Call) -> str:
    """Every text in an answer, in one line; of what is no JSON the beginning of its words."""
    if call.json is None:
        return call.body[:MOST_CHARACTERS].decode("utf-8", "replace")
    return " ".join(_texts(call.json))[:MOST_CHARACTERS]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for child in value.values():
            yield from _texts(child)
    elif isinstance(value, list):
        for child in value:
            yield from _texts(child)
    elif isinstance(value, str):
        yield value


def _said(condition: str, call: Call, vendor: Vendor) -> str:
    """The condition with what the vendor said, fit for a report."""
    code, text = read_answer.code_of(vendor, call), message_of(call).strip()[:80]
    number = f"HTTP {call.status}" + (f", code {code}" if str(code) != str(call.status) else "")
    return f"{condition} ({number}{': ' + text if text else ''})"
