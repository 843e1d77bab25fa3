"""The `greycard` command: the names of its subcommands; each has a module of its own in `commands` or `enhance`.

Nothing heavy is imported until a subcommand runs, so that `greycard serve` is quick.
"""

from __future__ import annotations

import sys
import traceback
from typing import Any, NoReturn

import click

from greycard_client import __version__
from greycard_suite.completion import complete
from greycard_suite.redact.console import Console, guarded
from greycard_suite.settings import name_in_environment, project_defaults
from greycard_suite.status import FAILED
from greycard_suite.wrong_use import no_such_command, option_before_command, with_what_to_write

LAZY = {
    "calibrate": "greycard_suite.commands.calibrate:calibrate",
    "claims": "greycard_suite.commands.lists.claims:claims",
    "compare": "greycard_suite.commands.compare:compare",
    "contracts": "greycard_suite.authoring.command:contracts",
    "drifts": "greycard_suite.commands.lists.drifts:drifts",
    "enhance": "greycard_suite.enhance.command:enhance",
    "freedoms": "greycard_suite.commands.lists.freedoms:freedoms",
    "images": "greycard_suite.commands.images:images",
    "impact": "greycard_suite.score.impact_command:impact",
    "listen": "greycard_suite.commands.listen:listen",
    "openapi": "greycard_suite.commands.openapi:openapi",
    "presets": "greycard_suite.commands.lists.presets:presets",
    "score": "greycard_suite.score.score_command:score",
    "serve": "greycard_suite.commands.serve:serve",
    "trigger": "greycard_suite.commands.trigger:trigger",
    "verify": "greycard_suite.commands.verify:verify",
}


class LazyGroup(click.Group):
    """Loads a subcommand's module only when it is asked for; all that it prints goes through one guarded console."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """As of any group."""
        with guarded():
            return super().main(*args, **kwargs)

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
        name_in_environment(cmd_name, found)
        complete(found)
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The subcommand that the arguments name; a misspelt one is told what it may have been."""
        name = args[0]
        if name not in LAZY and not name.startswith("-"):
            ctx.fail(no_such_command(name, LAZY))
        return super().resolve_command(ctx, args)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As of any group; an option of a command that stands before it is told where to stand."""
        given = tuple(args)
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            raise option_before_command(error, given, LAZY) from None

    def invoke(self, ctx: click.Context) -> Any:
        """Run the subcommand; whoever interrupts it gets a sentence and status 130, as from other programs."""
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            raise with_what_to_write(error) from None
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
            ctx.exit(130)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="greycard")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Mock servers, client and contract tests for four image-enhancement APIs.

    Each option can stand in the environment (GREYCARD_SERVE_PORT=9000 for 'serve --port'), and in pyproject.toml
    ([tool.greycard.serve] with port = 9000).
    """
    name = ctx.invoked_subcommand
    command = cli.get_command(ctx, name) if name else None
    if name and command is not None:
        ctx.default_map = {name: project_defaults(name, command, LAZY)}


def main() -> NoReturn:
    """Run the command and end the process.

    A user's mistake is one line and exit status 2, never a traceback. A fault of greycard's own, which is shown, and
    output that could not be written end with `status.FAILED`, which no verdict has.
    """
    with guarded() as console:
        status = _run(console)
    sys.exit(status)


def _run(console: Console) -> int:
    status = 0
    try:
        cli(standalone_mode=True)
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else FAILED if end.code else 0
    except KeyboardInterrupt:
        status = 130  # the user has had enough: nothing to say
    except Exception:  # noqa: BLE001 - whatever it is, it is no verdict
        traceback.print_exc()
        click.echo(
            "Error: greycard itself broke down; nothing follows from this for a vendor. Please report it", err=True
        )
        status = FAILED
    sys.stdout.flush()
    if console.lost is None or isinstance(console.lost, BrokenPipeError):
        return status
    click.echo(f"Error: standard output cannot be written: {console.lost.strerror or console.lost}", err=True)
    return status or FAILED


if __name__ == "__main__":
    main()
