"""Certificates that are read late are there when a connection needs them."""

from __future__ import annotations

import ssl
from typing import Any

import certifi
import pytest

from greycard_suite.score.certificates import read_late


def loaded(context: ssl.SSLContext) -> int:
    """How many authorities the context knows, without asking it to read any."""
    plain: Any = super(ssl.SSLContext, context)
    return int(plain.cert_store_stats()["x509_ca"])


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a child, and as before afterwards."""
    for name in ("load_verify_locations", "wrap_socket", "wrap_bio", "get_ca_certs", "cert_store_stats"):
        monkeypatch.setattr(ssl.SSLContext, name, getattr(ssl.SSLContext, name))
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    read_late()


@pytest.mark.parametrize("by", ["wrap_bio", "get_ca_certs", "cert_store_stats"])
@pytest.mark.usefixtures("late")
def test_they_are_read_when_they_are_needed(by: str) -> None:
    """Not before, and all of them."""
    context = ssl.create_default_context(cafile=certifi.where())
    assert loaded(context) == 0
    arguments = (ssl.MemoryBIO(), ssl.MemoryBIO(), False, "example.com") if by == "wrap_bio" else ()
    getattr(context, by)(*arguments)
    assert loaded(context) > 50


@pytest.mark.usefixtures("late")
def test_a_file_that_is_not_there_is_refused_at_once() -> None:
    """What a test may look for is as it was."""
    with pytest.raises(FileNotFoundError):
        ssl.create_default_context(cafile="/nowhere.pem")
