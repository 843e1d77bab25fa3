"""What a vendor can do that shows only in requests which belong to no world, so that no world can have it for itself.

Those are the requests without a key, or with a wrong one: whose they are nobody can tell, while there are several
worlds of one vendor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greycard_schemas.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from greycard_mocks.core.contract import Runtime
    from greycard_schemas.loader import Vendor

    _Named = tuple[str, Sequence[Mapping[str, Any]]]


def check_alone(vendor: Vendor, before: Runtime, after: Runtime) -> None:
    """Raises ContractError when what is in `after`, and was not in `before`, shows in strangers' requests only.

    Of freedoms all have to be of this kind: a vendor that was drawn is taken without what strangers would see of it.
    """
    found = [
        what
        for what, patches in (*_drifts(vendor, before, after), *_variants(vendor, before, after))
        if _is_for_strangers(vendor, patches)
    ]
    freedoms = dict(_freedoms(vendor, before, after))
    if freedoms and all(_is_for_strangers(vendor, patches) for patches in freedoms.values()):
        found += freedoms
    if found:
        raise ContractError(
            f"{found[0]} acts on requests without a valid key only, which belong to no world, and there are other "
            f"worlds of {vendor.name}; change the vendor as a whole: Mock.change({vendor.name!r}, ...) in Python, "
            f"PATCH /_mock/vendors/{vendor.name}/variants at the control plane"
        )


def _drifts(vendor: Vendor, before: Runtime, after: Runtime) -> Iterator[_Named]:
    new = [one for one in after.drifts if one not in before.drifts]
    if new:
        from greycard_schemas.drifts.catalogue import drifts_of

        known = drifts_of(vendor)
        yield from ((one, known[one].patches) for one in new if one in known)


def _freedoms(vendor: Vendor, before: Runtime, after: Runtime) -> Iterator[_Named]:
    new = [one for one in after.freedoms if one not in before.freedoms]
    if new:
        from greycard_schemas.freedoms.catalogue import freedoms_of

        known = freedoms_of(vendor)
        yield from ((one, known[one].patches) for one in new if one in known)


def _variants(vendor: Vendor, before: Runtime, after: Runtime) -> Iterator[_Named]:
    for name, option in after.vendor.variants.items():
        if before.vendor.variants[name] != option:
            yield f"{name}={option}", vendor.data["variants"][name]["options"][option]["patch"]


def _is_for_strangers(vendor: Vendor, patches: Sequence[Mapping[str, Any]]) -> bool:
    auth = vendor.data["auth"]
    places = ["/auth/enforced/", "/auth/error/"]
    if vendor.data["unmatched"]["error"] != auth["error"]:
        places.append(f"/errors/{auth['error']}/")
    return bool(patches) and all(
        patch["file"] == "vendor" and f"{patch['path']}/".startswith(tuple(places)) for patch in patches
    )
