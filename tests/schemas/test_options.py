"""What the options of variants say at one place, and that an answer in one form is taken for that form."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from greycard_schemas import Vendor, load_contracts
from greycard_schemas.examples.sample_values import error_names, filled, sample_names
from greycard_schemas.variants import ABSENT, Observer, signs_of, values_at

SEEN = {  # variants that an answer, a refusal or a delivery can show by its form
    "enhancor": {"error_form", "status_result", "webhook_status"},
    "magictiger": set(),
    "picwish": {"error_transport", "type_field", "extra_fields", "final_message"},
    "wondershare": {"error_http", "number_form"},
}


def answers(vendor: Vendor) -> Iterator[tuple[str, str, int | None, Any]]:
    """(file, name, HTTP status, body) of every answer, refusal and delivery, rendered from the data."""
    for name, error in vendor.data["errors"].items():
        yield "vendor", name, error["http"], filled(error["body"], error_names(vendor, name))
    states = vendor.data["lifecycle"]["states"]
    create = vendor.of_kind("create")[0]
    for operation in vendor.operations.values():
        for state, spec in states.items():
            names = sample_names(vendor, create, state)
            response = operation.contract.get("responses", {}).get(spec["phase"])
            if response is not None:
                yield operation.name, spec["phase"], response["http"], filled(response["body"], names)
            if state in operation.contract.get("bodies", {}):
                yield operation.name, state, None, filled(operation.contract["bodies"][state], names)


@pytest.mark.parametrize("name", sorted(SEEN))
def test_an_answer_in_one_form_is_taken_for_that_form(name: str) -> None:
    """Of every option of every variant that has a form: it is seen, and no other option of it."""
    base = load_contracts([name])[name]
    assert {sign.variant for sign in signs_of(base)} == SEEN[name]
    for variant in SEEN[name]:
        for option in base.data["variants"][variant]["options"]:
            vendor = load_contracts([name], variants={name: {variant: option}})[name]
            for observer in (Observer(base), Observer(vendor)):
                seen = [observer.options(*answer).get(variant) for answer in answers(vendor)]
                assert set(seen) - {None} == {option}, (variant, option)


def test_the_values_of_all_options_are_known_whichever_is_chosen() -> None:
    """The data as they are, without any variant, say what an option says that changes nothing at a place."""
    for option in ("string", "integer"):
        vendor = load_contracts(["wondershare"], variants={"wondershare": {"number_form": option}})["wondershare"]
        found = values_at(vendor, "vendor", "/lifecycle/states/succeeded/value")
        assert found == {"number_form": {"string": "3", "integer": 3}}
    vendor = load_contracts(["enhancor"])["enhancor"]
    (values,) = values_at(vendor, "status", "/x-operation/responses/succeeded/body/result").values()
    assert values["absent"] is ABSENT
    assert values_at(vendor, "status", "/x-operation/path") == {}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"error": {"message": "no"}}, {"error_form": "object"}),
        ({"error": "no"}, {"error_form": "string"}),
        ({"error": 7}, {}),
        ({}, {}),
        ([], {}),
        (None, {}),
    ],
)
def test_what_fits_no_option_is_taken_for_none(document: Any, expected: dict[str, str]) -> None:
    """An answer in a third form says nothing."""
    observer = Observer(load_contracts(["enhancor"])["enhancor"])
    assert observer.options("vendor", "not_found", 404, document) == expected
