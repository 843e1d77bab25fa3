"""pytest fixtures: `picwish`, `wondershare`, `magictiger`, `enhancor`, `greycard_mock` and `greycard_env`.

One mock per process, started when a test first asks for its address; one fresh world per test. Every pytest
run of a user imports this module, so it imports nothing heavy itself.
"""

from __future__ import annotations

import importlib
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from greycard_mocks.testing.mock import Mock
    from greycard_mocks.testing.vendor import VendorMock

VENDORS = ("picwish", "wondershare", "magictiger", "enhancor")
_CLIENTS = {
    "picwish": "PicWish",
    "wondershare": "Wondershare",
    "magictiger": "MagicTiger",
    "enhancor": "Enhancor",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--greycard-variant`, and the settings of pytest.ini or pyproject.toml."""
    group = parser.getgroup("greycard", "mock vendors of image-enhancement APIs")
    group.addoption(
        "--greycard-variant", action="append", default=[], metavar="VENDOR.VARIANT=OPTION",
        help="a reading of a vendor's document for all tests, such as picwish.edition=current; repeatable",
    )  # fmt: skip
    parser.addini("greycard_variants", "readings of the documents, one VENDOR.VARIANT=OPTION per line", "linelist", [])
    parser.addini("greycard_contracts", "further folders of contract data", "paths", [])
    parser.addini("greycard_clock", "virtual (time stands still until a test moves it) or real", default="virtual")
    parser.addini("greycard_speed", "how many times as fast real time passes in the mock", default="1")
    parser.addini(
        "greycard_allow", "addresses opened for links and deliveries, one HOST[:PORT] or CIDR per line", "linelist", []
    )
    parser.addini("greycard_in_process", "true: never open a port", "bool", False)
    parser.addini(
        "greycard_env",
        "environment variables set by the fixture greycard_env, one NAME=VENDOR.VALUE per line; "
        "VALUE is url, or one of the vendor's credentials",
        "linelist",
        [],
    )


def pytest_configure(config: pytest.Config) -> None:
    """Makes the marker known."""
    config.addinivalue_line(
        "markers",
        "greycard_env(NAME='VENDOR.VALUE', ...): set environment variables to the mock for this test; "
        "VALUE is url, or one of the vendor's credentials (api_key, token, app_key, app_secret)",
    )


def pytest_itemcollected(item: pytest.Item) -> None:
    """A test with the marker uses the fixture; others pay nothing, as they would for a fixture that all use."""
    if isinstance(item, pytest.Function) and item.get_closest_marker("greycard_env") is not None:
        item.fixturenames = ["greycard_env", *item.fixturenames]  # a list of its own: items of one function share it


@pytest.fixture(scope="session")
def greycard_server(pytestconfig: pytest.Config) -> Iterator[Mock]:
    """The one mock of this process; use `greycard_mock` or a vendor's fixture for a world of your own."""
    from greycard_mocks.testing.mock import Mock

    speed = pytestconfig.getini("greycard_speed")
    from_command: list[str] = pytestconfig.getoption("--greycard-variant") or []
    try:
        with Mock(
            variants=[*pytestconfig.getini("greycard_variants"), *from_command],
            contracts=[str(folder) for folder in pytestconfig.getini("greycard_contracts")],
            clock=pytestconfig.getini("greycard_clock"),
            speed=float(speed),
            in_process=pytestconfig.getini("greycard_in_process"),
            client=make_client,
            allow=pytestconfig.getini("greycard_allow"),
        ) as mock:
            yield mock
    except ValueError as error:
        pytest.fail(f"the settings of greycard: {error}", pytrace=False)


@pytest.fixture
def greycard_mock(greycard_server: Mock) -> Iterator[Callable[..., VendorMock]]:
    """Makes worlds: `greycard_mock("picwish", edition="current")`; arguments as `Mock.vendor`."""
    made: list[VendorMock] = []

    def make(name: str, credential: str | None = None, **options: Any) -> VendorMock:
        made.append(greycard_server.vendor(name, credential, **options))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def picwish(greycard_server: Mock) -> Iterator[VendorMock]:
    """PicWish with a fresh world."""
    with closing(greycard_server.vendor("picwish")) as mock:
        yield mock


@pytest.fixture
def wondershare(greycard_server: Mock) -> Iterator[VendorMock]:
    """Wondershare with a fresh world."""
    with closing(greycard_server.vendor("wondershare")) as mock:
        yield mock


@pytest.fixture
def magictiger(greycard_server: Mock) -> Iterator[VendorMock]:
    """Magic Tiger with a fresh world."""
    with closing(greycard_server.vendor("magictiger")) as mock:
        yield mock


@pytest.fixture
def enhancor(greycard_server: Mock) -> Iterator[VendorMock]:
    """Enhancor with a fresh world."""
    with closing(greycard_server.vendor("enhancor")) as mock:
        yield mock


@pytest.fixture
def greycard_env(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Points environment variables at the mock: those of the setting, of the marker, and of calls.

    `greycard_env(PICWISH_URL="picwish.url", PICWISH_KEY="picwish.api_key")`; the worlds are those of the
    vendors' fixtures, so a test sees what its application did.
    """
    worlds: dict[str, VendorMock] = {}

    def world_of(vendor: str) -> VendorMock:
        if vendor in VENDORS:
            found: VendorMock = request.getfixturevalue(vendor)
            return found
        if vendor not in worlds:
            worlds[vendor] = request.getfixturevalue("greycard_mock")(vendor)
        return worlds[vendor]

    def set_variables(**names: str) -> None:
        for name, wanted in names.items():
            vendor, _, value = wanted.partition(".")
            mock = world_of(vendor)
            values = {"url": mock.url, **mock.credentials}
            if value not in values:
                msg = f"{name}={wanted}: write {' or '.join(f'{vendor}.{one}' for one in values)}"
                raise pytest.UsageError(msg)
            monkeypatch.setenv(name, values[value])

    for line in request.config.getini("greycard_env"):
        name, equals, wanted = line.partition("=")
        if not equals:
            msg = f"greycard_env: {line!r} is no NAME=VENDOR.VALUE"
            raise pytest.UsageError(msg)
        set_variables(**{name.strip(): wanted.strip()})
    for marker in reversed(list(request.node.iter_markers("greycard_env"))):
        set_variables(**marker.kwargs)
    return set_variables


def make_client(vendor: VendorMock) -> Any:
    """greycard_client's client for one vendor; raises LookupError for a vendor that it does not know."""
    # By name and only here: the mocks may not depend on the client, which is the second, independent reading
    # of the documents; a test that asks for `client` asks for both.
    package = importlib.import_module("greycard_client")
    if vendor.name not in _CLIENTS:
        msg = f"greycard_client has no client for {vendor.name!r}; use .url and .credentials with your own"
        raise LookupError(msg)
    options: dict[str, Any] = {"clock": vendor.clock}
    if vendor.mock.in_process:
        options["session"] = vendor.mock.session()
    return getattr(package, _CLIENTS[vendor.name])(**vendor.credentials, base_url=vendor.url, **options)
