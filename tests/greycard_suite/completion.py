"""What the shell completes after an option or a command: vendors, variants, presets, drifts, freedoms.

Attached to a command only while a shell asks, so that nothing else pays for it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    ParamType = click.ParamType[Any]
else:
    ParamType = click.ParamType  # which takes no parameter before click 8.3

ASKED = "_GREYCARD_COMPLETE"
"""The variable by which the shell asks, as click has it for a program of this name."""


class Completed(ParamType):
    """Behaves as another type, and knows the words that can stand there."""

    def __init__(self, inner: ParamType, words: Callable[[], Iterable[tuple[str, str]]]) -> None:
        self._inner, self._words = inner, words
        self.name = inner.name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """As the other type does."""
        return self._inner.convert(value, param, ctx)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The words that begin like this, each with what it means."""
        del ctx, param
        return [CompletionItem(word, help=says) for word, says in self._words() if word.startswith(incomplete)]


def complete(command: click.Command) -> None:
    """Let the parameters of a command be completed, if a shell asks."""
    if ASKED not in os.environ:
        return
    for parameter in command.params:
        words = WORDS.get(parameter.name or "")
        if words is not None and not isinstance(parameter.type, click.Choice):
            parameter.type = Completed(parameter.type, words)


def vendors() -> list[tuple[str, str]]:
    """Every vendor by its name."""
    from greycard_schemas.loader import load_contracts

    return [(name, vendor.title) for name, vendor in load_contracts().items()]


def variants() -> list[tuple[str, str]]:
    """Every option of every variant, as VENDOR.VARIANT=OPTION."""
    from greycard_schemas.loader import load_contracts

    return [
        (f"{name}.{variant}={option}", "")
        for name, vendor in load_contracts().items()
        for variant, said in vendor.data.get("variants", {}).items()
        for option in said["options"]
    ]


def presets() -> list[tuple[str, str]]:
    """Every preset."""
    from greycard_schemas.presets import load_presets

    return [(one.name, one.says) for one in load_presets().values()]


def drifts() -> list[tuple[str, str]]:
    """Every drift by its id."""
    from greycard_schemas.drifts.catalogue import drifts_of
    from greycard_schemas.loader import load_contracts

    return [(one.id, one.sentence) for vendor in load_contracts().values() for one in drifts_of(vendor).values()]


def freedoms() -> list[tuple[str, str]]:
    """Every freedom by its id."""
    from greycard_schemas.freedoms.catalogue import freedoms_of
    from greycard_schemas.loader import load_contracts

    return [(one.id, one.sentence) for vendor in load_contracts().values() for one in freedoms_of(vendor).values()]


WORDS: dict[str, Callable[[], list[tuple[str, str]]]] = {
    "vendor": vendors,
    "vendors": vendors,
    "variants": variants,
    "preset": presets,
    "drift_ids": drifts,
    "freedom_ids": freedoms,
}
"""What completes a parameter, by its name."""
