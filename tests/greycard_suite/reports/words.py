"""Values as sentences for people have them: no brackets of Python or JSON where commas will do."""

from __future__ import annotations

import json
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any


def plain(value: Any) -> str:
    """Texts and numbers as they are, lists with commas, nothing as "nothing"; all that is nested as JSON."""
    if value is None or value == "" or value in ((), [], {}):
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if isinstance(value, AbstractSet):
        value = sorted(value, key=str)
    if isinstance(value, Sequence) and all(isinstance(one, str | int | float) or one is None for one in value):
        return ", ".join(map(plain, value))
    try:
        return json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        return str(value)
