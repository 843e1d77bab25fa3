"""Recorded runs that the tests of evidence share."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from greycard_schemas.loader import load_contracts
from greycard_suite.runner.run import Report, run_suite
from greycard_suite.targets.mock import MockTargets

STARTED = 1_700_000_000.0


@pytest.fixture
def full_disk(tmp_path: Path) -> Path:
    """The device on which there is no space; for a user who could destroy that of the machine, a copy of it."""
    device = Path("/dev/full")
    if not device.is_char_device():
        pytest.skip("this machine has no /dev/full")
    if not os.access(device.parent, os.W_OK):
        return device
    copy = tmp_path / "full"
    try:
        os.mknod(copy, stat.S_IFCHR | 0o666, device.stat().st_rdev)
        copy.open("wb").close()
    except OSError as error:
        pytest.skip(f"the folder of temporary files takes no devices: {error}")
    return copy


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
