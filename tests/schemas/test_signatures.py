"""Signatures of deliveries: each rule once, named by the contract data."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greycard_client import callback_md5
from greycard_schemas import CONTRACTS, claims_of, load_contracts, load_vendor
from greycard_schemas.lint.layers import lint
from greycard_schemas.signatures import SIGNATURES


def test_the_data_may_name_every_rule_and_no_other() -> None:
    """The vocabulary lists what the table has."""
    meta = json.loads((CONTRACTS.parent / "meta" / "operation.schema.json").read_text(encoding="utf-8"))
    signature = meta["$defs"]["operation"]["properties"]["signature"]
    assert sorted(signature["properties"]["rule"]["enum"]) == sorted(SIGNATURES)


@given(st.binary(max_size=100), st.text(max_size=20))
def test_the_clients_own_reading_is_the_same(body: bytes, token: str) -> None:
    """Two readings of the document, written apart, agree on every body and token."""
    assert SIGNATURES["md5_body_token"].of(body, token) == callback_md5(body, token)


@pytest.mark.parametrize("rule", SIGNATURES.values(), ids=lambda rule: rule.name)
def test_a_signature_fits_its_body_and_credential_only(rule: Any) -> None:
    """Upper case is the same hex; another body, another credential or another text is not."""
    signature = rule.of(b"body", "token")
    assert rule.fits(signature, b"body", "token")
    assert rule.fits(signature.upper(), b"body", "token")
    for other in (("", b"body", "token"), ("\udcff\xe9", b"body", "token"), (signature, b"body!", "token")):
        assert not rule.fits(*other)
    assert not rule.fits(signature, b"body", "token!")


def test_the_statement_says_what_the_rule_does() -> None:
    """The rule's own words stand in the sentence."""
    claim = claims_of(load_vendor("magictiger"))["magictiger/callback#signature/rule"]
    assert claim.statement.endswith("the signature of the callback is the MD5 of its body followed by the token")


def test_a_header_cannot_carry_a_signature_without_a_rule() -> None:
    """The lint finds a template that asks for what no rule makes."""
    patch = {"op": "remove", "file": "callback", "path": "/x-operation/signature"}
    found = lint(load_contracts(["magictiger"], patches={"magictiger": [patch]})["magictiger"])
    assert ["'delivery.signature' names nothing" in str(one) for one in found] == [True]
