"""How long the suite takes on the mock, and how many steps a second its walks take.

Run with the four source folders on the path: ``python tests/bench/bench_suite.py [VENDOR]``.
"""

from __future__ import annotations

import argparse
import time

import click

from greycard_schemas.claims.derive import claims_of
from greycard_schemas.loader import load_contracts
from greycard_schemas.variants import Observer
from greycard_suite.contract.walks import STEPS, WALKS, walk
from greycard_suite.judge.verdicts import Verdicts
from greycard_suite.runner.run import run_suite
from greycard_suite.targets.mock import MockTargets


def main() -> None:
    """Measure and print both figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("vendor", nargs="?", default="picwish")
    vendor = parser.parse_args().vendor
    contracts = load_contracts([vendor])
    targets = MockTargets(contracts, contracts)
    started = time.perf_counter()
    report, _ = run_suite(targets, contracts, started=0.0)
    click.echo(f"the suite on {vendor}: {time.perf_counter() - started:.1f} s, {report.ran} tests; aim: at most 15 s")
    click.echo(f"the walks: {steps_per_second(targets, vendor):.0f} steps/s; aim: at least 600")
    targets.close()


def steps_per_second(targets: MockTargets, vendor: str) -> float:
    """Walk the machine as the suite does, and count the steps."""
    contract = load_contracts([vendor])[vendor]
    verdicts = Verdicts(claims_of(contract), Observer(contract))
    target = targets.target(vendor, verdicts)
    started = time.perf_counter()
    walk(target)
    return WALKS * STEPS / (time.perf_counter() - started)


if __name__ == "__main__":
    main()
