"""What `__all__` promises."""

from __future__ import annotations

import importlib
import inspect
import re
import sys
from types import ModuleType

import pytest

PACKAGES = ("greycard_client", "greycard_mocks", "greycard_schemas", "greycard_suite")


def isort_key(name: str) -> tuple[int, str]:
    """The order that the linter keeps `__all__` in (RUF022): constants, then classes, then the rest."""
    if name.isupper() and len(name) > 1:
        return 0, name
    return (1 if name[:1].isupper() else 2), name


def undocumented(package: ModuleType) -> list[str]:
    """The public classes and functions without a docstring of their own."""
    missing: list[str] = []
    for name in package.__all__:
        value = getattr(package, name)
        if not (inspect.isclass(value) or inspect.isroutine(value)):
            continue
        text = value.__dict__.get("__doc__") if inspect.isclass(value) else value.__doc__
        # A dataclass without a docstring gets its signature for one.
        if not text or re.match(rf"{re.escape(value.__name__)}\(", text):
            missing.append(name)
    return missing


@pytest.fixture(params=PACKAGES)
def package(request: pytest.FixtureRequest) -> ModuleType:
    """Each of the four packages."""
    return importlib.import_module(request.param)


def test_all_is_complete_and_sorted(package: ModuleType) -> None:
    """Every name of `__all__` exists, once, in the linter's order."""
    names: list[str] = package.__all__
    assert [name for name in names if not hasattr(package, name)] == []
    assert list(names) == sorted(set(names), key=isort_key)


def test_public_names_are_documented(package: ModuleType) -> None:
    """The package, and every public class and function, says what it is."""
    assert package.__doc__
    assert undocumented(package) == []


def test_a_missing_docstring_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A class, a dataclass and a function without docstring are found; constants need none."""
    module = ModuleType("planted")
    monkeypatch.setitem(sys.modules, "planted", module)  # dataclasses look their module up there
    exec(  # noqa: S102  planted source
        "from dataclasses import dataclass\n"
        "class A: pass\n"
        "@dataclass\nclass B:\n    x: int\n"
        "def c(): pass\n"
        "def d(): 'Does.'\n"
        "E = 1\n"
        "__all__ = ['E', 'A', 'B', 'c', 'd']\n",
        module.__dict__,
    )
    assert undocumented(module) == ["A", "B", "c"]
