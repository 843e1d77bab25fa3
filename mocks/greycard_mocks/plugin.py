"""pytest fixtures: `picwish`, `wondershare`, `magictiger`, `enhancor`, `greycard_mock` and `greycard_env`.

One mock per process, started when a test first asks for its address; one fresh world per test. Every pytest
run of a user imports this module, so it imports nothing heavy itself.
"""

from __future__ import annotations

import contextlib
import importlib
import warnings
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
    group.addoption(
        "--greycard-preset", metavar="NAME",
        help="a set of variants for all tests, such as observed; 'greycard presets' lists them",
    )  # fmt: skip
    group.addoption(
        "--greycard-freedom", nargs="?", const="new", metavar="SEED",
        help="let the vendors be otherwise wherever their documents are silent, drawn from SEED (a new one without); "
        "a test that fails is reduced to what it relies on",
    )  # fmt: skip
    parser.addini(
        "greycard_freedom_exclude", "freedoms that --greycard-freedom never draws, one id or pattern per line",
        "linelist", [],
    )  # fmt: skip
    parser.addini("greycard_preset", "a set of variants, such as observed", default="documents")
    parser.addini("greycard_variants", "readings of the documents, one VENDOR.VARIANT=OPTION per line", "linelist", [])
    parser.addini("greycard_contracts", "further folders of contract data", "paths", [])
    parser.addini(
        "greycard_clock",
        "auto (time stands still, and a repeated poll moves it to the next event), virtual (only the test moves it), "
        "real, or real*20",
        default="auto",
    )
    parser.addini("greycard_patch_sleep", "true: the application's sleeping moves the clocks", "bool", False)
    parser.addini("greycard_speed", "how many times as fast real time passes in the mock", default="1")
    parser.addini(
        "greycard_allow", "addresses opened for links and deliveries, one HOST[:PORT] or CIDR per line", "linelist", []
    )
    parser.addini("greycard_store", "where worlds are kept: redis://HOST:PORT/0; empty: in this process", default="")
    parser.addini("greycard_in_process", "true: never open a port", "bool", False)
    parser.addini(
        "greycard_env",
        "environment variables that point at the mock, set for each test, one NAME=VENDOR.VALUE per line; "
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
    config.addinivalue_line(
        "markers",
        "greycard_clock(CLOCK, patch_sleep=False): the clock of this test's worlds: auto, virtual, real or real*20; "
        "with patch_sleep the application's own sleeping moves it",
    )
    config.addinivalue_line(
        "markers",
        "greycard_freedom(exclude=IDS, pin=IDS): freedoms that the vendors of this test never have with "
        "--greycard-freedom, or have in every run, such as picwish/free.json-reversed",
    )
    if config.getoption("--greycard-freedom") is not None:
        from greycard_mocks.testing.freedom_run import FreedomRun

        config.pluginmanager.register(FreedomRun(config), "greycard_freedom_run")
    config.addinivalue_line(
        "markers", "greycard_preset(NAME): the vendors of this test are as this preset has them, such as observed"
    )


def pytest_itemcollected(item: pytest.Item) -> None:
    """The variables of setting and marker, without a test asking for the fixture; without them a test pays nothing."""
    names: list[str] | None = getattr(item, "fixturenames", None)  # not of items that know no fixtures
    if names is not None and (item.get_closest_marker("greycard_env") or item.config.getini("greycard_env")):
        item.fixturenames = ["greycard_env", *names]  # type: ignore[attr-defined]  # items of one function share a list


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """Where greycard refuses what a test asks for, the report ends at the test's own line; not with --full-trace."""
    if call.excinfo is not None and not item.config.getoption("fulltrace"):
        from greycard_mocks.testing.cut_traceback import end_at_the_caller

        end_at_the_caller(call.excinfo.value)


@pytest.fixture(scope="session")
def greycard_server(pytestconfig: pytest.Config) -> Iterator[Mock]:
    """The one mock of this process; use `greycard_mock` or a vendor's fixture for a world of your own."""
    from greycard_mocks.core.keeping.kept import StoreError
    from greycard_mocks.testing.mock import Mock

    from_command: list[str] = pytestconfig.getoption("--greycard-variant") or []
    try:
        with Mock(
            variants=[*pytestconfig.getini("greycard_variants"), *from_command],
            contracts=[str(folder) for folder in pytestconfig.getini("greycard_contracts")],
            clock=pytestconfig.getini("greycard_clock"),
            speed=_speed_of(pytestconfig),
            in_process=pytestconfig.getini("greycard_in_process"),
            client=make_client,
            allow=pytestconfig.getini("greycard_allow"),
            preset=pytestconfig.getoption("--greycard-preset") or pytestconfig.getini("greycard_preset"),
            store=pytestconfig.getini("greycard_store") or None,
        ) as mock:
            _ = mock.engine  # what is wrong with settings and data is told in words, not by a traceback
            run = pytestconfig.pluginmanager.get_plugin("greycard_freedom_run")
            if run is not None:
                mock.before_vendor = run.begin
            yield mock
    except (ValueError, StoreError) as error:
        pytest.fail(f"the settings of greycard: {error}", pytrace=False)


def _speed_of(config: pytest.Config) -> float:
    """Raises ValueError for a setting that is no number."""
    wanted: str = config.getini("greycard_speed")
    try:
        return float(wanted)
    except ValueError:
        msg = f"greycard_speed must be a number, such as 20, not {wanted!r}"
        raise ValueError(msg) from None


@pytest.fixture
def greycard_mock(greycard_server: Mock, request: pytest.FixtureRequest) -> Iterator[Callable[..., VendorMock]]:
    """Makes worlds: `greycard_mock("picwish", edition="current")`; arguments as `Mock.vendor`."""
    made: list[VendorMock] = []
    before: dict[str, Any] = {}
    clock, patch_sleep = _clock_of(request)
    preset = _preset_of(request)
    excluded, pinned = _freedoms_of(request)

    def make(name: str, credential: str | None = None, **options: Any) -> VendorMock:
        if clock is not None and "clock" not in options:
            options["clock"] = clock
        if not made:
            before.update(greycard_server.engine.variants.as_it_is())
        made.append(greycard_server.vendor(name, credential, **options))
        if preset is not None:
            made[-1].use_preset(preset)
            made[-1].set_variants(**{key: one for key, one in options.items() if key not in ("clock", "speed")})
        if excluded or pinned:
            from greycard_mocks.testing.freedom import apply_marks

            apply_marks(made[-1], excluded, pinned)
        return made[-1]

    with contextlib.ExitStack() as patches:
        if patch_sleep:
            from greycard_mocks.testing.sleeping import sleeping_moves

            patches.enter_context(sleeping_moves(lambda: [one.clock for one in tuple(made)]))
        yield make
    told = [one.world.polls.warning for one in made]
    for one in made:
        one.close()
    if before:  # what the test changed of whole vendors ends with it
        greycard_server.engine.variants.back_to(before)
    for words in filter(None, told):
        from greycard_mocks.testing.clock import FrozenClockWarning

        warnings.warn(FrozenClockWarning(words), stacklevel=1)


def _clock_of(request: pytest.FixtureRequest) -> tuple[str | None, bool]:
    """The clock that the test's marker names, if it has one, and whether sleeping moves the clocks."""
    from greycard_mocks.testing.clock_choice import read_clock

    patch_sleep = bool(request.config.getini("greycard_patch_sleep"))
    marker = request.node.get_closest_marker("greycard_clock")
    if marker is None:
        return None, patch_sleep
    unknown = [name for name in marker.kwargs if name != "patch_sleep"]
    wanted = marker.kwargs.get("patch_sleep", patch_sleep)
    if len(marker.args) > 1 or unknown or not (marker.args or marker.kwargs) or not isinstance(wanted, bool):
        pytest.fail(
            f"greycard_clock{marker.args!r:.100} {marker.kwargs!r:.100}: write greycard_clock(CLOCK), "
            "greycard_clock(CLOCK, patch_sleep=True) or greycard_clock(patch_sleep=True)",
            pytrace=False,
        )
    if not marker.args:
        return None, wanted
    try:
        read_clock(marker.args[0])
    except ValueError as error:
        pytest.fail(f"the marker greycard_clock: {error}", pytrace=False)
    return marker.args[0], wanted


def _freedoms_of(request: pytest.FixtureRequest) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The freedoms that the test's markers exclude, and those that they pin."""
    if request.node.get_closest_marker("greycard_freedom") is None:
        return (), ()
    from greycard_mocks.testing.freedom import marked

    return marked(request.node)


def _preset_of(request: pytest.FixtureRequest) -> str | None:
    """The preset that the nearest marker names."""
    marker = request.node.get_closest_marker("greycard_preset")
    if marker is None:
        return None
    from greycard_schemas.errors import ContractError
    from greycard_schemas.presets import preset_named

    if len(marker.args) != 1 or marker.kwargs:
        pytest.fail("the marker greycard_preset takes one name, such as greycard_preset('observed')", pytrace=False)
    try:
        return preset_named(marker.args[0]).name
    except ContractError as error:
        pytest.fail(f"the marker greycard_preset: {error}", pytrace=False)


@pytest.fixture
def picwish(greycard_mock: Callable[..., VendorMock]) -> VendorMock:
    """PicWish with a fresh world."""
    return greycard_mock("picwish")


@pytest.fixture
def wondershare(greycard_mock: Callable[..., VendorMock]) -> VendorMock:
    """Wondershare with a fresh world."""
    return greycard_mock("wondershare")


@pytest.fixture
def magictiger(greycard_mock: Callable[..., VendorMock]) -> VendorMock:
    """Magic Tiger with a fresh world."""
    return greycard_mock("magictiger")


@pytest.fixture
def enhancor(greycard_mock: Callable[..., VendorMock]) -> VendorMock:
    """Enhancor with a fresh world."""
    return greycard_mock("enhancor")


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

    def set_variables(**names: Any) -> None:
        for name, wanted in names.items():
            vendor, dot, value = wanted.partition(".") if isinstance(wanted, str) else ("", "", "")
            if not dot:
                msg = f"greycard_env: {name}={wanted!r} is no NAME='VENDOR.VALUE', such as {name}='picwish.url'"
                raise pytest.UsageError(msg)
            try:
                mock = world_of(vendor)
            except LookupError as error:
                msg = f"greycard_env: {name}={wanted}: {error}"
                raise pytest.UsageError(msg) from None
            values = {"url": mock.url, **mock.credentials}
            if value not in values:
                msg = f"greycard_env: {name}={wanted}: write {' or '.join(f'{vendor}.{one}' for one in values)}"
                raise pytest.UsageError(msg)
            monkeypatch.setenv(name, values[value])

    try:
        for names in _names_of(request):
            set_variables(**names)
    except pytest.UsageError as error:
        pytest.fail(str(error), pytrace=False)
    return set_variables


def _names_of(request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    """The variables of the setting, then of the markers; the nearest marker comes last and wins."""
    for line in request.config.getini("greycard_env"):
        name, equals, wanted = line.partition("=")
        if not equals:
            msg = f"greycard_env: {line!r} is no NAME=VENDOR.VALUE"
            raise pytest.UsageError(msg)
        yield {name.strip(): wanted.strip()}
    for marker in reversed(list(request.node.iter_markers("greycard_env"))):
        if marker.args or not marker.kwargs:
            given = ", ".join(map(repr, marker.args)) or "nothing"
            msg = f"the marker greycard_env takes NAME='VENDOR.VALUE' by name, not {given}"
            raise pytest.UsageError(msg)
        yield dict(marker.kwargs)


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
