"""Which requests the page of a world shows: refused ones, those of one operation, those that hold a text.

Pure; knows neither Flask nor HTML.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from greycard_mocks.core.journal import holds_text, verdict_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from greycard_mocks.core.journal import Entry

MAX_TEXT = 200
UNMATCHED = "unmatched"
"""In place of an operation: the requests that have none."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What a reader wants to see; nothing set means everything."""

    refused: bool = False
    operation: str = ""
    text: str = ""

    def fits(self, entry: Entry) -> bool:
        """Whether an entry of a request is wanted."""
        if self.refused and verdict_of(entry) != "refused":
            return False
        if self.operation and self.operation != (entry.get("operation") or UNMATCHED):
            return False
        return holds_text(entry, self.text)

    def __bool__(self) -> bool:
        return self.refused or bool(self.operation or self.text)

    @property
    def query(self) -> str:
        """As it stands in an address; empty when nothing is set."""
        wanted = {"refused": "1" if self.refused else "", "operation": self.operation, "text": self.text}
        return urlencode({name: value for name, value in wanted.items() if value}, errors="replace")


def filter_of(arguments: Mapping[str, str]) -> Filter:
    """The filter that an address names."""
    return Filter(
        arguments.get("refused") == "1",
        arguments.get("operation", "")[:MAX_TEXT].strip(),
        arguments.get("text", "")[:MAX_TEXT].strip(),
    )
