"""Reads the contract data: one folder for each vendor, one file for each operation, into frozen objects.

It reads files and applies variants and patches; it judges nothing (see `lint`) and derives nothing (see
`claims`).
"""

from __future__ import annotations

import contextlib
import copy
import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from greycard_schemas.errors import ContractError
from greycard_schemas.nearest import similar
from greycard_schemas.patches import apply_patches, resolve_pointer, spelled_out

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

T = TypeVar("T")

CONTRACTS = Path(__file__).parent / "contracts"
"""The folder with the shipped documents as data."""

KINDS = ("create", "read", "delete", "delivery")


@dataclass(frozen=True, slots=True)
class Operation:
    """One endpoint of a vendor, or one message that the vendor sends.

    What follows from `resource` is worked out once, when the object is made; a request only looks it up.
    Raises ContractError when the resource has not what every operation has.
    """

    vendor: str
    name: str
    resource: dict[str, Any] = field(repr=False)
    contract: dict[str, Any] = field(init=False, repr=False, compare=False)
    """The `x-operation` object."""
    kind: str = field(init=False, repr=False, compare=False)
    """One of create, read, delete, delivery."""
    method: str = field(init=False, repr=False, compare=False)
    """The HTTP method."""
    path: str = field(init=False, repr=False, compare=False)
    """The path template, for example ``/createtask``; empty for a delivery."""
    encodings: tuple[str, ...] = field(init=False, repr=False, compare=False)
    """The content types that a request body may have; empty where there is no body."""
    request_headers: dict[str, str] = field(init=False, repr=False, compare=False)
    """Headers that a request carries besides the credential's and that of its body's encoding."""
    request: dict[str, Any] = field(init=False, repr=False, compare=False)
    """The schema of the request (of the body sent, for a delivery)."""
    fields: dict[str, Any] = field(init=False, repr=False, compare=False)
    """The schema of each field of the request, by name."""
    derived: dict[Any, Any] = field(init=False, repr=False, compare=False, default_factory=dict)
    """What `once` keeps of what follows from `resource`, which does not change."""

    def __post_init__(self) -> None:
        try:
            contract = self.resource["x-operation"]
            headers = contract.get("request_headers", {})
            request = resolve_pointer(self.resource, contract["request"].removeprefix("#"))
            derived = {
                "contract": contract,
                "kind": str(contract["kind"]),
                "method": str(contract["method"]),
                "path": str(contract.get("path", "")),
                "encodings": tuple(contract.get("encodings", ())),
                "request_headers": {name: value for name, value in headers.items() if name != "x-source"},
                "request": request,
                "fields": request.get("properties", {}),
            }
        except (AttributeError, KeyError, TypeError, ContractError) as error:
            msg = (
                f"{self.vendor}/{self.name}.json: needs kind, method and request in 'x-operation', in the form that"
                f" meta/operation.schema.json has ({error!r})"
            )
            raise ContractError(msg) from None
        for name, value in derived.items():
            object.__setattr__(self, name, value)

    def definition(self, reference: str) -> dict[str, Any]:
        """The schema at a reference such as ``#/$defs/request``; raises ContractError when there is none."""
        found: dict[str, Any] = resolve_pointer(self.resource, reference.removeprefix("#"))
        return found


@dataclass(frozen=True, slots=True)
class Vendor:
    """All contract data of one vendor, with its variants applied."""

    name: str
    data: dict[str, Any] = field(repr=False)
    operations: dict[str, Operation] = field(repr=False)
    sources: dict[str, Any] = field(repr=False)
    variants: dict[str, str] = field(default_factory=dict)
    patched: frozenset[tuple[str, str]] = field(default=frozenset(), repr=False)
    """(file, JSON pointer) of every value that a variant or patch changed."""
    originals: Mapping[tuple[str, str], Any] = field(default_factory=dict, repr=False)
    """What the data say, before any variant or patch, at each (file, JSON pointer) that a variant may change."""
    derived: dict[Any, Any] = field(init=False, repr=False, compare=False, default_factory=dict)
    """What `once` keeps of what follows from the data, which do not change."""

    @property
    def title(self) -> str:
        """The vendor's name as a person writes it."""
        return str(self.data["title"])

    @property
    def credentials(self) -> tuple[str, ...]:
        """The client's name of each credential, in the order in which HTTP Basic joins them."""
        return tuple(self.data["credentials"])

    def of_kind(self, kind: str) -> list[Operation]:
        """The operations of one kind, in the order of their names."""
        return [operation for operation in self.operations.values() if operation.kind == kind]

    def files(self) -> dict[str, Any]:
        """File name (``vendor`` or an operation) to its parsed JSON."""
        return {"vendor": self.data, **{name: op.resource for name, op in self.operations.items()}}


def once(owner: Operation | Vendor, key: Any, make: Callable[[], T]) -> T:
    """What `make` gives, which follows from the data of `owner` alone; it is kept with these data under `key`."""
    found: T
    try:
        found = owner.derived[key]
    except KeyError:
        found = owner.derived[key] = make()
    return found


def load_contracts(
    vendors: Iterable[str] = (),
    *,
    folders: Sequence[Path] = (),
    variants: Mapping[str, Mapping[str, str]] | None = None,
    patches: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
) -> dict[str, Vendor]:
    """The contracts of these vendors (all when none is named), by vendor name.

    `folders` are searched after the shipped one: a folder of a new vendor adds the vendor, files in the
    folder of a known vendor add operations or replace them. `variants` maps vendor to {variant: option};
    `patches` maps vendor to patches applied last. Raises ContractError when a vendor, variant, option or
    patch does not exist.
    """
    found = _paths(folders)
    wanted = list(vendors) or list(found)
    for name in (*wanted, *(variants or {}), *(patches or {})):
        if name not in found:
            msg = f"no vendor {name!r}; known are {', '.join(sorted(found))}{similar(name, found)}"
            raise ContractError(msg)
    return {
        name: _load_vendor(name, found[name], dict((variants or {}).get(name, {})), (patches or {}).get(name, ()))
        for name in wanted
    }


def parsed_files(name: str, folders: Sequence[Path]) -> dict[str, Any]:
    """What `vendor_of` takes for a vendor, read from the shipped folder and these; raises ContractError."""
    return _parsed(_paths(folders)[name])


def _paths(folders: Sequence[Path]) -> dict[str, dict[str, Path]]:
    """The files of each vendor by their names; a later folder goes before an earlier one."""
    found: dict[str, dict[str, Path]] = {}
    for base in (CONTRACTS, *folders):
        if not base.is_dir():
            msg = f"{base} is no folder with contract data; it needs one subfolder for each vendor"
            raise ContractError(msg)
        for folder in sorted(base.iterdir()):
            files = {path.name: path for path in sorted(folder.glob("*.json"))} if folder.is_dir() else {}
            if files:
                found.setdefault(folder.name, {}).update(files)
    return found


def load_vendor(name: str, **options: str) -> Vendor:
    """One shipped vendor in the given variants, for example ``load_vendor("picwish", edition="current")``."""
    return load_contracts([name], variants={name: options} if options else None)[name]


def parse_variants(texts: Iterable[str]) -> dict[str, dict[str, str]]:
    """``["picwish.edition=current"]`` as {vendor: {variant: option}}; raises ContractError on another form."""
    result: dict[str, dict[str, str]] = {}
    for text in texts:
        place, equals, option = text.partition("=")
        vendor, dot, variant = place.partition(".")
        if not (equals and dot and vendor and variant and option):
            msg = f"{text!r} is no variant; write VENDOR.VARIANT=OPTION, for example picwish.edition=current"
            raise ContractError(msg)
        result.setdefault(vendor, {})[variant] = option
    return result


@cache
def _read(path: Path, _stamp: tuple[int, int]) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path}: cannot be read: {error}"
        raise ContractError(msg) from None


def _parse(path: Path) -> dict[str, Any]:
    stat = path.stat()
    try:
        parsed = json.loads(_read(path, (stat.st_mtime_ns, stat.st_size)))
    except json.JSONDecodeError as error:
        msg = f"{path}: not JSON: {error}"
        raise ContractError(msg) from None
    if not isinstance(parsed, dict):
        msg = f"{path}: must hold a JSON object"
        raise ContractError(msg)
    return parsed


def _load_vendor(
    name: str, paths: Mapping[str, Path], chosen: dict[str, str], patches: Sequence[Mapping[str, Any]]
) -> Vendor:
    if "vendor.json" not in paths:
        msg = f"{name}: vendor.json is missing in {next(iter(paths.values())).parent}"
        raise ContractError(msg)
    files = _parsed(paths)
    return vendor_of(name, files, chosen, patches, {file.removesuffix(".json"): path for file, path in paths.items()})


def _parsed(paths: Mapping[str, Path]) -> dict[str, Any]:
    return {file.removesuffix(".json"): _parse(path) for file, path in sorted(paths.items())}


def vendor_of(
    name: str,
    files: dict[str, Any],
    chosen: Mapping[str, str] | None = None,
    patches: Sequence[Mapping[str, Any]] = (),
    paths: Mapping[str, Path] | None = None,
) -> Vendor:
    """A vendor of parsed files, by their names without ending; they are changed by what is chosen.

    `paths` are where they were read. Raises ContractError when they are not what every vendor has.
    """
    chosen = chosen or {}
    places = {file: str((paths or {}).get(file, f"{name}/{file}.json")) for file in files}
    sources = files.pop("sources", {})
    for operation, parsed in files.items():
        if operation == "vendor":
            continue
        place = places[operation]
        if parsed.get("$id") != f"greycard:{name}/{operation}" or not isinstance(parsed.get("x-operation"), dict):
            msg = f"{place}: needs '$id': 'greycard:{name}/{operation}' and an 'x-operation' object"
            raise ContractError(msg)
        if parsed["x-operation"].get("kind") not in KINDS:
            msg = f"{place}: /x-operation/kind must be one of {', '.join(KINDS)}"
            raise ContractError(msg)
    known = files["vendor"].get("variants", {})
    try:
        for rule in _rules(known):
            rule["patch"] = spelled_out(files, rule["patch"])
        defaults = {variant: spec["default"] for variant, spec in known.items()}
    except (AttributeError, KeyError, TypeError) as error:
        where = f"{places['vendor']}: its variants (/variants)"
        msg = f"{where} are not of the form that meta/vendor.schema.json has ({error!r})"
        raise ContractError(msg) from None
    applied: list[Mapping[str, Any]] = []
    for variant, option in chosen.items():
        if variant not in known:
            variants = f"{', '.join(sorted(known)) or 'none'}{similar(variant, known)}"
            msg = f"{name} has no variant {variant!r}; known are {variants}"
            raise ContractError(msg)
        if option not in known[variant]["options"]:
            there = known[variant]["options"]
            msg = f"{name}.{variant} has no option {option!r}; choose from {', '.join(there)}{similar(option, there)}"
            raise ContractError(msg)
        applied.extend(known[variant]["options"][option]["patch"])
    applied.extend(patches)
    originals = dict(_originals(files, known))
    apply_patches(files, copy.deepcopy(applied), where=name)
    in_force: dict[str, str] = {variant: chosen.get(variant) or default for variant, default in defaults.items()}
    return Vendor(
        name=name,
        data=files["vendor"],
        operations={op: Operation(name, op, resource) for op, resource in files.items() if op != "vendor"},
        sources=sources,
        variants=in_force,
        patched=frozenset((str(patch["file"]), str(patch["path"])) for patch in applied),
        originals=originals,
    )


def _rules(variants: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The rule of every option of every variant."""
    return (rule for spec in variants.values() for rule in spec["options"].values())


def _originals(files: Mapping[str, Any], variants: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], Any]]:
    for patch in (one for rule in _rules(variants) for one in rule["patch"] if one.get("op") != "add"):
        place = str(patch.get("file")), str(patch.get("path"))
        with contextlib.suppress(ContractError):  # the lint says what names nothing
            yield place, copy.deepcopy(resolve_pointer(files.get(place[0]), place[1]))
