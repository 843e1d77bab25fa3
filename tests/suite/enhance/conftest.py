"""The command `greycard enhance` in an empty folder, without the keys of whoever runs the tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from greycard_mocks.images.testcards import card
from greycard_mocks.testing.vendor import VendorMock
from greycard_schemas.loader import load_contracts
from greycard_suite.credentials import variables
from greycard_suite.enhance.command import enhance

VENDORS = ("picwish", "wondershare", "magictiger", "enhancor")

Enhance = Callable[..., Result]


@pytest.fixture(scope="session")
def keys() -> dict[str, dict[str, str]]:
    """The names of the variables with the keys, by vendor and key."""
    return {name: variables(vendor) for name, vendor in load_contracts(VENDORS).items()}


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch, keys: dict[str, dict[str, str]]) -> None:
    """The keys of whoever runs the tests are not used."""
    for names in keys.values():
        for name in names.values():
            monkeypatch.delenv(name, raising=False)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, keys: dict[str, dict[str, str]]) -> Enhance:
    """Runs the command in an empty folder, against a world of the mock when one is given."""
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments: str, mock: VendorMock | None = None) -> Result:
        words = list(arguments)
        if mock is not None:
            words += ["--vendor", mock.name, "--base-url", mock.url]
            for key, name in keys[mock.name].items():
                monkeypatch.setenv(name, mock.credentials[key])
        return CliRunner().invoke(enhance, words, obj=mock.clock if mock else None)

    return invoke


@pytest.fixture
def world(request: pytest.FixtureRequest) -> Callable[[str], VendorMock]:
    """A fresh world of the vendor with this name."""

    def of(name: str) -> VendorMock:
        found: VendorMock = request.getfixturevalue(name)
        return found

    return of


@pytest.fixture
def put() -> Callable[..., str]:
    """Writes a test picture into the current folder; returns its name."""

    def write(name: str, width: int = 400, height: int = 300) -> str:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(card(width, height, path.suffix[1:]))
        return name

    return write
