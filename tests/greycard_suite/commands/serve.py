"""`greycard serve`: the mock vendors on one port in real time, with everything a person needs to try them printed."""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import threading
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from greycard_suite.authoring.reload import refuse_unwatchable, watched
from greycard_suite.authoring.watch import stamps_of
from greycard_suite.commands.departures import chosen_departures
from greycard_suite.commands.options import chosen_contracts, chosen_preset, contract_options, patches_of
from greycard_suite.commands.serving.greeting import introduction, listening
from greycard_suite.output_file import folder_for
from greycard_suite.redact.console import hide, nobody_reads

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from greycard_mocks.engine.engine import Engine
    from greycard_mocks.testing.clock_choice import ClockChoice
    from greycard_schemas.loader import Vendor
    from greycard_suite.commands.departures import Departures

SIGNAL_SECONDS = 0.5
"""After how long the wait for the end looks whether a signal has come."""


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
@contract_options
def serve(  # noqa: PLR0913 - one parameter per option of the command; click passes keywords
    vendors: tuple[str, ...],
    *,
    host: str,
    port: int,
    token: str | None,
    speed: float,
    clock: ClockChoice,
    seed: int,
    callback_url: str | None,
    allow: tuple[str, ...],
    picture_memory: int,
    drift_ids: tuple[str, ...],
    freedom_ids: tuple[str, ...],
    seed_of_freedoms: int | None,
    quiet: bool,
    log_format: str,
    har_file: Path | None,
    watch: bool,
    variants: tuple[str, ...],
    folders: tuple[Path, ...],
    profile: Path | None,
) -> None:
    """Serve the mock vendors until Ctrl-C.

    All of them, or only VENDORS, at their real paths.
    """
    from greycard_mocks.engine.engine import Engine
    from greycard_mocks.serve import run
    from greycard_mocks.web.server import ServeError
    from greycard_suite.commands.serving.request_lines import JsonForm, TextForm
    from greycard_suite.commands.serving.request_log import RequestLog, writer_to_output

    if token is not None and not token.strip():
        msg = "--token is empty; give the text that the control plane shall ask for, or leave the option out"
        raise click.UsageError(msg)
    if token:
        hide({"GREYCARD_TOKEN": token})  # whoever gave it knows it, and others may read what is printed
    allow = _with_callback(allow, callback_url)
    if clock.speed is not None and speed != 1:
        msg = "--clock and --speed both say how fast time passes; give one of them"
        raise click.UsageError(msg)
    refuse_unwatchable(folders, watch=watch)
    chosen = _choice(vendors, variants, folders, profile, (drift_ids, freedom_ids, seed_of_freedoms))
    before = stamps_of(folders) if watch else None
    contracts, departures = chosen()
    engine = Engine(
        contracts, clock=clock.base(), auto=clock.auto, seed=seed,
        speed=speed if clock.speed is None else clock.speed, callback_url=callback_url, contracts=folders,
        patches=patches_of(profile, contracts), drifts=departures.drifts, freedoms=departures.freedoms, allow=allow,
        picture_memory=picture_memory, scenarios=_scenarios(contracts),
    )  # fmt: skip
    form = JsonForm(engine.runtimes) if log_format == "json" else TextForm(engine.runtimes, colour=_is_coloured())
    log = RequestLog(form, writer_to_output())
    if not quiet:
        engine.watch(log.note)
    stopped, watching = _told_to_stop(), ExitStack()
    try:
        running = run(engine, host, port, token=token, late=True)
    except ServeError as error:
        raise click.ClickException(str(error)) from None
    try:
        if log_format == "json":
            click.echo(json.dumps(listening(running, contracts)))
        else:
            for line in introduction(running, contracts, departures.lines, callback_url):
                click.echo(line)
        log.start()
        watching.enter_context(watched(engine, folders, chosen, before) if watch else nullcontext())
        running.make_ready()
        gc.freeze()  # what is loaded stays: no collection needs to look at it again
        while not nobody_reads() and not stopped.wait(SIGNAL_SECONDS):
            pass  # not for ever: a signal that comes just before the waiting begins does not interrupt it
    finally:
        watching.close()
        # also when nobody reads what is printed: threads that listen would keep the process alive
        running.close()
        log.close('{"event": "stopped"}' if log_format == "json" else "stopping")
        if har_file is not None:
            _write_har(engine, har_file)
        engine.close()


def _with_callback(allow: tuple[str, ...], callback_url: str | None) -> tuple[str, ...]:
    """What is opened, the address of the callbacks with it; raises UsageError for one that cannot be read."""
    from greycard_mocks.egress.allow import allowance_of
    from greycard_mocks.egress.guard import EgressError

    if callback_url is None:
        return allow
    try:
        return (*allow, allowance_of(callback_url))
    except EgressError as error:
        msg = f"--callback-url must be an absolute http or https URL: {error}"
        raise click.UsageError(msg) from None


def _told_to_stop() -> threading.Event:
    """Is set by Ctrl-C and by the signal that asks a process to end."""
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    return stopped


def _write_har(engine: Engine, path: Path) -> None:
    """Raises ClickException when the file cannot be written."""
    from greycard_mocks.engine.har import har_of
    from greycard_suite.output_file import write_file

    try:
        write_file(path, json.dumps(har_of(engine), ensure_ascii=False, indent=1).encode("utf-8", "replace"))
    except OSError as error:
        msg = f"--har {path}: {error.strerror or error}"
        raise click.ClickException(msg) from None


def _choice(
    vendors: tuple[str, ...],
    variants: tuple[str, ...],
    folders: tuple[Path, ...],
    profile: Path | None,
    departing: tuple[tuple[str, ...], tuple[str, ...], int | None],
) -> Callable[[], tuple[dict[str, Vendor], Departures]]:
    """What loads the contracts as they are chosen, now and when they have changed, in whatever thread."""
    context = click.get_current_context()

    def chosen() -> tuple[dict[str, Vendor], Departures]:
        with context.scope(cleanup=False):
            plain = chosen_contracts(vendors, variants, folders, profile)
            found = chosen_departures(plain, *departing)
            if not found.patches:
                return plain, found
            return chosen_contracts(vendors, variants, folders, profile, found.patches), found

    return chosen


def _scenarios(contracts: dict[str, Vendor]) -> dict[str, Mapping[str, Any]]:
    """What the preset lets each task of these vendors do."""
    preset = chosen_preset()
    return {} if preset is None else {name: one for name, one in preset.scenarios.items() if name in contracts}


def _is_coloured() -> bool:
    """Whether standard output is a terminal that shows colours, and NO_COLOR does not ask for none."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
