"""The options of commands whose mock keeps its worlds in Redis or Valkey, and what they open."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

if TYPE_CHECKING:
    from collections.abc import Callable

    from greycard_mocks.store.store import Store

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
SHORTEST_KEEP_SECONDS = 60
IN_STORE = "redis"


def _seconds(_: click.Context, __: click.Parameter, given: str) -> float:
    """How long to keep what nobody uses, such as 7d, 12h, 90m or 3600s."""
    found = re.fullmatch(r"(\d{1,9})([smhd])", given)
    seconds = int(found[1]) * UNITS[found[2]] if found else 0
    if not SHORTEST_KEEP_SECONDS <= seconds <= 3650 * 86400:
        msg = f"write a number with s, m, h or d behind it, such as 7d or 12h, from 60s to 3650d, not {given!r:.50}"
        raise click.BadParameter(msg)
    return float(seconds)


def store_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say where worlds are kept."""
    options = [
        click.option(
            "--store",
            envvar="GREYCARD_STORE",
            show_envvar=True,
            metavar="URL",
            help="Keep worlds in Redis or Valkey, such as redis://127.0.0.1:6379/0, shared by every mock that does.",
        ),
        click.option("--store-prefix", default="greycard", show_default=True, help="What the keys there begin with."),
        click.option(
            "--keep",
            default="7d",
            show_default=True,
            callback=_seconds,
            metavar="TIME",
            help="Forget what nobody has used for so long: 90m, 12h, 7d.",
        ),
        click.option(
            "--blobs",
            default=IN_STORE,
            show_default=True,
            metavar="DIR|redis",
            help="Where input pictures are kept for the other processes: a folder that all share, or the store.",
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def shared_store(url: str | None, prefix: str, keep: float, blobs: str, *, must_answer: bool = True) -> Store | None:
    """The store that these options name; None where worlds are kept in this process.

    One that need not answer now is asked when it is needed. Raises click.UsageError for what does not fit, and
    ClickException (exit status 2) when it does not answer.
    """
    if url is None:
        _refuse_without_store()
        return None
    from greycard_mocks.store.link import StoreUrlError
    from greycard_mocks.store.pictures import InFolder
    from greycard_mocks.store.store import Store

    if not blobs:
        msg = "--blobs is empty; write a folder, or redis"
        raise click.UsageError(msg)
    folder = None if blobs == IN_STORE else Path(blobs)
    try:
        if folder is not None:
            InFolder(folder)
        store = Store(url, prefix=prefix, keep_seconds=keep, folder=folder)
    except StoreUrlError as error:
        msg = f"--store: {error}"
        raise click.UsageError(msg) from None
    except OSError as error:
        msg = f"--blobs {blobs}: {error.strerror or error}; name a folder where you may write"
        raise click.UsageError(msg) from None
    except ValueError as error:
        msg = f"--store-prefix: {error}"
        raise click.UsageError(msg) from None
    if must_answer:
        _checked(store)
    return store


def _refuse_without_store() -> None:
    """Raises click.UsageError where an option says how a store keeps what it keeps, and there is no store."""
    context = click.get_current_context()
    for name in ("store_prefix", "keep", "blobs"):
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            option = f"--{name.replace('_', '-')}"
            msg = f"{option} says how a store keeps what is shared; give the store with --store URL, or leave it out"
            raise click.UsageError(msg)


def opened_store(url: str) -> Store:
    """A store for one run, whose keys nobody else has. Raises as `shared_store` does."""
    from greycard_mocks.core.keeping.kept import StoreError
    from greycard_mocks.store.link import StoreUrlError
    from greycard_mocks.store.store import scratch_store

    try:
        return scratch_store(url)
    except StoreUrlError as error:
        msg = f"--store: {error}"
        raise click.UsageError(msg) from None
    except StoreError as error:
        raise _unreachable(error) from None


def _checked(store: Store) -> None:
    from greycard_mocks.core.keeping.kept import StoreError

    try:
        store.check()
    except StoreError as error:
        store.close()
        raise _unreachable(error) from None


class _UnreachableError(click.ClickException):
    exit_code = 2


def _unreachable(error: Exception) -> click.ClickException:
    return _UnreachableError(f"{error}; start it, or give the right address with --store")
