"""Changes to contract data: variants, profiles and drifts are all lists of patches, never code.

A patch is ``{"op", "file", "path", "value"}``: `op` is add, replace or remove as in JSON Patch (RFC 6902),
`file` is ``vendor`` or the name of an operation, `path` a JSON pointer (RFC 6901) inside that file. In a variant
`file` may also be a pattern, such as ``*.result``, for all operations that have the place. Beyond RFC 6901 a step
into a list of texts may be one of the texts: ``/required/priority`` is found wherever it stands in the list. This
module applies patches to copies; it never reads or writes files.
The library jsonpatch knows neither of the two additions, and would replace the last thirty lines only.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from greycard_schemas.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

OPS = ("add", "replace", "remove")


def pointer_parts(pointer: str) -> list[str]:
    """The unescaped steps of a JSON pointer; raises ContractError when it does not begin with a slash."""
    return list(_steps(pointer))


@lru_cache(maxsize=4096)
def _steps(pointer: str) -> tuple[str, ...]:
    if pointer == "":
        return ()
    if not pointer.startswith("/"):
        msg = f"JSON pointer {pointer!r} must begin with '/'"
        raise ContractError(msg)
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/"))


def join_pointer(parts: Iterable[str | int]) -> str:
    """The JSON pointer for these steps."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def resolve_pointer(document: Any, pointer: str) -> Any:
    """The value at `pointer`; raises ContractError when there is none."""
    node = document
    for part in _steps(pointer):
        try:
            node = node[_index(node, part)] if isinstance(node, list) else node[part]
        except (KeyError, IndexError, ValueError, TypeError):
            msg = f"nothing stands at {pointer!r} (no {part!r})"
            raise ContractError(msg) from None
    return node


def _index(entries: list[Any], step: str) -> int:
    """Where a step leads to in a list, a number or a text that is an entry; raises ValueError for anything else."""
    return int(step) if step.isdigit() else entries.index(step)


def spelled_out(files: Mapping[str, Any], patches: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The same patches, each pattern replaced by a patch for every file that matches it and has the place.

    A pattern that matches nothing stays, so that `apply_patches` refuses it.
    """
    found: list[Mapping[str, Any]] = []
    for patch in patches:
        pattern = str(patch.get("file"))
        names = [name for name in files if "*" in pattern and fnmatchcase(name, pattern) and _fits(files[name], patch)]
        found += [{**patch, "file": name} for name in names] or [patch]
    return found


def _fits(document: Any, patch: Mapping[str, Any]) -> bool:
    """Whether a patch can be applied: what it changes is there, or the place that it adds to."""
    path = str(patch.get("path", ""))
    try:
        resolve_pointer(document, path.rpartition("/")[0] if patch.get("op") == "add" else path)
    except ContractError:
        return False
    return True


def apply_patches(files: Mapping[str, Any], patches: Iterable[Mapping[str, Any]], *, where: str) -> None:
    """Change `files` (name to parsed JSON) in place; raises ContractError naming `where` on the first that fails."""
    for patch in patches:
        op, file, path = patch.get("op"), patch.get("file"), patch.get("path")
        if op not in OPS or not isinstance(path, str) or not path or (op != "remove" and "value" not in patch):
            msg = f"{where}: {dict(patch)!r} is no patch; it needs op ({', '.join(OPS)}), file, path, value"
            raise ContractError(msg)
        if not isinstance(file, str) or file not in files:
            msg = f"{where}: there is no file {file!r}; choose from {', '.join(sorted(files))}"
            raise ContractError(msg)
        try:
            _apply(files[file], str(op), path, patch.get("value"))
        except ContractError as error:
            msg = f"{where}: {file}: {error}"
            raise ContractError(msg) from None


def _apply(document: Any, op: str, path: str, value: Any) -> None:
    parts = pointer_parts(path)
    parent = resolve_pointer(document, join_pointer(parts[:-1]))
    last = parts[-1]
    if isinstance(parent, list):
        _apply_to_list(parent, op, last, value, path)
    elif isinstance(parent, dict):
        if op != "add" and last not in parent:
            msg = f"nothing stands at {path!r} to {op}"
            raise ContractError(msg)
        if op == "remove":
            del parent[last]
        else:
            parent[last] = value
    else:
        msg = f"{path!r} leads into a plain value"
        raise ContractError(msg)


def _apply_to_list(parent: list[Any], op: str, last: str, value: Any, path: str) -> None:
    if op == "add" and last == "-":
        parent.append(value)
        return
    try:
        index = _index(parent, last)
    except ValueError:
        index = len(parent) + 1
    if index >= len(parent) + (op == "add"):
        msg = f"nothing stands at {path!r} to {op}"
        raise ContractError(msg)
    if op == "add":
        parent.insert(index, value)
    elif op == "replace":
        parent[index] = value
    else:
        del parent[index]
