"""Who may import what, and who may touch time and the network: read from the shipped packages' syntax."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import pytest

OURS = frozenset({"greycard_client", "greycard_mocks", "greycard_schemas", "greycard_suite"})

NOW = frozenset(
    {
        "datetime.date.today",
        "datetime.datetime.now",
        "datetime.datetime.today",
        "datetime.datetime.utcnow",
        "time.clock_gettime",
        "time.ctime",
        "time.gmtime",
        "time.localtime",
        "time.monotonic",
        "time.monotonic_ns",
        "time.perf_counter",
        "time.perf_counter_ns",
        "time.sleep",
        "time.time",
        "time.time_ns",
    }
)
"""What reads the machine's time or waits for it, as dotted names."""

OUTGOING = frozenset(
    {
        "aiohttp",
        "asyncio.open_connection",
        "ftplib",
        "http.client",
        "httpx",
        "requests",
        "smtplib",
        "socket.create_connection",
        "socket.socket",
        "urllib.request",
        "urllib3",
    }
)
"""What opens connections, as dotted names of modules and functions."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Names that only some modules of the mocks may use, with patterns of those modules' paths in the package."""

    names: frozenset[str]
    allowed: tuple[str, ...]
    why: str


MOCK_RULES: Mapping[str, Rule] = {
    "flask": Rule(
        frozenset({"flask"}),
        ("app.py", "control/*.py", "dashboard/*.py", "web/messages.py"),
        "the core is used without Flask; only the door and the blueprints know it",
    ),
    "werkzeug": Rule(
        # The parsers of headers and bodies are plain functions, which the core may call.
        frozenset({f"werkzeug.{part}" for part in ("routing", "serving", "test", "wrappers", "wsgi")}),
        ("app.py", "control/*.py", "dashboard/*.py", "web/*.py"),
        "the core knows no requests and responses of Werkzeug's; only doors do",
    ),
    "time": Rule(NOW, ("clock.py",), "only clock.py touches time: take a Clock, or its functions, from there"),
    "outgoing": Rule(
        OUTGOING,
        ("egress/*.py",),
        "only the room egress opens outgoing connections: call it, so that its rules hold",
    ),
}

EXCEPTIONS = frozenset(
    {
        ("outgoing", "web/wsgi_adapter.py", "requests"),  # it is a transport of requests and connects to nothing
        ("outgoing", "web/session.py", "requests"),  # a session of requests that connects to nothing
        ("outgoing", "web/wsgi_adapter.py", "urllib3"),  # the response object that requests wants from a transport
        ("outgoing", "web/server.py", "socket.socket"),  # it listens
        ("outgoing", "serve.py", "socket.socket"),  # the type of what listens
    }
)


@dataclass(frozen=True, slots=True)
class Use:
    """One place where a module names something from another module."""

    name: str
    line: int


def uses(source: str, *, package: str) -> Iterator[Use]:
    """Every import of the source, and every dotted name that begins with something imported.

    `from a import b` is the use of `a.b`; a relative import is resolved against `package`. Type-only imports
    count: a boundary that is crossed by a type is crossed.
    """
    tree = ast.parse(source)
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                names[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
                yield Use(alias.name, node.lineno)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")
                base = ".".join([*parents[: len(parents) - node.level + 1], *([base] if base else [])])
            for alias in node.names:
                names[alias.asname or alias.name] = f"{base}.{alias.name}"
                yield Use(f"{base}.{alias.name}", node.lineno)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and (dotted := _dotted(node, names)):
            yield Use(dotted, node.lineno)


def _dotted(node: ast.Attribute, names: Mapping[str, str]) -> str | None:
    parts = [node.attr]
    inner = node.value
    while isinstance(inner, ast.Attribute):
        parts.append(inner.attr)
        inner = inner.value
    if not isinstance(inner, ast.Name) or inner.id not in names:
        return None
    return ".".join([names[inner.id], *reversed(parts)])


def _within(name: str, forbidden: str) -> bool:
    return name == forbidden or name.startswith(f"{forbidden}.")


def violations(rule_name: str, file_name: str, source: str, *, package: str) -> list[str]:
    """What the source does against one of `MOCK_RULES`; empty where the module may do it."""
    rule = MOCK_RULES[rule_name]
    if any(fnmatch(file_name, pattern) for pattern in rule.allowed):
        return []
    return [
        f"{file_name}:{use.line}: {use.name}: {rule.why}"
        for use in uses(source, package=package)
        for forbidden in sorted(rule.names)
        if _within(use.name, forbidden) and (rule_name, file_name, forbidden) not in EXCEPTIONS
    ]


def foreign(source: str, *, package: str, allowed: frozenset[str]) -> list[str]:
    """The imports of our own packages that the package may not make."""
    own = package.partition(".")[0]
    return [
        f"line {use.line}: {use.name}"
        for use in uses(source, package=package)
        if use.name.partition(".")[0] in OURS - allowed - {own}
    ]


def _modules(folder: Path) -> list[tuple[Path, str]]:
    """The modules below a package's folder, each with the dotted name that relative imports start from."""
    return [
        (path, ".".join([folder.name, *path.relative_to(folder).parts[:-1]])) for path in sorted(folder.rglob("*.py"))
    ]


@pytest.mark.parametrize(
    ("folder", "allowed"),
    [
        ("client/greycard_client", frozenset[str]()),
        ("schemas/greycard_schemas", frozenset[str]()),
        ("mocks/greycard_mocks", frozenset({"greycard_schemas"})),
        ("tests/greycard_suite", OURS),
    ],
)
def test_packages_import_only_what_stands_below_them(repo_root: Path, folder: str, allowed: frozenset[str]) -> None:
    """The client and the data import none of the others, the mocks the data; the suite may import all."""
    found = [
        f"{path.relative_to(repo_root)} {line}"
        for path, package in _modules(repo_root / folder)
        for line in foreign(path.read_text(encoding="utf-8"), package=package, allowed=allowed)
    ]
    assert found == []


def test_client_needs_only_requests(repo_root: Path) -> None:
    """Beside the standard library the client imports requests, and urllib3 which comes with it."""
    allowed = sys.stdlib_module_names | {"greycard_client", "requests", "urllib3"}
    found = [
        f"{path.relative_to(repo_root)}:{use.line}: {use.name}"
        for path, package in _modules(repo_root / "client/greycard_client")
        for use in uses(path.read_text(encoding="utf-8"), package=package)
        if use.name.partition(".")[0] not in allowed
    ]
    assert found == []


@pytest.mark.parametrize("rule", sorted(MOCK_RULES))
def test_mocks_keep_the_rule(repo_root: Path, rule: str) -> None:
    """Flask, Werkzeug, time and outgoing connections each stay in the mocks' modules made for them."""
    found = [
        line
        for path, package in _modules(repo_root / "mocks/greycard_mocks")
        for line in violations(
            rule,
            path.relative_to(repo_root / "mocks/greycard_mocks").as_posix(),
            path.read_text(encoding="utf-8"),
            package=package,
        )
    ]
    assert found == []


@pytest.mark.parametrize(
    ("rule", "source"),
    [
        ("flask", "import flask"),
        ("flask", "def view():\n    from flask.globals import request"),
        ("werkzeug", "from werkzeug.wrappers import Response as R"),
        ("time", "import time\nnow = time.monotonic"),
        ("time", "import time as clock\nclock.sleep(1)"),
        ("time", "from time import sleep as pause"),
        ("time", "import datetime as dt\ndt.datetime.now(dt.UTC)"),
        ("time", "from datetime import datetime\ndatetime.now()"),
        ("outgoing", "import socket\nsocket.create_connection(('h', 1))"),
        ("outgoing", "from http import client"),
        ("outgoing", "import http.client"),
        ("outgoing", "import urllib3.util"),
        ("outgoing", "import requests"),
    ],
)
def test_a_planted_violation_of_a_rule_is_found(rule: str, source: str) -> None:
    """Each way to write the forbidden import or call is found in a module that may not use it."""
    assert violations(rule, "plan.py", source, package="greycard_mocks")


@pytest.mark.parametrize(
    ("rule", "file_name", "source"),
    [
        ("flask", "app.py", "import flask"),
        ("flask", "plan.py", "import flaskette"),
        ("werkzeug", "plan.py", "from werkzeug.http import parse_options_header"),
        ("time", "clock.py", "import time\ntime.sleep(1)"),
        ("time", "plan.py", "from datetime import datetime\ndatetime.fromtimestamp(0)"),
        ("time", "plan.py", "def at(time):\n    return time.time"),
        ("outgoing", "egress/_wire.py", "import urllib3"),
        ("outgoing", "web/wsgi_adapter.py", "import requests.adapters"),
        ("outgoing", "plan.py", "import urllib.parse"),
    ],
)
def test_what_is_allowed_is_not_found(rule: str, file_name: str, source: str) -> None:
    """A rule forbids neither the modules made for the thing nor names that only look alike."""
    assert violations(rule, file_name, source, package="greycard_mocks") == []


def test_a_planted_import_of_another_package_is_found() -> None:
    """Absolute imports of the other packages are found at any depth; relative ones stay in the package."""
    source = "def late():\n    import greycard_mocks.app\n    from greycard_schemas import load"
    assert foreign(source, package="greycard_client", allowed=frozenset()) == [
        "line 2: greycard_mocks.app",
        "line 3: greycard_schemas.load",
    ]
    assert foreign(source, package="greycard_mocks.quirks", allowed=frozenset({"greycard_schemas"})) == []
    assert foreign("from . import x\nfrom ..a import b", package="greycard_client.sub", allowed=frozenset()) == []
