"""Recorded runs that the tests of evidence share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from greycard_schemas.loader import load_contracts
from greycard_suite.runner.run import Report, run_suite
from greycard_suite.targets.mock import MockTargets

STARTED = 1_700_000_000.0


@pytest.fixture(scope="session")
def recorded() -> Callable[..., Report]:
    """Runs the suite against the mock; the same question is only run once."""
    known: dict[str, Report] = {}

    def run(
        vendor: str,
        *,
        patches: list[dict[str, Any]] | None = None,
        select: str = "",
        started: float = STARTED,
        **variants: str,
    ) -> Report:
        key = repr((vendor, patches, select, started, sorted(variants.items())))
        if key not in known:
            judged = load_contracts([vendor])
            mocked = load_contracts([vendor], variants={vendor: variants}, patches={vendor: patches or []})
            targets = MockTargets(mocked, judged)
            try:
                known[key] = run_suite(targets, judged, started=started, select=select)[0]
            finally:
                targets.close()
        return known[key]

    return run
