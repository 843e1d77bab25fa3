"""Every wrong key differs from the right one, and none of them shows more than redaction knows."""

from __future__ import annotations

import base64
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greycard_schemas.auth import scheme_of
from greycard_schemas.loader import load_contracts
from greycard_schemas.wrong_keys import nearly, wrong_keys

VENDORS = load_contracts()
SECRETS = st.text(string.ascii_letters + string.digits + "-_", min_size=8, max_size=40).filter(
    lambda text: not text.startswith("test") and any(one.isalnum() for one in text)
)


@pytest.mark.parametrize("vendor", sorted(VENDORS))
@given(data=st.data())
def test_no_wrong_key_is_the_right_one(vendor: str, data: st.DataObject) -> None:
    """As headers and query none is what the document asks for; only what stands elsewhere holds the right secret."""
    auth = VENDORS[vendor].data["auth"]
    secrets = [data.draw(SECRETS) for _ in VENDORS[vendor].credentials]
    right = scheme_of(auth).fixed(auth, secrets)
    found = wrong_keys(auth, secrets)
    assert {"missing", "wrong", "empty", "same-form", "query"} <= found.keys()
    for name, key in found.items():
        if name == "swapped" and len(set(secrets)) == 1:
            continue
        documented = {header: value for header, value in key.headers.items() if header in right}
        assert documented != right, name
        assert bool(key.query) is (name == "query")


@given(secret=SECRETS)
def test_what_nearly_is_the_secret_is_known_as_secret(secret: str) -> None:
    """The texts in which a wrong key tells most of the right one are those that redaction is told of."""
    auth = VENDORS["picwish"].data["auth"]
    sent = {value for key in wrong_keys(auth, [secret]).values() for value in key.headers.values()}
    telling = {
        value
        for value in sent
        if len(value) == len(secret) and sum(one != other for one, other in zip(value, secret, strict=True)) == 1
    }
    assert telling
    assert telling <= set(nearly(secret))
    assert all(len(one) == len(secret) and one != secret for one in nearly(secret))


def test_a_believed_account_has_no_other_of_its_form() -> None:
    """A variation of a test account is another right account of a mock, so that it is not tried."""
    found = wrong_keys(VENDORS["picwish"].data["auth"], ["test-mine"])
    assert not any(name.startswith("last-") for name in found)


def test_basic_tells_parts_and_scheme_apart() -> None:
    """Swapped parts are encoded the other way round, and the right pair without its scheme is no credential."""
    auth = VENDORS["wondershare"].data["auth"]
    found = wrong_keys(auth, ["appkey", "secret"])
    header = auth["header"]
    assert found["swapped"].headers[header] == "Basic " + base64.b64encode(b"secret:appkey").decode()
    assert found["unschemed"].headers[header] == base64.b64encode(b"appkey:secret").decode()
