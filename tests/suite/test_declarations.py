"""Every documented claim is some test's business, by a declaration that names it, and no yes is unconditional."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

import greycard_suite
from greycard_schemas import claims_of, load_contracts
from greycard_schemas.loader import Vendor
from greycard_suite import contract
from greycard_suite.contract.declare import Declaration
from greycard_suite.judge.unobservable import not_exercised_on_mock

SUITE = Path(greycard_suite.__file__).parent


@pytest.fixture(scope="session")
def declarations(pytestconfig: pytest.Config) -> dict[str, Declaration]:
    """What each test of the suite declares."""
    pytestconfig.addinivalue_line("markers", "suite: declares a test of the contract suite")
    found: dict[str, Declaration] = {}
    for module in pkgutil.iter_modules(contract.__path__):
        if module.name.startswith("test_"):
            functions = vars(importlib.import_module(f"greycard_suite.contract.{module.name}"))
            for name, function in functions.items():
                marks = getattr(function, "pytestmark", []) if inspect.isfunction(function) else []
                for mark in marks:
                    if mark.name == "suite":
                        found[name] = mark.args[0]
    return found


def patterns(declarations: Iterable[Declaration], vendor: Vendor) -> set[str]:
    """Every pattern of a claim that some test declares for this vendor."""
    return {
        pattern
        for declaration in declarations
        if (cases := list(declaration.cases(vendor)))
        for pattern in (*declaration.claims, *(one for case in cases for one in case.claims))
    }


def uncovered(declarations: Iterable[Declaration], vendor: Vendor) -> list[str]:
    """The documented claims that no declaration names, and of which nothing says why none could."""
    known, excused = patterns(declarations, vendor), not_exercised_on_mock(vendor)
    return [
        claim.id
        for claim in claims_of(vendor).values()
        if claim.is_claim
        and claim.id not in excused
        and not any(fnmatchcase(claim.id.removeprefix(vendor.name), pattern) for pattern in known)
    ]


@pytest.mark.parametrize("vendor", load_contracts().values(), ids=lambda vendor: vendor.name)
def test_every_documented_claim_is_named_by_a_declaration(vendor: Vendor, declarations: dict[str, Declaration]) -> None:
    """A claim that no test names fails the build, unless the exact list says why nothing can show it."""
    assert uncovered(declarations.values(), vendor) == []


@pytest.mark.parametrize("vendor", load_contracts().values(), ids=lambda vendor: vendor.name)
def test_a_claim_that_no_declaration_names_is_found(vendor: Vendor, declarations: dict[str, Declaration]) -> None:
    """Without the tests of errors and ends, which only a mock shows on demand, claims of every vendor are left over."""
    kept = [one for name, one in declarations.items() if name != "test_a_server_error_looks_as_documented"]
    assert len(kept) == len(declarations) - 1
    codes = {f"{vendor.name}#errors/server_error/code", f"{vendor.name}#errors/server_error/http"}
    claims = claims_of(vendor)
    assert set(uncovered(kept, vendor)) == {code for code in codes if code in claims and claims[code].is_claim}


@pytest.mark.parametrize("vendor", load_contracts().values(), ids=lambda vendor: vendor.name)
def test_no_declaration_names_everything(vendor: Vendor, declarations: dict[str, Declaration]) -> None:
    """A pattern that fits every claim would name also what no test looks at."""
    statements = [claim.removeprefix(vendor.name) for claim in claims_of(vendor)]
    for pattern in patterns(declarations.values(), vendor):
        fitting = sum(fnmatchcase(one, pattern) for one in statements)
        assert fitting < len(statements) / 2, pattern


def unconditional(source: str) -> Iterator[int]:
    """The lines on which a verdict is judged by a literal True."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr != "judge":
            continue
        given = [*node.args[1:2], *(one.value for one in node.keywords if one.arg == "holds")]
        if any(isinstance(one, ast.Constant) and one.value for one in given):
            yield node.lineno


@pytest.mark.parametrize("path", sorted(SUITE.rglob("*.py")), ids=lambda path: str(path.relative_to(SUITE)))
def test_a_yes_that_cannot_be_a_no_is_noted_as_use(path: Path) -> None:
    """No look is judged by a literal True: what is only used is noted with `used`, so that the verdict says so."""
    assert list(unconditional(path.read_text(encoding="utf-8"))) == []


def test_an_unconditional_yes_is_found() -> None:
    """The search finds a literal True by place and by name, and minds no condition."""
    assert list(unconditional("v.judge(c, True, seen=1)\nv.judge(c, holds=True)\nv.judge(c, x == 1)\n")) == [1, 2]
