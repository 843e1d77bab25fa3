"""`greycard serve`: the mock vendors on one port in real time, with everything a person needs to try them printed."""

from __future__ import annotations

import gc
import signal
import threading
from typing import TYPE_CHECKING, Any

import click

from greycard_schemas.auth import known_secrets
from greycard_schemas.curl import Body, body_words, credential_words
from greycard_suite.commands.departures import chosen_departures
from greycard_suite.commands.options import chosen_contracts, chosen_preset, contract_options, patches_of
from greycard_suite.redact.console import nobody_reads

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from greycard_schemas.loader import Operation, Vendor

KEY = "test-key"
LISTEN = "http://127.0.0.1:8421/"
"""Where 'greycard listen' listens, unless it is told otherwise."""

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
    "--speed",
    default=1.0,
    show_default=True,
    type=click.FloatRange(0.001, 100_000),
    help="Mock seconds for each real second.",
)
@click.option("--seed", default=0, show_default=True, help="Task ids follow from it.")
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
@contract_options
def serve(  # noqa: PLR0913 - one parameter per option of the command; click passes keywords
    vendors: tuple[str, ...],
    *,
    host: str,
    port: int,
    speed: float,
    seed: int,
    callback_url: str | None,
    allow: tuple[str, ...],
    picture_memory: int,
    drift_ids: tuple[str, ...],
    freedom_ids: tuple[str, ...],
    seed_of_freedoms: int | None,
    variants: tuple[str, ...],
    folders: tuple[Path, ...],
    profile: Path | None,
) -> None:
    """Serve all mock vendors (or only VENDORS) at their real paths until Ctrl-C."""
    from greycard_mocks.egress.allow import allowance_of
    from greycard_mocks.egress.guard import EgressError
    from greycard_mocks.engine.engine import Engine
    from greycard_mocks.serve import run
    from greycard_mocks.web.server import ServeError

    if callback_url is not None:
        try:
            allow = (*allow, allowance_of(callback_url))
        except EgressError as error:
            msg = f"--callback-url must be an absolute http or https URL: {error}"
            raise click.UsageError(msg) from None
    plain = chosen_contracts(vendors, variants, folders, profile)
    departures = chosen_departures(plain, drift_ids, freedom_ids, seed_of_freedoms)
    patches = departures.patches
    contracts = chosen_contracts(vendors, variants, folders, profile, patches) if patches else plain
    engine = Engine(
        contracts, seed=seed, speed=speed, callback_url=callback_url, contracts=folders,
        patches=patches_of(profile, contracts), drifts=departures.drifts, freedoms=departures.freedoms, allow=allow,
        picture_memory=picture_memory, scenarios=_scenarios(contracts),
    )  # fmt: skip
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    try:
        running = run(engine, host, port, late=True)
    except ServeError as error:
        raise click.ClickException(str(error)) from None
    try:
        click.echo(f"greycard serves at {running.url}   (page: {running.url}/_mock/, end with Ctrl-C)")
        if running.token:
            click.echo(f"control plane token: {running.token}")
        for line in departures.lines:
            click.echo(line)
        for vendor in contracts.values():
            click.echo("")
            for line in (*greeting(vendor, running.url), *_deliveries(vendor, callback_url)):
                click.echo(line)
        click.echo("", nl=True)
        running.make_ready()
        gc.freeze()  # what is loaded stays: no collection needs to look at it again
        while not nobody_reads() and not stopped.wait(SIGNAL_SECONDS):
            pass  # not for ever: a signal that comes just before the waiting begins does not interrupt it
        click.echo("stopping")
    finally:
        # also when nobody reads what is printed: threads that listen would keep the process alive
        running.close()
        engine.close()


def _scenarios(contracts: dict[str, Vendor]) -> dict[str, Mapping[str, Any]]:
    """What the preset lets each task of these vendors do."""
    preset = chosen_preset()
    return {} if preset is None else {name: one for name, one in preset.scenarios.items() if name in contracts}


def greeting(vendor: Vendor, url: str) -> Iterator[str]:
    """What a person needs to try a vendor: key, and lines to paste."""
    auth = vendor.data["auth"]
    secrets = known_secrets(auth, KEY)
    yield f"{vendor.title}: base URL {url}, key {' : '.join(secrets)}"
    for operation in vendor.of_kind("create"):
        yield _line(vendor, operation, operation.path, _body(operation, url), url)
        read = vendor.operations[operation.contract["read"]]
        path = read.path.replace("{" + read.contract["task"]["parameter"] + "}", "TASK_ID")
        yield _line(vendor, read, path, _read_body(operation, read), url)


def _deliveries(vendor: Vendor, callback_url: str | None) -> Iterator[str]:
    """Where the callbacks of a vendor go whose requests name no address."""
    if any("account" in operation.contract["address"] for operation in vendor.of_kind("delivery")):
        if callback_url is not None:
            yield f"  callbacks go to {callback_url}"
        else:
            yield f"  callbacks go nowhere yet: run 'greycard listen', and serve with --callback-url {LISTEN}"


def _line(vendor: Vendor, operation: Operation, path: str, body: Body, url: str) -> str:
    auth = vendor.data["auth"]
    credential = credential_words(auth, known_secrets(auth, KEY), operation.method, path, body, _quoted)
    words = ["curl", "-sS", *credential.words, *body_words(auth, body, _quoted), f"{url}{path}"]
    return f"  {'; '.join([*credential.before, ' '.join(words)])}"


def _quoted(text: str) -> str:
    return f"'{text}'"


def _body(operation: Operation, url: str) -> Body:
    import json

    from greycard_schemas.examples.requests import addressed, base_request

    pictures = operation.contract.get("pictures", {})
    size = "400x300"
    values = addressed(base_request(operation), f"{url}/_mock/images/{size}.jpg", "http://127.0.0.1:8421/")
    if "file" in pictures:
        values.pop(pictures["file"], None)
        values[pictures["link"]] = f"{url}/_mock/images/{size}.jpg"
        return Body(fields={name: str(value) for name, value in values.items()})
    return Body(json.dumps(values))


def _read_body(create: Operation, read: Operation) -> Body:
    import json

    from greycard_schemas.examples.requests import base_request

    if not read.encodings:
        return Body()
    values = base_request(read)
    values[read.contract["task"]["parameter"]] = "TASK_ID"
    base = base_request(create)
    values.update({name: base[name] for name in values if name in base})
    return Body(json.dumps(values))
