"""The files of a new feature, made after those of one that there is, or of a new vendor after another one.

Nothing is claimed: each source of a new file is an assumption that says what it was made after.
"""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from greycard_schemas.errors import ContractError
from greycard_schemas.nearest import similar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from greycard_schemas.loader import Operation, Vendor

VENDOR = re.compile(r"[a-z][a-z0-9_]*")
FEATURE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_TITLES = {
    "create": "Create a task of {}",
    "read": "Read a task of {}",
    "delete": "Delete a task of {}",
    "delivery": "Tell of a task of {}",
}


@dataclass(frozen=True, slots=True)
class Feature:
    """The parsed files of a feature by their names without ending; `names` maps the old operation to the new one."""

    vendor: str
    files: dict[str, dict[str, Any]]
    names: dict[str, str]
    create: str
    notes: list[str] = field(default_factory=list)
    """What could not be taken over as it was, for whoever goes on with the files."""

    @property
    def contract(self) -> dict[str, Any]:
        """The contract of the create."""
        found: dict[str, Any] = self.files[self.create]["x-operation"]
        return found


def family_of(vendor: Vendor, like: str) -> list[Operation]:
    """The operations that belong to the create `like`, or to the create of what `like` names; the create first.

    Raises ContractError when there is no such operation.
    """
    if like not in vendor.operations:
        known = ", ".join(one.name for one in vendor.of_kind("create"))
        msg = f"{vendor.name} has no operation {like!r}; choose from {known}{similar(like, known.split(', '))}"
        raise ContractError(msg)
    create = vendor.operations[vendor.operations[like].contract.get("create", like)]
    others = [one for one in vendor.operations.values() if one.contract.get("create") == create.name]
    return [create, *others]


def new_feature(vendor: Vendor, like: str, name: str, path: str = "") -> Feature:
    """One more feature of a vendor, made after the feature to which the operation `like` belongs.

    `path` is that of its create; without one the old feature's name in the paths becomes the new one's. Raises
    ContractError for names that cannot be, or that there are already.
    """
    _refuse_name(FEATURE, name, "a feature", "letters, digits, - and _")
    found = _made(vendor, vendor.name, family_of(vendor, like), name, path)
    for operation in found.files:
        if operation in vendor.operations:
            msg = f"{vendor.name} has an operation {operation!r} already; give the feature another name"
            raise ContractError(msg)
    return found


def new_vendor(vendor: Vendor, like: str, name: str, feature: str, path: str = "") -> Feature:
    """The first feature of a new vendor, made after one of another vendor; with its vendor.json and sources.json.

    Raises ContractError for names that cannot be.
    """
    _refuse_name(VENDOR, name, "a vendor", "small letters, digits and _, a letter first")
    _refuse_name(FEATURE, feature, "a feature", "letters, digits, - and _")
    family = family_of(vendor, like)
    path = path or f"/{name}/{feature}{family[0].path[len(_common([one.path for one in family if one.path])) :]}"
    found = _made(vendor, name, family, feature, path)
    data = copy.deepcopy(vendor.data)
    data.pop("variants", None)
    data |= {"vendor": name, "title": name.replace("_", " ").title()}
    data["base_url"]["value"] = None
    data["paths"]["prefix"] = f"/{path.strip('/').partition('/')[0]}/"
    data["paths"].pop("names", None)
    data["paths"]["x-source"].pop("names", None)
    assume(data, f"as {vendor.name} has it; no document read")
    found.files["vendor"], found.files["sources"] = data, {}
    found.notes.append("vendor.json: address, credentials, errors and states are those of " + vendor.title)
    return found


def _refuse_name(pattern: re.Pattern[str], name: str, what: str, made_of: str) -> None:
    if not pattern.fullmatch(name):
        msg = f"{name!r} is no name of {what}; it is made of {made_of}"
        raise ContractError(msg)


def _made(vendor: Vendor, new_name: str, family: list[Operation], feature: str, path: str) -> Feature:
    names = new_names(family, feature)
    paths = new_paths(family, feature, path)
    files = {}
    for operation in family:
        resource = copy.deepcopy(operation.resource)
        contract = resource["x-operation"]
        resource["$id"] = f"greycard:{new_name}/{names[operation.name]}"
        resource["title"] = _TITLES[operation.kind].format(feature)
        _rename(contract, names)
        if operation.name in paths:
            contract["path"] = paths[operation.name]
        contract.pop("fits", None)  # which codes bind is for a document to say
        assume(resource, f"as {vendor.name}/{operation.name} has it; no document read")
        files[names[operation.name]] = resource
    return Feature(new_name, files, names, names[family[0].name])


def _rename(contract: dict[str, Any], names: Mapping[str, str]) -> None:
    for key in ("read", "create", "body_of"):
        if contract.get(key) in names:
            contract[key] = names[contract[key]]
    if "sync" in contract:
        contract["sync"]["answer_of"] = names.get(contract["sync"]["answer_of"], contract["sync"]["answer_of"])


def new_names(family: list[Operation], feature: str) -> dict[str, str]:
    """The new name of each operation: ``scale.create`` becomes ``FEATURE.create``, and ``queue`` ``FEATURE.queue``."""
    heads = {one.name.rpartition(".")[0] for one in family}
    if len(heads) == 1 and "" not in heads:
        return {one.name: f"{feature}.{one.name.rpartition('.')[2]}" for one in family}
    return {one.name: f"{feature}.{one.name}" for one in family}


def new_paths(family: list[Operation], feature: str, path: str) -> dict[str, str]:
    """The new path of each operation that has one: what they have in common becomes that of `path`.

    Raises ContractError for a path that is none.
    """
    old = {one.name: one.path for one in family if one.path}
    common, create = _common(list(old.values())), family[0]
    rest = create.path[len(common) :]
    if not path:
        path = _renamed(common, feature) + rest
    if not re.fullmatch(r"(/[^/{}\s]+)+", path):
        msg = f"{path!r} is no path of a create; write it as /api/{feature}/create"
        raise ContractError(msg)
    base = path.removesuffix(rest) if rest else path
    if rest and base == path:
        base = path.rpartition("/")[0]
    return {name: path if name == create.name else base + place[len(common) :] for name, place in old.items()}


def _common(paths: list[str]) -> str:
    """The steps that all paths begin with."""
    split = [path.split("/") for path in paths]
    steps: list[str] = []
    for column in zip(*split, strict=False):
        if len(set(column)) > 1:
            break
        steps.append(column[0])
    return "/".join(steps)


def _renamed(common: str, feature: str) -> str:
    """The common steps with the last one that names something, not a version, replaced."""
    steps = common.split("/")
    for index in range(len(steps) - 1, 0, -1):
        if not re.fullmatch(r"v\d+", steps[index]):
            return "/".join([*steps[:index], feature, *steps[index + 1 :]])
    return f"{common}/{feature}"


def assume(node: Any, why: str) -> None:
    """Make an assumption of every source in parsed contract data."""
    if isinstance(node, list):
        for child in node:
            assume(child, why)
    elif isinstance(node, dict):
        for key, child in node.items():
            if key == "x-source":
                node[key] = {name: _assumed(source, why) for name, source in child.items()}
            else:
                assume(child, why)


def _assumed(source: Any, why: str) -> Any:
    if isinstance(source, dict):
        return dict.fromkeys(source, f"assumed: {why}")
    return f"assumed: {why}"
