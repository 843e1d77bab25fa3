"""The file in which calibration writes how a vendor behaves where its document is silent: written, read and checked.

A profile holds variants and patches of assumed statements. It never touches what a document states: such a
difference is a violation, which belongs into a baseline or a new version of the data.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from greycard_schemas.claims.derive import claims_of
from greycard_schemas.errors import ContractError
from greycard_schemas.loader import load_contracts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from greycard_schemas.claims.derive import Claim
    from greycard_schemas.loader import Vendor

FORMAT = 1


class ProfileError(ContractError):
    """A profile cannot be used; the message says what is wrong with it."""


def profile_text(profile: Mapping[str, Any]) -> str:
    """A profile as the text of its file."""
    return json.dumps(profile, indent=2, ensure_ascii=False) + "\n"


def load_profile(
    path: Path, *, folders: Sequence[Path] = ()
) -> tuple[dict[str, dict[str, str]], dict[str, list[dict[str, Any]]]]:
    """Variants by vendor and patches by vendor, as `loader.load_contracts` takes them.

    Raises ProfileError, also for a patch of a documented statement.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        msg = f"{path} is no profile: it is no text in UTF-8; 'greycard calibrate' writes one"
        raise ProfileError(msg) from None
    except (OSError, ValueError, RecursionError) as error:
        msg = f"{path} is no profile: it is not JSON ({error}); 'greycard calibrate' writes one"
        raise ProfileError(msg) from None
    if (
        not isinstance(found, dict)
        or found.get("greycard_profile") != FORMAT
        or not isinstance(found.get("vendors"), dict)
        or set(found) - {"greycard_profile", "vendors"}
    ):
        form = f'{{"greycard_profile": {FORMAT}, "vendors": {{...}}}}'
        msg = f"{path} is no profile; it must be {form}, as 'greycard calibrate' writes it"
        raise ProfileError(msg)
    variants: dict[str, dict[str, str]] = {}
    patches: dict[str, list[dict[str, Any]]] = {}
    for name, part in found["vendors"].items():
        where = f"{path}: {name}"
        if not isinstance(part, dict) or set(part) - {"variants", "patches", "because"}:
            msg = f"{where} may hold variants, patches and because, nothing else"
            raise ProfileError(msg)
        chosen, changes = part.get("variants", {}), part.get("patches", [])
        if not isinstance(chosen, dict) or not all(isinstance(option, str) for option in chosen.values()):
            msg = f"{where}: variants must map each variant to one of its options"
            raise ProfileError(msg)
        if not isinstance(changes, list) or not all(isinstance(patch, dict) for patch in changes):
            msg = f"{where}: patches must be a list of patches"
            raise ProfileError(msg)
        try:
            vendor = load_contracts([name], folders=folders, variants={name: chosen})[name]
            _refuse_documented(where, vendor, changes)
            load_contracts([name], folders=folders, variants={name: chosen}, patches={name: changes})
        except ProfileError:
            raise
        except ContractError as error:
            msg = f"{path}: {error}"
            raise ProfileError(msg) from None
        variants[name], patches[name] = dict(chosen), list(changes)
    return variants, patches


def _refuse_documented(where: str, vendor: Vendor, patches: Sequence[Mapping[str, Any]]) -> None:
    for patch in patches:
        hit = next(
            (claim for claim in claims_of(vendor).values() if claim.origin != "assumed" and _touches(patch, claim)),
            None,
        )
        if hit is not None:
            msg = (
                f"{where}: the patch of {patch.get('path')} changes {hit.id}, which {hit.source} states; "
                "a profile may only change assumptions"
            )
            raise ProfileError(msg)
        if not any(_touches(patch, claim) for claim in claims_of(vendor).values()):
            place = f"{patch.get('path')} in {patch.get('file')}"
            msg = f"{where}: the patch of {place} changes no assumption; remove it"
            raise ProfileError(msg)


def _touches(patch: Mapping[str, Any], claim: Claim) -> bool:
    place = str(patch.get("path", ""))
    return patch.get("file") == claim.file and (
        (claim.pointer + "/").startswith(place + "/") or (place + "/").startswith(claim.pointer + "/")
    )
