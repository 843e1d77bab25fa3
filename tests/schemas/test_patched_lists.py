"""Patches that name an entry of a list, and templates that map a value."""

from __future__ import annotations

from typing import Any

import pytest

from greycard_schemas.errors import ContractError
from greycard_schemas.patches import apply_patches, spelled_out
from greycard_schemas.templates import render

REMOVE = {"op": "remove", "file": "*.batch", "path": "/required/priority"}


def test_an_entry_is_found_wherever_it_stands() -> None:
    """Each file that has the entry is changed, and no other: an operation that is added later is followed too."""
    files: dict[str, Any] = {
        "a.batch": {"required": ["priority", "images"]},
        "b.batch": {"required": ["mask", "priority"]},
        "c.batch": {"required": ["text"]},
    }
    patches = spelled_out(files, [REMOVE])
    assert [patch["file"] for patch in patches] == ["a.batch", "b.batch"]
    apply_patches(files, patches, where="here")
    assert [one["required"] for one in files.values()] == [["images"], ["mask"], ["text"]]


def test_an_entry_that_is_not_there_is_an_error() -> None:
    """The message names the place."""
    with pytest.raises(ContractError, match="nothing stands at '/required/priority' to remove"):
        apply_patches({"a.batch": {"required": []}}, [{**REMOVE, "file": "a.batch"}], where="here")


@pytest.mark.parametrize(("value", "seen"), [(2, "Preparing"), (4, "Processing")])
def test_a_template_maps_a_value(value: int, seen: str) -> None:
    """`$by` names some, `$else` stands for the others."""
    template = {"$from": "task.status", "$by": {"2": "Preparing"}, "$else": "Processing"}
    assert render(template, {"task.status": value}.__getitem__) == seen
