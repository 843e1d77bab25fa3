"""The `greycard` command: the names of its subcommands; each has a module of its own in `commands` or `enhance`.

Nothing heavy is imported until a subcommand runs, so that `greycard serve` is quick.
"""

from __future__ import annotations

import os
import sys

import click

LAZY = {
    "calibrate": "greycard_suite.commands.calibrate:calibrate",
    "claims": "greycard_suite.commands.claims:claims",
    "compare": "greycard_suite.commands.compare:compare",
    "drifts": "greycard_suite.commands.drifts:drifts",
    "enhance": "greycard_suite.enhance.command:enhance",
    "freedoms": "greycard_suite.commands.freedoms:freedoms",
    "images": "greycard_suite.commands.images:images",
    "listen": "greycard_suite.commands.listen:listen",
    "openapi": "greycard_suite.commands.openapi:openapi",
    "serve": "greycard_suite.commands.serve:serve",
    "verify": "greycard_suite.commands.verify:verify",
}


class LazyGroup(click.Group):
    """Loads a subcommand's module only when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All subcommands by name."""
        del ctx
        return sorted(LAZY)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The subcommand of this name."""
        del ctx
        if cmd_name not in LAZY:
            return None
        from importlib import import_module

        module, _, name = LAZY[cmd_name].partition(":")
        found: click.Command = getattr(import_module(module), name)
        return found


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="greycard", prog_name="greycard")
def cli() -> None:
    """The neutral reference for image-enhancement APIs: mock vendors, their documents as data, and verdicts."""


def main() -> None:
    """Run the command; a user's mistake is one line and exit status 2, never a traceback."""
    try:
        cli(standalone_mode=True)
    except (BrokenPipeError, KeyboardInterrupt):
        # the reader has gone, or the user has had enough: nothing to say
        with open(os.devnull, "w") as nowhere:  # noqa: PTH123 - closed stdout must not complain at exit
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
        sys.exit(130)


if __name__ == "__main__":
    main()
