"""What the user of `greycard enhance` wrote, checked before anything is sent; mistakes are UsageErrors.

May not open connections. Paths, links, keys and options come as text and leave as `Picture` and `Choices` want.
"""

from __future__ import annotations

import base64
import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import click

from greycard_suite.redact.console import hide
from greycard_suite.terminal import printable, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from greycard_suite.enhance.vendors import Choices, Picture

TITLES = {
    "picwish": "PicWish",
    "wondershare": "Wondershare",
    "magictiger": "Magic Tiger",
    "enhancor": "Enhancor",
}
OWN_OPTIONS: Mapping[str, tuple[str, ...]] = {
    "picwish": ("type", "scale_factor"),
    "wondershare": ("feature", "mask", "file_ext", "priority"),
    "magictiger": ("type",),
    "enhancor": ("mode", "webhook_url"),
}
FOR_ALL = ("timeout", "deadline")
SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".gif")
"""How the names of pictures end that are looked for in folders."""

LONGEST_STEM = 150
TEST_KEY = "test-enhance"


def is_local(base_url: str | None) -> bool:
    """Whether the address is of this machine; UsageError when it cannot be read."""
    from greycard_mocks.serve import is_loopback

    if base_url is None:
        return False
    try:
        parts = urlsplit(base_url)
        _ = parts.port
    except ValueError as error:
        msg = f"--base-url {printable(base_url)!r} cannot be read: {error}"
        raise click.UsageError(msg) from None
    if not _is_link(base_url) or not parts.hostname:
        msg = f"--base-url {printable(base_url)!r} must be an absolute http or https URL, such as http://127.0.0.1:8420"
        raise click.UsageError(msg)
    local = is_loopback(parts.hostname)
    if parts.scheme == "http" and parts.hostname and not local:
        say(f"warning: the key goes to {printable(parts.hostname)} unencrypted; use https", err=True)
    return local


def check_own_options(vendor: str, own: Mapping[str, Any]) -> None:
    """Refuse options that the vendor does not have: they would silently do nothing."""
    for name in FOR_ALL:
        if own[name] is not None and math.isnan(own[name]):
            msg = f"--{name} must be a number of seconds"
            raise click.UsageError(msg)
    for name in (name for name, value in own.items() if value is not None and name not in FOR_ALL):
        if name not in OWN_OPTIONS[vendor]:
            option = "--" + name.replace("_", "-")
            has = ", ".join("--" + one.replace("_", "-") for one in OWN_OPTIONS[vendor])
            if vendor == "magictiger" and name == "webhook_url":
                has += "; its callbacks go to the account's address (greycard serve --callback-url)"
            msg = f"{option} is not for {TITLES[vendor]}, which has {has}"
            raise click.UsageError(msg)
    if vendor == "picwish" and own["type"] not in (None, "clean", "face"):
        msg = f"--type of PicWish is clean or face, not {printable(own['type'])!r}"
        raise click.UsageError(msg)
    if vendor == "magictiger" and own["type"] and not re.fullmatch(r"[0-9]{1,9}", own["type"], re.ASCII):
        msg = f"--type of Magic Tiger is a number, not {printable(own['type'])!r}"
        raise click.UsageError(msg)
    if own["webhook_url"] and not _is_link(own["webhook_url"]):
        msg = "--webhook-url must be an absolute http or https URL"
        raise click.UsageError(msg)
    if vendor == "wondershare":
        _check_feature(own)


def _check_feature(own: Mapping[str, Any]) -> None:
    eraser = own["feature"] == "rw"
    if eraser and not own["mask"]:
        msg = "the eraser needs --mask: a picture, as file or link, that marks the area"
        raise click.UsageError(msg)
    if own["mask"] and not eraser:
        msg = "--mask is for the eraser: add --feature rw"
        raise click.UsageError(msg)
    if own["file_ext"] and eraser:
        msg = "--file-ext is for the upscaler, not for --feature rw"
        raise click.UsageError(msg)


def values_of(own: Mapping[str, Any]) -> dict[str, Any]:
    """The vendor's options as `Choices` takes them; UsageError when the mask cannot be read."""
    values = dict(own)
    if values["scale_factor"]:
        values["scale_factor"] = int(values["scale_factor"])
    mask = values["mask"]
    if mask and not _is_link(mask):
        # S3:29: Base64 is one of the forms of a mask, and needs no link
        values["mask"] = base64.b64encode(_content(Path(mask), "--mask")).decode()
    return values


def _is_link(text: str) -> bool:
    return text.lower().startswith(("http://", "https://"))


def _has_host(link: str) -> bool:
    try:
        return bool(urlsplit(link).hostname)
    except ValueError:
        return False


def _content(path: Path, what: str) -> bytes:
    problem = _problem(path)
    if problem is None:
        try:
            return path.read_bytes()
        except OSError as error:
            problem = error.strerror or str(error)
    msg = f"{what} {printable(str(path))}: {problem}"
    raise click.UsageError(msg)


def _problem(path: Path) -> str | None:
    """Why a path is no file that can be read and sent."""
    try:
        if path.is_dir():
            return "is a folder; give one picture"
        if not path.is_file():
            return "is no regular file" if path.exists() else "there is no such file"
        with path.open("rb") as file:
            return None if file.read(1) else "is empty"
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        return getattr(error, "strerror", None) or str(error)


def in_folders(files: Sequence[str], vendor: str, *, recursive: bool) -> list[str]:
    """The arguments, each folder replaced by the pictures in it by name; with `recursive` in its folders as well.

    What is hidden, and what ends in -VENDOR as results do, is left out. UsageError names a folder without a picture.
    """
    found: list[str] = []
    for given in files:
        if _is_link(given) or not Path(given).is_dir():
            found.append(given)
            continue
        own = [
            path
            for path in sorted(Path(given).rglob("*") if recursive else Path(given).iterdir())
            if path.suffix.lower() in SUFFIXES
            and path.is_file()
            and not path.stem.endswith(f"-{vendor}")
            and not any(part.startswith(".") for part in path.relative_to(given).parts)
        ]
        if not own:
            more = "" if recursive else "; -r looks in its folders, too"
            msg = f"{printable(given)}: no picture lies in this folder ({', '.join(SUFFIXES)}){more}"
            raise click.UsageError(msg)
        found += map(str, own)
    return found


def pictures_of(files: Sequence[str]) -> list[Picture]:
    """The pictures in the order given, each once; UsageError names every path that cannot be used."""
    from greycard_suite.enhance.vendors import Picture

    problems: list[str] = []
    found: dict[Path | str, Picture] = {}
    stems: set[str] = set()
    for given in files:
        if _is_link(given):
            if not _has_host(given):
                problems.append(f"{printable(given)}: is no link that can be read; write http(s)://HOST/PATH")
                continue
            source: Path | str = given
            name = unquote(given.partition("?")[0].partition("#")[0].split("/", 3)[-1].rpartition("/")[2])
            stem = re.sub(r"[^\w.-]+", "_", name.rpartition(".")[0] or name).lstrip(".")
        else:
            path = Path(given)
            problem = _problem(path)
            if problem is not None:
                problems.append(f"{printable(given)}: {problem}")
                continue
            source, stem = path.resolve(), path.stem
        if source not in found:
            found[source] = Picture(given, source, _unused(stem, stems))
    if problems:
        raise click.UsageError("\n".join(problems))
    return list(found.values())


def _unused(stem: str, stems: set[str]) -> str:
    stem = stem.encode("utf-8", "surrogateescape")[:LONGEST_STEM].decode("utf-8", "ignore") or "picture"
    number, name = 1, stem
    while name.casefold() in stems:
        number += 1
        name = f"{stem}-{number}"
    stems.add(name.casefold())
    return name


def keys_of(vendor: str, environ: Mapping[str, str], *, local: bool) -> dict[str, str]:
    """The credentials from the environment; for a mock on this machine one of its own where none is set."""
    from greycard_schemas.loader import load_contracts
    from greycard_suite.credentials import NoKeyError, keys_for, named_secrets

    data = load_contracts([vendor])[vendor]
    hide(named_secrets(data, environ))
    try:
        return keys_for(data, environ, test_key=TEST_KEY if local else "")
    except NoKeyError as error:
        raise click.UsageError(str(error)) from None


def check_reach(pictures: Sequence[Picture], choices: Choices, *, local: bool) -> None:
    """Refuse what the vendor could not reach: files of this machine, and a webhook without an address."""
    from greycard_suite.enhance.vendors import UPLOADS

    vendor = choices.vendor
    if vendor == "magictiger" and choices.base_url is None:
        msg = "Magic Tiger's document names no address: give --base-url"
        raise click.UsageError(msg)
    files = [picture for picture in pictures if isinstance(picture.source, Path)]
    if files and vendor not in UPLOADS and not local:
        msg = (
            f"{TITLES[vendor]} fetches pictures by link, and {printable(files[0].given)} is a file of this "
            "machine: put it somewhere public and give its http(s) link (only a mock here is given files)"
        )
        raise click.UsageError(msg)
    if vendor == "enhancor" and not local and not choices.webhook_url:
        msg = "Enhancor sends its results to an address of yours: give --webhook-url"
        raise click.UsageError(msg)
