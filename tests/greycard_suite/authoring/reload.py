"""Lets a running `greycard serve` go on with contract folders that have changed, and says what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import click

from greycard_suite.authoring.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from greycard_mocks.engine.engine import Engine
    from greycard_schemas.loader import Vendor
    from greycard_suite.authoring.watch import Stamps


class _Departures(Protocol):
    @property
    def drifts(self) -> Mapping[str, Sequence[str]]: ...

    @property
    def freedoms(self) -> Mapping[str, Sequence[str]]: ...


def refuse_unwatchable(folders: Sequence[Path], *, watch: bool) -> None:
    """Raises UsageError where something shall be watched and there is nothing."""
    if watch and not folders:
        msg = "--watch looks at the folders of --contracts; name one"
        raise click.UsageError(msg)


def watched(
    engine: Engine,
    folders: Sequence[Path],
    chosen: Callable[[], tuple[Mapping[str, Vendor], _Departures]],
    since: Stamps | None = None,
) -> Watch:
    """What watches these folders for an engine; `chosen` loads the contracts as the command did at its start.

    `since` is what `stamps_of` said before that.
    """
    return Watch(folders, lambda: _go_on(engine, folders, chosen), since=since)


def _go_on(
    engine: Engine, folders: Sequence[Path], chosen: Callable[[], tuple[Mapping[str, Vendor], _Departures]]
) -> None:
    from greycard_mocks.engine.reload import use_contracts
    from greycard_schemas.errors import ContractError
    from greycard_schemas.lint.folders import refuse_faulty

    try:
        refuse_faulty(folders)
        vendors, departures = chosen()
    except (ContractError, click.UsageError) as error:
        click.echo(f"changed, and not used; the contracts of before go on: {error}", err=True)
        return
    try:
        notes = use_contracts(engine, vendors, drifts=departures.drifts, freedoms=departures.freedoms)
    except Exception as error:  # noqa: BLE001 - whatever it is, the mock goes on
        click.echo(f"changed, and not used: {type(error).__name__}: {error}", err=True)
        return
    for note in notes:
        click.echo(f"note: {note}")
    click.echo(f"changed: the mock goes on with {', '.join(map(str, folders))}")
