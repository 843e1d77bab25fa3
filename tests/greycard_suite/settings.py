"""Options of the commands in the environment, and in ``[tool.greycard]`` of a project's ``pyproject.toml``.

The command line goes before the environment, and that before the project.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from greycard_schemas.nearest import similar

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

FILE = "pyproject.toml"


def name_in_environment(name: str, command: click.Command) -> None:
    """Let each option of a command be given as GREYCARD_COMMAND_OPTION, unless it has a variable of its own."""
    for flag, parameter in _options(command).items():
        if isinstance(parameter, click.Option) and parameter.envvar is None:
            parameter.envvar = f"GREYCARD_{name}_{flag}".upper().replace("-", "_")


def project_defaults(name: str, command: click.Command, commands: Collection[str]) -> dict[str, Any]:
    """The defaults of one command, by its parameters' names, from the nearest pyproject.toml above the folder.

    Raises click.UsageError for a table that is no table, and for names that the command does not have.
    """
    table, file = _table()
    for key in table:
        if key not in commands:
            msg = f"{file}: [tool.greycard] has no command {key!r}{similar(key, commands)}"
            raise click.UsageError(msg)
    own = table.get(name, {})
    if not isinstance(own, dict):
        msg = f"{file}: [tool.greycard.{name}] must be a table of options"
        raise click.UsageError(msg)
    known = _options(command)
    found: dict[str, Any] = {}
    for key, value in own.items():
        parameter = known.get(key)
        if parameter is None:
            msg = f"{file}: [tool.greycard.{name}]: there is no option {key!r}{similar(key, known)}"
            raise click.UsageError(msg)
        is_list = parameter.multiple if isinstance(parameter, click.Option) else parameter.nargs != 1
        if isinstance(value, list) is not is_list or isinstance(value, dict):
            msg = f"{file}: [tool.greycard.{name}]: {key!r} must be {'a list' if is_list else 'one value'}"
            raise click.UsageError(msg)
        found[parameter.name] = value
    return found


def _options(command: click.Command) -> dict[str, click.Parameter]:
    """The parameters of a command by the names that a user knows: options without their hyphens, arguments as such."""
    known: dict[str, click.Parameter] = {}
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            known.update({flag[2:]: parameter for flag in parameter.opts if flag.startswith("--") and flag != "--help"})
        elif parameter.name:
            known[parameter.name] = parameter
    return known


def _table() -> tuple[Mapping[str, Any], Path]:
    here = Path.cwd()
    for folder in (here, *here.parents):
        file = folder / FILE
        if file.is_file():
            return _read(file), file
    return {}, here / FILE


def _read(file: Path) -> Mapping[str, Any]:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{file} cannot be read: {error}"
        raise click.UsageError(msg) from None
    if "tool.greycard" not in text.replace(" ", "").replace('"', ""):
        return {}
    import tomllib

    try:
        table: Any = tomllib.loads(text).get("tool", {}).get("greycard", {})
    except tomllib.TOMLDecodeError as error:
        msg = f"{file} is not TOML: {error}"
        raise click.UsageError(msg) from None
    if not isinstance(table, dict):
        msg = f"{file}: [tool.greycard] must be a table"
        raise click.UsageError(msg)
    return table
