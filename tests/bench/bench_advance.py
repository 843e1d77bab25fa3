"""One hour of virtual time with a thousand tasks whose callbacks are refused: every retry, in order.

Run: ``python tests/bench/bench_advance.py``. Aim: well under a second for the 4,000 attempts.
"""

from __future__ import annotations

import time

import click

from greycard_mocks.testing.mock import Mock


@click.command()
@click.option("--tasks", default=1000, show_default=True)
def main(tasks: int) -> None:
    """Measure and print."""
    with Mock(in_process=True) as mock:
        vendor = mock.vendor("magictiger")
        vendor.set_callback_url(vendor.receiver(lambda _: 500))
        body = {"picurl": vendor.images.link(100, 80), "type": 1}
        with vendor.session() as session:
            for _ in range(tasks):
                session.post(f"{vendor.url}/createtask", json=body).raise_for_status()
        began = time.perf_counter()
        attempts = vendor.clock.advance(3600)
        took = time.perf_counter() - began
    click.echo(f"advance(3600) with {tasks} tasks: {attempts} attempts in {took:.2f} s; aim: well under 1 s")


if __name__ == "__main__":
    main()
