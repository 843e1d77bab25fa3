"""What the mock says of its health, which both doors answer without Flask's help: it is the first thing asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from greycard_mocks.engine.engine import Engine


def health(engine: Engine) -> bytes:
    """The body of ``/_mock/health``, as JSON."""
    facts = {"status": "ok", "vendors": sorted(engine.runtimes), "worlds": len(engine.worlds)}
    return msgspec.json.encode(facts) + b"\n"
