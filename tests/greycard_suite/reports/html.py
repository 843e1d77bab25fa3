"""The report as one HTML file that a person reads and forwards: no script, no network, everything escaped.

Shows verdicts, what changed since the run before, how tasks went, and the evidence. It judges and redacts
nothing: give it what `redaction` let through.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from greycard_suite.reports.chart import Chart, charts_of
from greycard_suite.reports.comparison import witness_of
from greycard_suite.reports.page import PAGE, pretty, render_page

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from greycard_schemas.loader import Vendor
    from greycard_suite.evidence.compare import Comparison
    from greycard_suite.evidence.timelines import TaskLine

SYMBOLS = {"holds": "✓", "violated": "✗", "blocked": "▪", "not exercised": "·", "confirmed": "✓", "refuted": "≠"}
CLASSES = {
    "holds": "holds",
    "violated": "violated",
    "blocked": "blocked",
    "not exercised": "none",
    "confirmed": "confirmed",
    "refuted": "refuted",
}
LOOKED_AT = ("confirmed", "refuted")
"""The verdicts of assumptions that were looked at."""


@dataclass(frozen=True, slots=True)
class Row:
    """The claims of one operation."""

    operation: str
    claims: tuple[Mapping[str, Any], ...]
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Part:
    """Everything of one vendor."""

    name: str
    title: str
    documents: str
    rows: tuple[Row, ...]
    counts: Mapping[str, int]
    variants: tuple[tuple[str, str, str], ...]
    charts: tuple[Chart, ...]


def render_report(
    document: Mapping[str, Any],
    vendors: Mapping[str, Vendor],
    *,
    lines: Sequence[TaskLine] = (),
    entries: Iterable[Mapping[str, Any]] = (),
    comparison: Comparison | None = None,
) -> str:
    """The page: `document` is the verdicts as JSON, `lines` the tasks to draw, `entries` those of the archive."""
    claims = [_claim(index, one) for index, one in enumerate(document["claims"])]
    parts = [_part(name, vendors[name], claims, document, lines) for name in document["vendors"] if name in vendors]
    return render_page(
        PAGE / "report.html",
        document=document,
        parts=parts,
        symbols=SYMBOLS,
        classes=CLASSES,
        # as in the terminal: what was not looked at is counted among the documented statements
        counts=Counter(one["verdict"] for one in claims if one["is_claim"] or one["verdict"] in LOOKED_AT),
        left=sum(not (one["is_claim"] or one["verdict"] in LOOKED_AT) for one in claims),
        comparison=comparison,
        witness_of=witness_of,
        violated=[one for one in claims if one["verdict"] == "violated"],
        differences=len(
            {tuple(one["evidence"].get("one_of") or [one["id"]]) for one in claims if one["verdict"] == "violated"}
        ),
        blocks=Counter(
            one["evidence"].get("reason", "") for one in claims if one["verdict"] == "blocked"
        ).most_common(),
        refuted=[one for one in claims if one["verdict"] == "refuted"],
        exchanges=_exchanges(entries, claims),
        started=str(document.get("started", "")).replace("T", " ").replace("+00:00", " UTC"),
    )


def _claim(index: int, claim: Mapping[str, Any]) -> dict[str, Any]:
    evidence = claim.get("evidence") or {}
    local = str(claim["id"]).partition("#")[2]
    return {
        **claim,
        "anchor": f"c{index}",
        "local": local,
        "evidence": evidence,
        "words": f"{claim['verdict']} by use"
        if str(evidence.get("reason", "")).startswith("by use")
        else claim["verdict"],
        "is_claim": claim["origin"] in ("documented", "contradictory"),
    }


def _part(
    name: str,
    vendor: Vendor,
    claims: list[dict[str, Any]],
    document: Mapping[str, Any],
    lines: Sequence[TaskLine],
) -> Part:
    own = [one for one in claims if one["vendor"] == name]
    rows = tuple(
        _row(operation, [one for one in own if one["operation"] == operation])
        for operation in dict.fromkeys(one["operation"] for one in own)
    )
    seen = document.get("variants", {}).get(name, {})
    variants = tuple(
        (variant, ", ".join(options), str(vendor.variants.get(variant, ""))) for variant, options in seen.items()
    )
    charts = charts_of([line for line in lines if line.vendor == name], vendor)
    return Part(
        name,
        vendor.title,
        ", ".join(sorted(vendor.sources)),
        rows,
        Counter(one["verdict"] for one in own),
        variants,
        charts,
    )


def _row(operation: str, claims: list[dict[str, Any]]) -> Row:
    return Row(operation, tuple(claims), Counter(one["verdict"] for one in claims))


def _exchanges(entries: Iterable[Mapping[str, Any]], claims: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What was sent and answered for each claim's evidence, by the claim's anchor; bodies where something differs."""
    wanted: dict[tuple[str, str, int], list[dict[str, Any]]] = {}
    for claim in claims:
        evidence = claim["evidence"]
        wanted.setdefault((claim["vendor"], evidence.get("test", ""), evidence.get("call", 0)), []).append(claim)
    shown: dict[str, dict[str, Any]] = {}
    for entry in entries:
        facts = entry["_greycard"]
        if facts["kind"] == "call":  # of a test that was tried again the first try is shown
            for claim in wanted.pop((facts["vendor"], facts["test"], facts["number"]), ()):
                shown[claim["anchor"]] = _exchange(entry, whole=claim["verdict"] in ("violated", "refuted"))
    return shown


def _exchange(entry: Mapping[str, Any], *, whole: bool) -> dict[str, Any]:
    request, response, facts = entry["request"], entry["response"], entry["_greycard"]
    address = urlsplit(request["url"])
    body = facts.get("body")
    picture = (body or {}).get("picture")
    words = f"{picture['format']}, {picture['width']} x {picture['height']} px, {body['size']} bytes" if picture else ""
    return {
        "line": f"{request['method']} {address.path}{'?' + address.query if address.query else ''}",
        "status": response["status"],
        "milliseconds": entry["time"],
        "at": entry["startedDateTime"],
        "picture": words,
        "whole": whole,
        "fields": facts["fields"],
        "files": facts["files"],
        "headers": response["headers"],
        "text": pretty(response["content"].get("text", "")) if whole else "",
    }
