"""What every HTML page of greycard stands on: one style sheet, a strict policy, and text that stays text.

A template extends ``page.html``, and puts `visible`, `prose`, `plain`, `pretty` or `lines` behind what was recorded.
"""

from __future__ import annotations

import base64
import hashlib
import json
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from greycard_suite.reports.words import plain

if TYPE_CHECKING:
    from markupsafe import Markup

PAGE = Path(__file__).parent / "report_page"
SHOWN_CHARACTERS = 3000


def render_page(template: Path, **values: Any) -> str:
    """The page of this template: no script, no address outside, everything escaped. The same gives the same bytes."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader([template.parent, PAGE]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = "\n".join(line for line in (PAGE / "report.css").read_text(encoding="utf-8").splitlines() if line.strip())
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    filters = {"visible": visible, "prose": prose, "plain": in_words, "pretty": pretty, "lines": lines}
    environment.filters |= filters
    return environment.get_template(template.name).render(
        **values,
        style=Markup(style),  # noqa: S704 - our own file
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
    )


def visible(value: object) -> str:
    """Recorded text in which nothing is invisible, turns the direction of text, or is endless."""
    text = (
        value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False, default=str)
    )
    text = text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]} ... ({len(text)} characters)"
    return "".join(
        char if char.isprintable() and unicodedata.category(char) != "Cf" else f"\\u{ord(char):04x}" for char in text
    )


def in_words(value: object) -> str:
    """A value as a sentence has it, made visible."""
    return visible(plain(value))


def prose(value: object) -> Markup:
    """A sentence in which what stands between backticks is code; all else as `visible` has it."""
    from markupsafe import Markup, escape

    pieces = [escape(piece) for piece in visible(value).split("`")]
    if len(pieces) % 2 == 0:  # one stands alone
        return Markup("`").join(pieces)
    return Markup().join(
        Markup("<code>{}</code>").format(piece) if number % 2 else piece for number, piece in enumerate(pieces)
    )


def pretty(value: object) -> str:
    """A recorded value or JSON text in indented lines, each made visible."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return visible(value)
    lines = json.dumps(value, ensure_ascii=False, indent=2, default=str).split("\n")
    shown = "\n".join(
        visible(line.lstrip(" ")).rjust(0)
        if not line.startswith(" ")
        else " " * (len(line) - len(line.lstrip(" "))) + visible(line.lstrip(" "))
        for line in lines[:80]
    )
    return shown + (f"\n... ({len(lines)} lines)" if len(lines) > 80 else "")


def lines(value: str) -> str:
    """Source text as it stands, with its lines and tabs; all else that cannot be seen is made visible."""
    return "\n".join("\t".join(map(visible, line.split("\t"))) for line in value.split("\n"))
