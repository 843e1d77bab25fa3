"""Runs tests of the contract suite in somebody's own pytest session, against the target that its options name.

The session is the user's: its output, its selection, its plugins. `greycard verify` is for whole runs and reports.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from greycard_schemas.claims.derive import claims_of
from greycard_schemas.errors import ContractError
from greycard_schemas.loader import load_contracts, parse_variants
from greycard_schemas.variants import Observer
from greycard_suite.credentials import NoKeyError
from greycard_suite.judge.verdicts import Verdicts
from greycard_suite.runner.plugin import SuitePlugin
from greycard_suite.runner.state import RunState
from greycard_suite.targets.live import LiveError
from greycard_suite.targets.mock import MockTargets
from greycard_suite.targets.open_live import budget_for, live_urls, open_live

if TYPE_CHECKING:
    from collections.abc import Mapping

    from greycard_schemas.loader import Vendor
    from greycard_suite.targets.protocol import Targets


def suite_plugin(config: pytest.Config) -> SuitePlugin:
    """The suite's plugin for this session; its targets are closed with it. Raises CollectError for wrong options."""
    said: dict[str, Any] = vars(config.option)
    try:
        # --greycard-variant is known wherever the plugin of the mocks is
        variants = parse_variants(said.get("greycard_variant") or ())
        judged = load_contracts(said["greycard_vendor"], variants=variants)
        targets = _targets(said, judged)
    except (ContractError, LiveError, NoKeyError, OSError) as error:
        raise pytest.Collector.CollectError(str(error)) from None
    config.add_cleanup(targets.close)
    verdicts = {name: Verdicts(claims_of(vendor), Observer(vendor)) for name, vendor in judged.items()}
    return SuitePlugin(RunState(targets, judged, verdicts))


def _targets(said: Mapping[str, Any], judged: Mapping[str, Vendor]) -> Targets:
    if said["greycard_target"] == "mock":
        return MockTargets(judged, judged)
    texts: list[str] = said["greycard_base_url"]
    if len(judged) == 1:  # then the vendor need not be named twice
        texts = [text if "=" in text.partition("://")[0] else f"{next(iter(judged))}={text}" for text in texts]
    urls = live_urls(texts, judged, option="--greycard-base-url")
    budget = budget_for(urls, said["greycard_budget"], said["greycard_credits"])
    return open_live(judged, urls, os.environ, budget, callback_port=said["greycard_callback_port"])
