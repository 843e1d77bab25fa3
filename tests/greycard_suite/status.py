"""The exit status that says nothing of a vendor, and the error that ends a command with it."""

from __future__ import annotations

import click

FAILED = 70
"""greycard itself broke down, or something that it was to write could not be written."""


class CannotWriteError(click.ClickException):
    """What a command was to write cannot be written; the message says what and why."""

    exit_code = FAILED
