"""The Hypothesis profiles, as every run gets them."""

from __future__ import annotations

import pytest
from hypothesis import Phase, settings

from greycard_suite.runner import profiles


@pytest.fixture(autouse=True)
def registered() -> None:
    """The profiles are registered, whatever ran before; the current one stays what it was."""
    profiles.register()


@pytest.mark.parametrize("name", ["dev", "ci", "deep", "live"])
def test_no_profile_has_a_deadline(name: str) -> None:
    """A slow machine never fails a property."""
    assert settings.get_profile(name).deadline is None


def test_ci_is_repeatable() -> None:
    """In CI the same examples are tried on each run, and none is remembered."""
    profile = settings.get_profile("ci")
    assert profile.derandomize
    assert profile.database is None


def test_live_sends_explicit_examples_only() -> None:
    """Against a vendor nothing is generated, shrunk or remembered."""
    profile = settings.get_profile("live")
    assert tuple(profile.phases) == (Phase.explicit,)
    assert profile.database is None


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({}, "dev"),
        ({"CI": ""}, "dev"),
        ({"CI": "true"}, "ci"),
        ({"CI": "true", profiles.VARIABLE: "deep"}, "deep"),
    ],
)
def test_the_environment_chooses(environ: dict[str, str], name: str) -> None:
    """A named profile wins, then CI, then dev."""
    assert profiles.chosen(environ) == name
