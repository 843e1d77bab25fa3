"""The package exports what it lists, and loads of it only what is asked for."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import greycard_client
from greycard_client import _MODULES


def test_what_is_listed_is_there_and_nowhere_else() -> None:
    """Every name comes from one module, and the list and the modules agree."""
    names = [name for found in _MODULES.values() for name in found]
    assert sorted(names) == sorted(set(names)) == sorted(greycard_client.__all__)
    for module, found in _MODULES.items():
        for name in found:
            thing = getattr(greycard_client, name)
            assert thing is getattr(getattr(greycard_client, module), name)
    assert set(greycard_client.__all__) <= set(dir(greycard_client))


def test_an_unknown_name_is_an_attribute_error() -> None:
    """As of any module."""
    with pytest.raises(AttributeError, match="'greycard_client' has no attribute 'Nobody'"):
        _ = greycard_client.Nobody  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("statement", "loaded"),
    [
        ("import greycard_client", set()),
        ("from greycard_client import PicWish", {"picwish"}),
        ("from greycard_client import GreycardError", set()),
        ("from greycard_client import *", {"picwish", "wondershare", "magictiger", "enhancor"}),
    ],
)
def test_only_what_is_asked_for_is_loaded(source_path: str, statement: str, loaded: set[str]) -> None:
    """An application that uses one vendor does not load the others."""
    program = f"{statement}\nimport sys; print(*(name for name in sys.modules if name.startswith('greycard_client.')))"
    sources = {**os.environ, "PYTHONPATH": source_path}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=sources)
    vendors = {"picwish", "wondershare", "magictiger", "enhancor"}
    assert {name.removeprefix("greycard_client.") for name in done.stdout.split()} & vendors == loaded
