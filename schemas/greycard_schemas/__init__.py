"""The vendors' documents as data: loading, claims, judging, lint, strategies and the OpenAPI export.

Importing the package costs next to nothing: everything but the loader is imported when it is first asked for.
The functions `judge`, `lint` and `openapi` are imported from the modules of the same names.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from greycard_schemas.errors import ContractError
from greycard_schemas.loader import CONTRACTS, Operation, Vendor, load_contracts, load_vendor, parse_variants

if TYPE_CHECKING:
    from greycard_schemas.claims.derive import Claim, claim_id, claims_of
    from greycard_schemas.compiled import compile_request
    from greycard_schemas.judge import Judgement
    from greycard_schemas.lint.finding import Finding
    from greycard_schemas.provenance import Citation, citations, origin_of

__all__ = [
    "CONTRACTS",
    "Citation",
    "Claim",
    "ContractError",
    "Finding",
    "Judgement",
    "Operation",
    "Vendor",
    "citations",
    "claim_id",
    "claims_of",
    "compile_request",
    "load_contracts",
    "load_vendor",
    "origin_of",
    "parse_variants",
]

_LAZY = {
    "Citation": "provenance",
    "Claim": "claims.derive",
    "Finding": "lint.finding",
    "Judgement": "judge",
    "citations": "provenance",
    "claim_id": "claims.derive",
    "claims_of": "claims.derive",
    "compile_request": "compiled",
    "origin_of": "provenance",
}


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(importlib.import_module(f"{__name__}.{_LAZY[name]}"), name)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
