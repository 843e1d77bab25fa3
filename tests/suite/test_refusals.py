"""A code binds in the situation for which a document lists it: every listed code that fits is right, no other is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from greycard_schemas.claims.derive import claims_of
from greycard_schemas.loader import Operation, Vendor, load_contracts
from greycard_schemas.variants import Observer
from greycard_suite.call import Call
from greycard_suite.judge.answers import Judge
from greycard_suite.judge.refusals import Situation, fitting, is_right, judge_code
from greycard_suite.judge.verdicts import Verdicts


@cache
def contract(vendor: str) -> Vendor:
    """The vendor's shipped data."""
    return load_contracts([vendor])[vendor]


def judge_of(vendor: str) -> Judge:
    """A judge that has seen nothing yet."""
    judged = contract(vendor)
    return Judge(judged, Verdicts(claims_of(judged), Observer(judged)))


def refusal(operation: Operation, error: dict[str, Any]) -> Call:
    """An answer of this operation that carries this error."""

    def filled(node: Any) -> Any:
        if isinstance(node, dict):
            if "$from" in node:
                return error["code"] if node["$from"] == "error.code" else "no"
            return {name: filled(child) for name, child in node.items()}
        return node

    document = filled(error["body"])
    body = json.dumps(document).encode()
    return Call(
        operation.name, operation.method, "http://vendor.test/", {}, {}, "", "valid",
        error["http"], {}, body, document, 0.0, 0.1,
    )  # fmt: skip


def situations() -> Iterator[Any]:
    """Every situation for which the data list the errors that fit, of every vendor."""
    for vendor in load_contracts().values():
        for operation in vendor.operations.values():
            for name in operation.contract.get("fits", {}):
                if name != "x-source":
                    yield pytest.param(vendor.name, operation.name, name, id=f"{vendor.name}-{operation.name}-{name}")


def violated(judge: Judge) -> set[str]:
    """The claims that were seen violated."""
    return {one.claim for one in judge.verdicts.violations()}


@pytest.mark.parametrize(("vendor", "name", "situation"), list(situations()))
def test_each_code_that_fits_is_right_and_another_is_violated_where_only_one_does(
    vendor: str, name: str, situation: str
) -> None:
    """Two listed codes that fit a situation are both right; a third one is a notice there, not a violation."""
    operation, errors = contract(vendor).operations[name], contract(vendor).data["errors"]
    fits = operation.contract["fits"][situation]
    for error, data in errors.items():
        judge = judge_of(vendor)
        found = Situation(operation, situation, fits[0])
        call = refusal(operation, data)
        judge_code(judge, found, call)
        right = error in fits
        assert is_right(judge, found, call) is right
        if right:
            assert violated(judge) == set()
        elif len(fits) == 1:
            assert f"{vendor}#errors/{fits[0]}/code" in violated(judge)
        else:
            assert violated(judge) == set()
            assert any(situation in text for text in judge.verdicts.notices)


def test_a_code_of_creating_says_nothing_of_reading() -> None:
    """S1:25 lists 1001001 for createtask; what gettask answers to a bad type is open (S1:36, S1:77)."""
    read = contract("magictiger").operations["gettask"]
    situation = Situation(read, "request/type", "invalid_parameter")
    assert fitting(judge_of("magictiger"), situation) == ()
    for error in contract("magictiger").data["errors"].values():
        judge = judge_of("magictiger")
        judge_code(judge, situation, refusal(read, error))
        assert violated(judge) == set()


@pytest.mark.parametrize(("vendor", "name"), [("wondershare", "fsrtwo.batch"), ("enhancor", "queue")])
def test_where_no_code_is_documented_any_refusal_is_right(vendor: str, name: str) -> None:
    """A code that had to be assumed can be refuted, and is never violated."""
    operation = contract(vendor).operations[name]
    judge = judge_of(vendor)
    judge_code(judge, Situation(operation, "request/images", "invalid_parameter"), refusal(operation, {
        **contract(vendor).data["errors"]["invalid_parameter"], "code": 7777,
    }))  # fmt: skip
    assert violated(judge) == set()
    assert any(not one.holds for one in judge.verdicts.pending) or vendor == "enhancor"
