"""The options with which one test of the contract suite is run by hand, known to pytest from its start.

pytest loads this with greycard, for every project that has it: so it imports nothing but pytest, and does nothing
until a module of the suite is collected. `greycard verify` does without it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from _pytest.config.argparsing import Parser

CONTRACT = Path(__file__).resolve().parent.parent / "contract"
PLUGIN = "greycard-suite"


def pytest_addoption(parser: Parser) -> None:
    """Make the options known; `--greycard-variant` is one of `greycard_mocks.plugin`, and holds here too."""
    group = parser.getgroup("greycard", "contract suite (python -m pytest --pyargs greycard_suite.contract)")
    add = group.addoption
    add("--greycard-target", choices=["mock", "live"], default="mock", help="the built-in mock (default), or a server")
    add("--greycard-vendor", action="append", default=[], metavar="NAME", help="only this vendor; may be repeated")
    add(
        "--greycard-base-url",
        action="append",
        default=[],
        metavar="[NAME=]URL",
        help="where a live vendor is; may be repeated",
    )
    add("--greycard-budget", type=int, metavar="N", help="the most requests that a live run may send")
    add("--greycard-credits", type=int, metavar="N", help="the most paid tasks that a live run may create")
    add("--greycard-callback-port", type=int, default=0, metavar="PORT", help="where deliveries are received")


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> None:
    """With the first module of the suite comes the plugin that runs it."""
    if module_path.parent.name != CONTRACT.name or module_path.resolve().parent != CONTRACT:
        return
    if not parent.config.pluginmanager.has_plugin(PLUGIN):
        from greycard_suite.runner.by_hand import suite_plugin

        parent.config.pluginmanager.register(suite_plugin(parent.config), PLUGIN)
