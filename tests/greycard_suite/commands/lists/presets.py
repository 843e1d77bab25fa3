"""`greycard presets`: the named sets of variants and scenarios that `--preset` takes."""

from __future__ import annotations

import json

import click


@click.command()
def presets() -> None:
    """List the presets, which are named sets of variants.

    Each says what it sets for which vendor, and why; 'serve --preset NAME' takes one.
    """
    from greycard_schemas.presets import load_presets

    for preset in load_presets().values():
        click.echo(f"{preset.name}  {preset.says}")
        for vendor, options in preset.variants.items():
            for variant, option in options.items():
                click.echo(f"  --variant {vendor}.{variant}={option}   {preset.sources[vendor][variant]}")
            if vendor in preset.scenarios:
                scenario = json.dumps(preset.scenarios[vendor])
                click.echo(f"  {vendor}: each task {scenario}   {preset.sources[vendor]['scenario']}")
