"""Ids are what their form says, for any bytes."""

from __future__ import annotations

import uuid

from hypothesis import given
from hypothesis import strategies as st

from greycard_mocks.core.ids import ID_FORMS

DIGESTS = st.binary(min_size=16, max_size=16)


@given(DIGESTS)
def test_a_uuid_is_one_of_version_4(digest: bytes) -> None:
    """As the standard library writes it, bit for bit."""
    assert ID_FORMS["uuid"](digest) == str(uuid.UUID(bytes=digest, version=4))


@given(DIGESTS, DIGESTS)
def test_other_bytes_make_another_id(one: bytes, other: bytes) -> None:
    """But for the forms that keep only some of the bits, and the bits that a UUID has no room for."""
    for name in ("upper", "long", "token"):
        assert (ID_FORMS[name](one) == ID_FORMS[name](other)) is (one == other)
