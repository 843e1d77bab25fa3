"""Takes a vendor's credentials from the environment; the names of the variables follow from the contract data."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from greycard_schemas.auth import KNOWN_SECRET, known_secrets
from greycard_schemas.wrong_keys import BELIEVED
from greycard_suite.redact.weak_keys import weakness

if TYPE_CHECKING:
    from collections.abc import Mapping

    from greycard_schemas.loader import Vendor

TEST_KEY = "test-verify"
"""The suite's key for a mock on this machine, where the user gives none; no secret."""


class NoKeyError(ValueError):
    """A credential is missing, cannot be sent or cannot be kept secret; the message names the variable."""


def variables(vendor: Vendor) -> dict[str, str]:
    """The environment variable of each credential, by the client's name for it: ``GREYCARD_PICWISH_API_KEY``."""
    prefix = f"GREYCARD_{vendor.name.upper().replace('-', '_')}"
    return {name: f"{prefix}_{name.upper()}" for name in vendor.credentials}


def keys_for(vendor: Vendor, environ: Mapping[str, str], *, test_key: str = "") -> dict[str, str]:
    """The credentials from the environment; `test_key`, for a mock on this machine, where none is set.

    Raises NoKeyError naming the variables that are missing, or hold what no header may hold or no report can hide.
    """
    names = variables(vendor)
    missing = [name for name in names.values() if not environ.get(name)]
    if test_key and len(missing) == len(names):
        return dict(zip(names, known_secrets(vendor.data["auth"], test_key), strict=False))
    if missing:
        msg = f"no key for {vendor.title}: set {' and '.join(missing)} in the environment"
        raise NoKeyError(msg)
    bad = [name for name in names.values() if not environ[name].isprintable() or not environ[name].isascii()]
    if bad:
        msg = f"{' and '.join(bad)} holds characters that no header may hold; set the key again"
        raise NoKeyError(msg)
    for name in names.values():
        if not (test_key and environ[name].startswith(BELIEVED)):  # a mock's test keys are no secrets
            _refuse_weak(vendor, name, environ[name])
    return {key: environ[name] for key, name in names.items()}


def named_secrets(vendor: Vendor, environ: Mapping[str, str]) -> dict[str, str]:
    """What the environment holds for a vendor, whether usable or not, by the name of the variable."""
    return {name: environ[name] for name in variables(vendor).values() if environ.get(name)}


def secrets_of(credentials: Mapping[str, Mapping[str, str]], vendors: Mapping[str, Vendor]) -> dict[str, str]:
    """The secrets of a run by the environment variable that holds each; the suite's own test keys are none."""
    found: dict[str, str] = {}
    for vendor, own in credentials.items():
        names = variables(vendors[vendor])
        for key, secret in own.items():
            if secret not in (TEST_KEY, KNOWN_SECRET):
                found[names.get(key, next(iter(names.values())))] = secret
    return found


def _refuse_weak(vendor: Vendor, name: str, secret: str) -> None:
    """Raises NoKeyError for a key that cannot be taken out of reports without taking out other words."""
    words = [json.dumps(vendor.files(), ensure_ascii=False), *variables(vendor).values()]
    why = weakness(secret, words)
    if why:
        msg = (
            f"{name}: its value {why}, so that it cannot be kept out of what is printed and written; ask "
            f"{vendor.title} for a longer key of random letters and digits (a mock on this machine takes any key "
            f"that begins with {BELIEVED!r}, or none)"
        )
        raise NoKeyError(msg)
