"""Generates the tables of the documentation from the data and the code, so that they cannot go stale.

``python -m greycard_suite.tools.doc_tables FILE...`` rewrites what stands between ``<!-- table: NAME -->`` and
``<!-- /table -->`` in Markdown files; with ``--check`` it only says which files are stale. It derives
nothing of its own and touches no text outside of the markers.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from greycard_schemas.picture_limits import LIMITS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from greycard_schemas.loader import Operation, Vendor

_TABLE = re.compile(
    r"^(<!-- table: (?P<name>[\w-]+) -->\n)(?P<body>(?:(?!<!-- ).*\n)*)(<!-- /table -->)$", re.MULTILINE
)
_MARKER = re.compile(r"^<!-- (?:table: .*|/table) -->$", re.MULTILINE)
ORIGINS = ("documented", "contradictory", "assumed")
_FIELD_NAMES = frozenset({"file", "link", "list", "mask"})


class TableError(ValueError):
    """A file's markers cannot be read; the message says what to write instead."""


def tables() -> dict[str, Callable[[], str]]:
    """Every table by its name, each as the function that makes its Markdown."""
    return {
        "statements": statements,
        "endpoints": endpoints,
        "commands": commands,
        "errors": errors,
        "limits": limits,
        "outcomes": outcomes,
        "clocks": clocks,
        "stuck": stuck,
        "variants": variants,
        "presets": presets,
        "drifts": drifts,
        "misbehaviours": misbehaviours,
        "api": api,
    }


def rewritten(text: str) -> str:
    """`text` with every table between markers made anew; TableError for a marker that has no effect."""
    known = tables()

    def made(match: re.Match[str]) -> str:
        name = match["name"]
        if name not in known:
            msg = f"no table {name!r}; known are {', '.join(known)}"
            raise TableError(msg)
        return f"{match[1]}{known[name]()}{match[4]}"

    found, count = _TABLE.subn(made, text)
    if 2 * count != len(_MARKER.findall(text)):
        msg = "each <!-- table: NAME --> needs a line <!-- /table --> of its own after it, and the reverse"
        raise TableError(msg)
    return found


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; bars and line ends in cells are made harmless."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(_cell(cell) for cell in line)} |\n" for line in lines)


def statements() -> str:
    """Number of statements by document and origin, and of assumptions by vendor; in the last row each once."""
    from greycard_schemas.claims.derive import claims_of
    from greycard_suite.commands.lists.claims import by_document

    rows: list[list[object]] = []
    total: Counter[str] = Counter()
    for vendor in _vendors():
        claims = claims_of(vendor).values()
        total.update(one.origin for one in claims)
        for document, counts in by_document(claims).items():
            source = vendor.sources.get(document)
            title = source["title"] if source else "where no document says anything"
            numbers = [counts[origin] for origin in ORIGINS]
            name = document if source else ""
            rows.append([vendor.title, name, title, *(number or "" for number in numbers)])
    head = ["vendor", "document", "subject", *ORIGINS]
    return table(head, [*rows, ["all", "", "", *(total[origin] for origin in ORIGINS)]])


def api() -> str:
    """The Python API of the mock."""
    from greycard_suite.tools.api_table import api_rows

    return table(["name", "what it does"], api_rows())


def endpoints() -> str:
    """Every operation with its method and path."""
    rows = [
        [vendor.title, f"`{one.name}`", _address(one)] for vendor in _vendors() for one in vendor.operations.values()
    ]
    return table(["vendor", "operation", "request"], rows)


def commands() -> str:
    """Every subcommand with the first sentence of its help."""
    import click

    from greycard_suite.cli import cli

    context = click.Context(cli)
    rows: list[list[str]] = []
    for name in cli.list_commands(context):
        found = cli.get_command(context, name)
        if found is not None:
            paragraph = " ".join((found.help or "").partition("\n\n")[0].split())
            rows.append([f"`greycard {name}`", paragraph])
    return table(["command", "what it does"], rows)


def errors() -> str:
    """The refusals of each vendor: name, code, HTTP status and source."""
    rows: list[list[object]] = []
    for vendor in _vendors():
        for name, error in vendor.data["errors"].items():
            source = error["x-source"]
            http = "" if _short(source["http"]) == _short(source["code"]) else _short(source["http"])
            cited = _short(source["code"]) + (f", HTTP {http}" if http else "")
            rows.append([vendor.title, f"`{name}`", error["code"], error["http"], cited])
    return table(["vendor", "refusal", "code", "HTTP", "source"], rows)


def limits() -> str:
    """What each create operation takes: pictures, and the rate of the vendor."""
    rows: list[list[object]] = []
    for vendor in _vendors():
        rate = vendor.data.get("rate")
        if rate:
            said = f"{rate['limit']} requests in {rate['window_seconds']} s"
            rows.append([vendor.title, "all", "rate", said, _short(rate["x-source"]["limit"])])
        life = vendor.data["link"]
        if life["life_seconds"] is not None:
            said = f"{life['life_seconds']} s, then HTTP {life['expired_http']}"
            rows.append([vendor.title, "all", "result link", said, _short(life["x-source"]["life_seconds"])])
        for operation in vendor.of_kind("create"):
            rows += [[vendor.title, f"`{operation.name}`", *row] for row in _picture_limits(operation)]
    return table(["vendor", "operation", "limit", "value", "source"], rows)


def outcomes() -> str:
    """The states of each vendor, as scenarios name them."""
    rows: list[list[object]] = []
    for vendor in _vendors():
        for name, state in vendor.data["lifecycle"]["states"].items():
            cited = _short(state["x-source"]["value"])
            rows.append([vendor.title, f"`{name}`", f"`{state['value']}`", state["phase"], cited])
    return table(["vendor", "state", "value", "phase", "source"], rows)


def clocks() -> str:
    """What there is to choose from for the clock of a world."""
    from greycard_mocks.testing.clock_choice import CLOCKS, DEFAULT

    rows = [[f"`{name}`{' (default)' if name == DEFAULT else ''}", says] for name, says in CLOCKS.items()]
    return table(["clock", "what time does"], rows)


def stuck() -> str:
    """How long a task of each vendor can be stuck, and the document's line of the limit."""
    from greycard_mocks.core.contract import Runtime
    from greycard_mocks.core.scenario import words_of_stuck

    rows = []
    for vendor in _vendors():
        cited = vendor.data["lifecycle"]["x-source"].get("limit_seconds", "assumed")
        rows.append([vendor.title, words_of_stuck(Runtime(vendor).timing), _short(cited)])
    return table(["vendor", "a stuck task stays so", "source"], rows)


def presets() -> str:
    """Each preset by vendor: its variants and the scenario of each task, with the reasons."""
    from greycard_schemas.presets import load_presets

    rows: list[list[object]] = []
    for preset in load_presets().values():
        rows.append([f"`{preset.name}`", "all", preset.says, ""])
        for vendor, options in preset.variants.items():
            chosen = {key: f"`{key}={option}`" for key, option in options.items()}
            if vendor in preset.scenarios:
                scenario = preset.scenarios[vendor]
                chosen["scenario"] = ", ".join(f"{key} {', '.join(value)}" for key, value in scenario.items())
            for key, words in chosen.items():
                rows.append([f"`{preset.name}`", vendor, words, preset.sources[vendor][key].removeprefix("assumed: ")])
    return table(["preset", "vendor", "is", "because (all of it assumed)"], rows)


def variants() -> str:
    """Every variant with its options, default first, and where the options come from."""
    rows: list[list[object]] = []
    for vendor in _vendors():
        for name, rule in vendor.data["variants"].items():
            others = ", ".join(f"`{one}`" for one in rule["options"] if one != rule["default"])
            cited = _short(rule["x-source"]["options"])
            rows.append([f"`{vendor.name}.{name}`", f"`{rule['default']}`", others, rule["says"], cited])
    return table(["variant", "default", "others", "what it decides", "source"], rows)


@cache
def drifts() -> str:
    """Number of drifts by vendor and severity, and how many documented statements they break."""
    from greycard_schemas.drifts.catalogue import drifts_of

    rows: list[list[object]] = []
    for vendor in _vendors():
        found = drifts_of(vendor).values()
        counts = [sum(one.severity == name for one in found) for name in ("breaking", "additive", "silent")]
        broken = {claim for one in found for claim in one.claims}
        rows.append([vendor.title, len(found), *counts, len(broken)])
    return table(["vendor", "drifts", "breaking", "additive", "silent", "statements that they break"], rows)


def misbehaviours() -> str:
    """What client and commands make of each misbehaviour of the hostile vendor."""
    from greycard_suite.tools.hostile_outcomes import OUTCOMES
    from greycard_suite.tools.misbehaviours import MISBEHAVIOURS

    uses = ("call", "wait", "save", "enhance", "verify", "replay", "compare", "calibrate")
    rows = [[f"`{name}`", *(getattr(OUTCOMES[name], use) for use in uses)] for name in MISBEHAVIOURS]
    return table(["misbehaviour", *uses], rows)


def _vendors() -> list[Vendor]:
    from greycard_schemas.loader import load_contracts

    return list(load_contracts().values())


def _picture_limits(operation: Operation) -> Iterator[list[object]]:
    pictures = operation.contract.get("pictures", {})
    for name, source in pictures.get("x-source", {}).items():
        if name in _FIELD_NAMES:
            continue
        value = pictures[name]
        shown = ", ".join(str(one) for one in value) if isinstance(value, list) else value
        yield [LIMITS[name].label if name in LIMITS else name.replace("_", " "), shown, _short(source)]


def _address(operation: Operation) -> str:
    return f"`{operation.method} {operation.path}`" if operation.path else "sent by the vendor"


def _short(source: Any) -> str:
    """A source for a narrow column: the lines, or that it is assumed."""
    if not isinstance(source, str):
        return ", ".join(dict.fromkeys(_short(one) for one in source.values()))
    return "assumed" if source.startswith("assumed:") else source


def _cell(cell: object) -> str:
    return " ".join(str(cell).split()).replace("|", "\\|")


def main(arguments: Sequence[str] | None = None) -> int:
    """Rewrite files (or say which are stale); returns the exit status, 1 for a stale or unreadable file."""
    import argparse

    parser = argparse.ArgumentParser(
        prog="python -m greycard_suite.tools.doc_tables", description="Make the documentation's tables anew."
    )
    parser.add_argument("files", nargs="+", type=Path, help="Markdown files")
    parser.add_argument("--check", action="store_true", help="change nothing; exit status 1 when a file is stale")
    chosen = parser.parse_args(arguments)
    wrong = 0
    for path in chosen.files:
        try:
            text = path.read_text(encoding="utf-8")
            new = rewritten(text)
            if new != text and not chosen.check:
                path.write_text(new, encoding="utf-8")
        except (OSError, UnicodeDecodeError, TableError) as error:
            sys.stderr.write(f"{path}: {error}\n")
            wrong += 1
            continue
        if new != text:
            sys.stdout.write(f"{path}: {'stale' if chosen.check else 'rewritten'}\n")
            wrong += chosen.check
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main())
