"""Recognises conditions of the account in answers: nothing to pay with, not opened, expired, too often, out of service.

A condition violates nothing unless a test has provoked it; it blocks. Reads answers only, and judges none.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from greycard_schemas.provenance import origin_of
from greycard_suite.call import leaves
from greycard_suite.judge import read_answer

if TYPE_CHECKING:
    from greycard_schemas.loader import Operation, Vendor
    from greycard_suite.call import Call

WORDS: Final = Path(__file__).with_name("account_conditions.json")
"""Patterns of words in refusals, each list with the condition that it tells of and where the words come from."""

MOST_CHARACTERS = 4000


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of the account: `says` is it in words, `words` and `http` tell of it in an answer.

    `unmistakable`: its words tell of it whatever code a refusal has.
    """

    name: str
    says: str
    words: re.Pattern[str]
    http: tuple[int, ...]
    unmistakable: bool


@cache
def _conditions() -> dict[str, Condition]:
    entries: list[dict[str, Any]] = json.loads(WORDS.read_text(encoding="utf-8"))
    return {
        one["name"]: Condition(
            one["name"],
            one["condition"],
            re.compile("|".join(one["words"]), re.IGNORECASE),
            tuple(one.get("http", ())),
            bool(one.get("unmistakable")),
        )
        for one in entries
    }


def condition_of(vendor: Vendor, operation: Operation | None, call: Call, *, provoked: str = "") -> str:
    """Which condition of the account an answer tells of, in words; empty for none.

    `provoked` is the vendor's error that a test brings about on purpose: that one is no condition.
    """
    found = _condition(vendor, operation, call, provoked)
    return _said(found.says, call, vendor) if found is not None else ""


def _condition(vendor: Vendor, operation: Operation | None, call: Call, provoked: str) -> Condition | None:
    data, known = vendor.data, _conditions()
    code = str(read_answer.code_of(vendor, call))
    for part, name in (("balance", "nothing_to_pay"), ("rate", "too_often")):
        error = (data.get(part) or {}).get("error", "")
        if error and error != provoked and code == str(data["errors"][error]["code"]):
            return known[name]
    if provoked and code == str(data["errors"][provoked]["code"]):
        return None
    listed = _is_listed(vendor, operation, code)
    statuses = {call.status} | ({int(code)} if code.isdigit() and not listed else set())  # in HTTP or in the envelope
    for name in ("nothing_to_pay", "too_often", "out_of_service"):
        if statuses & set(known[name].http):
            return known[name]
    if call.credential != "valid":
        return None
    auth = str(data["errors"][data["auth"]["error"]]["code"])
    if statuses & set(known["not_opened"].http) or (code == auth and auth != str(call.status)):
        return known["not_opened"]
    refused = operation is None or read_answer.answer_to(operation, call) in ("refused", "unclear")
    text = message_of(call) if refused else ""
    return next((one for one in known.values() if (one.unmistakable or not listed) and one.words.search(text)), None)


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
    return " ".join(leaf for _, leaf in leaves(call.json) if isinstance(leaf, str))[:MOST_CHARACTERS]


def _said(condition: str, call: Call, vendor: Vendor) -> str:
    """The condition with what the vendor said, fit for a report."""
    code, text = read_answer.code_of(vendor, call), message_of(call).strip()[:80]
    number = f"HTTP {call.status}" + (f", code {code}" if str(code) != str(call.status) else "")
    return f"{condition} ({number}{': ' + text if text else ''})"
