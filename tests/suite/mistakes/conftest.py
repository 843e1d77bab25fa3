"""A project of a user, whose tests run in this process."""

from __future__ import annotations

import os

import pytest


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project that has greycard, and no plugins of others."""
    for name in [name for name in os.environ if name.startswith(("GREYCARD_", "PYTEST_XDIST", "PYTEST_ADDOPTS"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    return pytester
