"""`greycard serve`: the mock vendors on one port in real time, with everything a person needs to try them printed."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from greycard_suite.authoring.reload import refuse_unwatchable
from greycard_suite.commands.options import contract_options
from greycard_suite.commands.serving import workers
from greycard_suite.commands.serving.one_process import Served
from greycard_suite.commands.stores import store_options
from greycard_suite.output_file import folder_for
from greycard_suite.redact.console import hide

if TYPE_CHECKING:
    from greycard_mocks.testing.clock_choice import ClockChoice


def _addresses(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    """The addresses to open; several may stand in one text with commas between, as they do in the environment."""
    from greycard_mocks.egress.allow import AllowError, parse_allowance

    addresses = tuple(address for text in given for part in text.split(",") if (address := part.strip()))
    for address in addresses:
        try:
            parse_allowance(address)
        except AllowError as error:
            raise click.BadParameter(str(error)) from None
    return addresses


def _clock(_: click.Context, __: click.Parameter, given: str) -> ClockChoice:
    """The clock of all worlds."""
    from greycard_mocks.testing.clock_choice import read_clock

    try:
        return read_clock(given)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command()
@click.argument("vendors", nargs=-1)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen on; anything but loopback asks for a token on the control plane.",
)
@click.option(
    "--port",
    default=8420,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port; 0 takes any free one.",
)
@click.option(
    "--token",
    envvar="GREYCARD_TOKEN",
    show_envvar=True,
    metavar="TOKEN",
    help="What the control plane and the page ask for; made and printed where --host is not loopback.",
)
@click.option(
    "--speed",
    default=1.0,
    show_default=True,
    type=click.FloatRange(0.001, 100_000),
    help="Mock seconds for each real second.",
)
@click.option(
    "--clock",
    default="real",
    show_default=True,
    callback=_clock,
    metavar="CLOCK",
    help="real; real*20, any factor; virtual, moved by the control plane; or auto, moved by a repeated poll too.",
)
@click.option("--seed", default=0, show_default=True, help="Seed of the task ids.")
@click.option("--callback-url", help="Where Magic Tiger's callbacks go, for every account; open as by --allow.")
@click.option(
    "--allow",
    multiple=True,
    callback=_addresses,
    envvar="GREYCARD_ALLOW",
    show_envvar=True,
    metavar="HOST[:PORT]|CIDR",
    help="Open an address to picture links and deliveries that is private, or of this machine while others reach "
    "the mock (--host). In the environment: with commas between.",
)
@click.option(
    "--picture-memory",
    default=512,
    show_default=True,
    type=click.IntRange(1, 1 << 20),
    metavar="MIB",
    help="Memory for the pictures that are made at the same time, two at most; one that needs more is made alone.",
)
@click.option(
    "--drift",
    "drift_ids",
    multiple=True,
    metavar="ID",
    help="Depart from the document in this way (see 'greycard drifts').",
)
@click.option(
    "--freedom",
    "freedom_ids",
    multiple=True,
    metavar="ID",
    help="Do otherwise what no document states (see 'greycard freedoms').",
)
@click.option(
    "--freedoms",
    "seed_of_freedoms",
    type=click.IntRange(min=0),
    metavar="SEED",
    help="Draw such freedoms: whole faithful vendors, the same for the same number.",
)
@click.option("--quiet", is_flag=True, help="Print no line for each request.")
@click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Lines to read, or a JSON object in each, from the first on.",
)
@click.option(
    "--har",
    "har_file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    callback=folder_for,
    help="Write what the journals hold in the end to this file, as an HTTP Archive.",
)
@click.option("--watch", is_flag=True, help="Go on with what changes in the folders of --contracts; tasks are kept.")
@store_options
@click.option(
    "--workers",
    default=1,
    show_default=True,
    type=click.IntRange(1, 64),
    help="Processes that answer on the one port; more than one needs --store.",
)
@contract_options
def serve(**options: Any) -> None:
    """Serve the mock vendors until Ctrl-C.

    All of them, or only VENDORS, at their real paths.
    """
    token, clock = options["token"], options["clock"]
    if token is not None and not token.strip():
        msg = "--token is empty; give the text that the control plane shall ask for, or leave the option out"
        raise click.UsageError(msg)
    if token:
        hide({"GREYCARD_TOKEN": token})  # whoever gave it knows it, and others may read what is printed
    if clock.speed is not None and options["speed"] != 1:
        msg = "--clock and --speed both say how fast time passes; give one of them"
        raise click.UsageError(msg)
    refuse_unwatchable(options["folders"], watch=options["watch"])
    me = workers.worker()
    if options["workers"] > 1 and options["store"] is None:
        msg = "--workers shares worlds between processes; give the store with --store URL"
        raise click.UsageError(msg)
    if options["workers"] > 1 and not workers.INHERITS:
        msg = "--workers needs processes that inherit a socket, which this system has not; leave the option out"
        raise click.UsageError(msg)
    served = Served(options, me)
    if options["workers"] > 1 and me is None:
        sys.exit(_parent(options["host"], options["port"], options["workers"], token))
    served.run(told_to_stop())


def _parent(host: str, port: int, count: int, token: str | None) -> int:
    """Run the workers until Ctrl-C; the exit status."""
    from greycard_mocks.web.server import ServeError

    try:
        return workers.run_workers(host, port, count, token, told_to_stop())
    except ServeError as error:
        raise click.ClickException(str(error)) from None


def told_to_stop() -> threading.Event:
    """Is set by Ctrl-C and by the signal that asks a process to end."""
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    return stopped
