"""One process of `greycard serve`: what it serves, what it prints, and how it ends."""

from __future__ import annotations

import gc
import json
import os
import sys
from contextlib import ExitStack, nullcontext
from typing import TYPE_CHECKING, Any

import click

from greycard_suite.authoring.reload import watched
from greycard_suite.authoring.watch import stamps_of
from greycard_suite.commands.departures import chosen_departures
from greycard_suite.commands.options import chosen_contracts, chosen_preset, patches_of
from greycard_suite.commands.serving.greeting import introduction, listening
from greycard_suite.commands.stores import shared_store
from greycard_suite.redact.console import nobody_reads

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from greycard_mocks.engine.engine import Engine
    from greycard_mocks.serve import Running
    from greycard_schemas.loader import Vendor
    from greycard_suite.commands.departures import Departures
    from greycard_suite.commands.serving.workers import Worker

SIGNAL_SECONDS = 0.5
"""After how long the wait for the end looks whether a signal has come."""


class Served:
    """What the options ask for, looked at and loaded; `me` is which worker this is, where there are several."""

    def __init__(self, options: Mapping[str, Any], me: Worker | None) -> None:
        """Raises click's errors for options that do not fit, and where the store does not answer."""
        self._options = options
        self._me = me
        self._is_first = me is None or (me.number == 0 and not me.replaces)
        self._allow = _with_callback(options["allow"], options["callback_url"])
        self._store = shared_store(
            options["store"], options["store_prefix"], options["keep"], options["blobs"],
            must_answer=me is None or not me.replaces,
        )  # fmt: skip
        self._chosen = _choice(
            options["vendors"], options["variants"], options["folders"], options["profile"],
            (options["drift_ids"], options["freedom_ids"], options["seed_of_freedoms"]),
        )  # fmt: skip
        self._before = stamps_of(options["folders"]) if options["watch"] else None
        self._contracts, self._departures = self._chosen()

    def run(self, stopped: threading.Event) -> None:
        """Serve until `stopped`. Raises ClickException when the address cannot be had."""
        from greycard_mocks.serve import run
        from greycard_mocks.web.server import ServeError
        from greycard_suite.commands.serving.request_lines import JsonForm, TextForm
        from greycard_suite.commands.serving.request_log import RequestLog, writer_to_output

        options, engine = self._options, self._engine()
        is_json = options["log_format"] == "json"
        form = JsonForm(engine.runtimes) if is_json else TextForm(engine.runtimes, colour=_is_coloured())
        write = writer_to_output()
        log = RequestLog(form, write if self._me is None else self._me.in_turn(write))
        if not options["quiet"]:
            engine.watch(log.note)
        watching = ExitStack()
        try:
            running = run(
                engine, options["host"], options["port"], token=options["token"], late=True,
                listening=None if self._me is None else self._me.listening,
            )  # fmt: skip
        except ServeError as error:
            raise click.ClickException(str(error)) from None
        try:
            if self._is_first:  # it says where they all are
                self._say(running)
            log.start()
            changes = watched(engine, options["folders"], self._chosen, self._before) if options["watch"] else None
            watching.enter_context(changes or nullcontext())
            running.make_ready()
            gc.freeze()  # what is loaded stays: no collection needs to look at it again
            while not (nobody_reads() or stopped.wait(SIGNAL_SECONDS) or (self._me and self._me.is_orphan)):
                pass  # not for ever: a signal that comes just before the waiting begins does not interrupt it
        finally:
            watching.close()
            # also when nobody reads what is printed: threads that listen would keep the process alive
            running.close()
            log.close('{"event": "stopped"}' if is_json else "stopping")
            if options["har_file"] is not None and (self._me is None or self._me.number == 0):
                _write_har(engine, options["har_file"])
            engine.close()

    def _engine(self) -> Engine:
        from greycard_mocks.engine.engine import Engine

        options, clock, departures = self._options, self._options["clock"], self._departures
        return Engine(
            self._contracts, clock=None if self._store is not None and clock.real else clock.base(), auto=clock.auto,
            seed=options["seed"], speed=options["speed"] if clock.speed is None else clock.speed,
            callback_url=options["callback_url"], contracts=options["folders"],
            patches=patches_of(options["profile"], self._contracts), drifts=departures.drifts,
            freedoms=departures.freedoms, allow=self._allow, picture_memory=options["picture_memory"],
            scenarios=_scenarios(self._contracts), store=self._store,
        )  # fmt: skip

    def _say(self, running: Running) -> None:
        if self._options["log_format"] == "json":
            click.echo(json.dumps(listening(running, self._contracts)))
            return
        callback_url = self._options["callback_url"]
        for line in introduction(running, self._contracts, self._departures.lines, callback_url):
            click.echo(line)


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


def _write_har(engine: Engine, path: Path) -> None:
    """Raises ClickException when the file cannot be written."""
    from greycard_mocks.core.keeping.kept import StoreError
    from greycard_mocks.engine.har import har_of
    from greycard_suite.output_file import write_file

    try:
        write_file(path, json.dumps(har_of(engine), ensure_ascii=False, indent=1).encode("utf-8", "replace"))
    except (OSError, StoreError) as error:
        msg = f"--har {path}: {getattr(error, 'strerror', None) or error}"
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
