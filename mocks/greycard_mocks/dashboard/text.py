"""Words and numbers as the page shows them: recorded text made harmless and visible, times.

Everything that a client or a receiver sent passes `visible` before it is shown. Pure.
"""

from __future__ import annotations

import json
import math
import unicodedata
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup, escape

MAX_SHOWN = 2000
MARKS_IN_A_ROW = 2
"""Combining marks beyond these are written out, so that none can be piled over the lines above and below."""

_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t", "\0": r"\0"}


def visible(value: object) -> Markup:
    """Recorded text as safe markup; what has no glyph or turns the direction of text becomes an escape."""
    text = value if isinstance(value, str) else str(value)
    if len(text) > MAX_SHOWN:
        text = f"{text[:MAX_SHOWN]}... ({len(text)} characters)"
    if text.isascii() and text.isprintable():
        return escape(text)
    parts: list[Markup] = []
    plain: list[str] = []
    marks = 0
    for char in text:
        marks = marks + 1 if unicodedata.combining(char) or unicodedata.category(char) == "Me" else 0
        if char.isprintable() and marks <= MARKS_IN_A_ROW:
            plain.append(char)
            continue
        parts.append(escape("".join(plain)))
        plain.clear()
        parts.append(Markup('<span class="ctl">{}</span>').format(escaped(char)))
    parts.append(escape("".join(plain)))
    return Markup("").join(parts)


def escaped(char: str) -> str:
    r"""One character as ASCII, as in source code: ``\n``, ``\x1b``, ``\u202e``."""
    code = ord(char)
    if char in _SHORT:
        return _SHORT[char]
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def as_lines(value: Any) -> str:
    """A recorded JSON value in indented lines; texts keep their letters, control characters are escapes."""
    return json.dumps(value, ensure_ascii=False, indent=2, default=str)


def pretty(value: Any) -> Markup:
    """`as_lines` made safe, its own line breaks kept."""
    lines = as_lines(value).split("\n")
    shown = lines if len(lines) <= 200 else [*lines[:200], "..."]
    return Markup("\n").join(visible(line) for line in shown)


def clock_time(moment: float) -> str:
    """The time of day in UTC to a thousandth of a second; the bare number where no calendar reaches."""
    try:
        return datetime.fromtimestamp(round(moment, 3), UTC).strftime("%H:%M:%S.%f")[:-3]
    except (ValueError, OverflowError, OSError):
        return f"{moment:.0f}"


def calendar_time(moment: float) -> str:
    """Date and time in UTC to a second; the bare number of seconds where no calendar reaches."""
    try:
        return datetime.fromtimestamp(math.floor(moment), UTC).strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError, OSError):
        return f"{moment:.0f} s since 1970"


def length(seconds: float) -> str:
    """A length of time in the largest units that it fills: ``1.5 s``, ``2 min 5 s``, ``3 d 4 h``."""
    if math.isinf(seconds):
        return "for ever"
    if seconds < 0:
        return f"-{length(-seconds)}"
    if seconds < 60:
        return f"{round(seconds, 3 if seconds < 10 else 1):g} s"
    whole = round(seconds)
    units = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
    found = [(name, size) for name, size in units if whole >= size]
    first, size = found[0]
    count, rest = divmod(whole, size)
    if len(found) == 1:
        return f"{count:,} {first}"
    second, smaller = found[1]
    more = rest // smaller
    return f"{count:,} {first} {more} {second}" if more else f"{count:,} {first}"


def distance(moment: float, now: float) -> str:
    """How far a moment is from now, in words."""
    gap = now - moment
    if abs(gap) < 0.0005:
        return "now"
    rounded = round(abs(gap), 3 if abs(gap) < 1 else 1)
    return f"{length(rounded)} ago" if gap > 0 else f"in {length(rounded)}"


def credential_shown(credential: str) -> str:
    """A credential that begins with ``test`` is made up and may be shown; of any other only the length is."""
    if credential.startswith("test"):
        return credential if len(credential) <= 48 else f"{credential[:47]}…"
    return f"a key of {len(credential)} characters (not shown)"
