"""`greycard images`: writes the pictures that the suite links to, for targets that cannot reach this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from greycard_suite.commands.options import chosen_contracts
from greycard_suite.judge.picture_samples import good_size, samples
from greycard_suite.output_file import output_file
from greycard_suite.status import CannotWriteError
from greycard_suite.targets.images import file_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from greycard_mocks.images.testcards import Damage
    from greycard_schemas.loader import Vendor

    Picture = tuple[int, int, str, int | None, Damage | None]  # sides in pixels, format, bytes, damage


@click.command()
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@click.option("--vendor", "vendors", multiple=True, help="Only the pictures for these vendors.")
def images(directory: Path, vendors: tuple[str, ...]) -> None:
    """Write the suite's pictures, for a vendor to fetch.

    Put DIRECTORY where the vendor can reach it, and tell 'greycard verify' by --image-base.
    """
    wanted = chosen_contracts(vendors, (), ())
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"{directory} cannot be made: {error.strerror or error}; name another folder"
        raise click.UsageError(msg) from None
    try:
        number = write_images(directory, wanted)
    except OSError as error:
        msg = f"{error.filename or directory} cannot be written: {error.strerror or error}"
        raise CannotWriteError(msg) from None
    click.echo(f"{number} pictures in {directory}; put them on a public server and give its address with --image-base")


def write_images(directory: Path, vendors: Mapping[str, Vendor]) -> int:
    """Write the pictures for these vendors, block by block; returns their number. Raises OSError."""
    from greycard_mocks.images.testcards import card, card_blocks

    wanted: dict[str, Picture] = {}
    for vendor in vendors.values():
        for operation in vendor.of_kind("create"):
            pictures = operation.contract.get("pictures", {})
            found: list[Picture] = [(*good_size(operation), "jpg", None, None), (300, 300, "jpg", None, None)]
            found.extend(
                (one.width, one.height, one.format, one.size_bytes, one.damage)
                for one in samples(operation, vendor.data.get("units", {}), exact=False)
                if not one.special and (one.how == "link" or "file" not in pictures)
            )
            for each in found:
                wanted[file_name(each[0], each[1], each[2], size_bytes=each[3], damage=each[4])] = each
    for name, (width, height, form, size, damage) in wanted.items():
        with output_file(directory / name) as file:
            if damage:
                file.write(card(width, height, form, damage=damage))
            else:
                for block in card_blocks(width, height, form, size_bytes=size):
                    file.write(block)
    return len(wanted)
