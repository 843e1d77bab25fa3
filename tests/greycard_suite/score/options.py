"""The options of the score, known to pytest from its start.

pytest loads this with greycard, for every project that has it: so it imports nothing but pytest, and does nothing
until `--greycard-score` is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

    from _pytest.config.argparsing import Parser


def pytest_addoption(parser: Parser) -> None:
    """Make the options and settings known."""
    group = parser.getgroup("greycard-score", "would my tests notice if a vendor changed?")
    group.addoption(
        "--greycard-score", nargs="?", const="all", metavar="VENDOR,...",
        help="run the tests under every drift of the vendors that they use, and tell what is noticed; "
        "or only under those of these vendors, or with such ids as picwish/rate.*",
    )  # fmt: skip
    group.addoption("--greycard-score-json", metavar="FILE", help="write all of it as JSON, for 'greycard impact'")
    group.addoption(
        "--greycard-score-markdown", metavar="FILE",
        help="write the findings for a pull request, with what changed since the JSON file of the run before",
    )  # fmt: skip
    group.addoption("--greycard-score-html", metavar="FILE", help="write all of it as one page to read and forward")
    group.addoption("--greycard-score-stryker", metavar="FILE", help="write it as a report of mutation testing")
    group.addoption("--greycard-shard", metavar="K/N", help="only the K-th of N parts of the drifts, such as 1/4")
    group.addoption(
        "--greycard-drift", action="append", default=[], metavar="VENDOR/ID",
        help="let the mocks of all tests depart from the document in this way; repeatable; see 'greycard drifts'",
    )  # fmt: skip
    parser.addini(
        "greycard_dismissed", "JSON files of drifts that are no findings, with drift, reason, until", "paths", []
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """With the option comes the plugin that makes the score."""
    config.addinivalue_line(
        "markers", "greycard_ends_within(SECONDS): the test fails when it takes longer, even where it would never end"
    )
    drifts: list[str] = config.getoption("--greycard-drift") or []
    if drifts:
        _switch_on(drifts)
    if config.getoption("--greycard-score") is None or config.getoption("collectonly"):
        return
    from greycard_mocks.testing.spawned_child import NAME

    if config.pluginmanager.hasplugin(NAME):  # a child of the run that makes the score
        return
    from greycard_suite.score.plugin import ScorePlugin

    config.pluginmanager.register(ScorePlugin(config), "greycard-score")


def _switch_on(drifts: list[str]) -> None:
    from greycard_mocks.testing.watching import watch
    from greycard_schemas.errors import ContractError
    from greycard_schemas.loader import load_contracts
    from greycard_schemas.nearest import similar
    from greycard_suite.score.switch import Switch

    switch, vendors = Switch(drifts), load_contracts()
    try:
        known = switch.drifts(vendors)
    except ContractError as error:
        raise pytest.UsageError(str(error)) from None
    for one in drifts:
        if one.partition("/")[0] not in known:
            meant = similar(one.partition("/")[0], vendors)
            msg = f"--greycard-drift {one}: write VENDOR/ID, such as picwish/rate.limit-down{meant}"
            raise pytest.UsageError(msg)
    watch(switch)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """End a test that is to end within some seconds; only where the operating system has timers."""
    marker = item.get_closest_marker("greycard_ends_within")
    if marker is None:
        return (yield)
    from greycard_suite.score.deadline import deadline

    wanted = marker.args[0] if len(marker.args) == 1 and not marker.kwargs else None
    if not isinstance(wanted, int | float) or isinstance(wanted, bool) or not 0 < wanted < 1e6:
        pytest.fail("the marker greycard_ends_within takes a number of SECONDS, such as 10", pytrace=False)
    with deadline(wanted):
        return (yield)
