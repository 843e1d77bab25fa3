"""The options that several subcommands share: how they choose their contract data, and what is wrong with a choice.

Loads no data before a subcommand asks for it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from greycard_schemas.loader import Vendor
    from greycard_schemas.presets import Preset

_PRESET = "greycard.preset"
_LINTED = "greycard.linted"


def contract_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options with which every subcommand chooses its contract data."""
    function = click.option(
        "--contracts", "folders", multiple=True, type=click.Path(exists=True, file_okay=False, path_type=Path),
        help="A folder with further contract data, one subfolder per vendor.",
    )(function)  # fmt: skip
    function = click.option(
        "--variant",
        "variants",
        multiple=True,
        metavar="VENDOR.VARIANT=OPTION",
        help="Read the documents this way, for example picwish.edition=current.",
    )(function)
    function = click.option(
        "--preset", expose_value=False, callback=_note_preset, metavar="NAME",
        help="A named set of variants, such as observed; 'greycard presets' lists them. --variant goes before it.",
    )(function)  # fmt: skip
    return click.option(
        "--profile",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="Variants and assumptions as 'greycard calibrate' wrote them.",
    )(function)


def _note_preset(context: click.Context, _: click.Parameter, name: str | None) -> None:
    from greycard_schemas.errors import ContractError
    from greycard_schemas.presets import preset_named

    try:
        context.meta[_PRESET] = preset_named(name) if name is not None else None
    except ContractError as error:
        raise click.BadParameter(str(error)) from None


def chosen_preset() -> Preset | None:
    """The preset that the running command was given; None where it was given none."""
    context = click.get_current_context(silent=True)
    return None if context is None else context.meta.get(_PRESET)


def chosen_contracts(
    vendors: Sequence[str],
    variants: Sequence[str],
    folders: Sequence[Path],
    profile: Path | None = None,
    patches: dict[str, list[Any]] | None = None,
) -> dict[str, Vendor]:
    """The contracts that the options name; raises UsageError with what is wrong, also with the data in `folders`."""
    from greycard_schemas.errors import ContractError
    from greycard_schemas.loader import load_contracts, parse_variants

    try:
        lint_once(folders)
        wanted = parse_variants(variants)
        preset = chosen_preset()
        changes: dict[str, list[Any]] = {}
        if profile is not None:
            from greycard_suite.evidence.profile import load_profile

            base, changes = _mutable(load_profile(profile))
            for vendor, options in wanted.items():
                base.setdefault(vendor, {}).update(options)
            wanted = base
        for vendor, more in (patches or {}).items():
            changes.setdefault(vendor, []).extend(more)
        if vendors:
            wanted = {name: options for name, options in wanted.items() if name in vendors} if profile else wanted
            changes = {name: found for name, found in changes.items() if name in vendors}
            _refuse_stray(wanted, vendors)
        if preset is not None:
            for vendor, options in preset.variants_of(vendors or preset.variants).items():
                wanted[vendor] = {**options, **wanted.get(vendor, {})}
        return load_contracts(vendors, folders=tuple(folders), variants=wanted, patches=changes)
    except ContractError as error:
        raise click.UsageError(str(error)) from None


def lint_once(folders: Sequence[Path], *, departing: bool = False) -> None:
    """Judge folders of contract data once in a command, and say which shipped files they replace.

    Raises ContractError with all that is wrong. With `departing` they may say what no document says.
    """
    context = click.get_current_context(silent=True)
    linted = context.meta.setdefault(_LINTED, set()) if context is not None else None
    if not folders or linted is None or linted.issuperset(folders):
        return  # in a process of its own the command has looked already
    from greycard_schemas.lint.folders import refuse_faulty, replacements

    refuse_faulty(folders, departing=departing)
    linted.update(folders)
    for note in () if departing else replacements(folders):
        click.echo(f"note: {note}", err=True)


def refuse_unservable(folder: Path) -> None:
    """Raises UsageError for contract data that a mock cannot serve; they may depart from every document."""
    from greycard_schemas.errors import ContractError

    try:
        lint_once([folder], departing=True)
    except ContractError as error:
        raise click.UsageError(str(error)) from None


def patches_of(profile: Path | None, vendors: Iterable[str]) -> dict[str, list[Any]]:
    """The patches of a profile for these vendors, as `chosen_contracts` has applied them."""
    if profile is None:
        return {}
    from greycard_suite.evidence.profile import load_profile

    _, changes = _mutable(load_profile(profile))
    return {name: found for name, found in changes.items() if name in vendors}


def _refuse_stray(wanted: Iterable[str], vendors: Sequence[str]) -> None:
    """Raises UsageError when a variant is wanted of a vendor that the run leaves out."""
    stray = [name for name in wanted if name not in vendors]
    if stray:
        msg = f"--variant names {', '.join(stray)}, which this run leaves out"
        raise click.UsageError(msg)


def _mutable(profile: tuple[Any, Any]) -> tuple[dict[str, dict[str, str]], dict[str, list[Any]]]:
    variants, patches = profile
    return {name: dict(one) for name, one in variants.items()}, {name: list(one) for name, one in patches.items()}
