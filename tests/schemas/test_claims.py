"""Claims: derived, unique, stable, and said in plain English."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from greycard_schemas import CONTRACTS, Vendor, claims_of, load_contracts, load_vendor
from greycard_schemas.patches import resolve_pointer

VENDORS = sorted(load_contracts())
SNAPSHOT = Path(__file__).parent / "claim_ids.txt"
REWRITE = (
    'python -c "from greycard_schemas import *; '
    "print(*(i for v in load_contracts().values() for i in claims_of(v)), sep='\\n')\""
    " > tests/schemas/claim_ids.txt"
)
OPTIONS = [
    (vendor.name, variant, option)
    for vendor in load_contracts().values()
    for variant, spec in vendor.data["variants"].items()
    for option in spec["options"]
]


@pytest.fixture(params=VENDORS)
def vendor(request: pytest.FixtureRequest) -> Vendor:
    """Each shipped vendor."""
    return load_vendor(request.param)


def test_ids_are_stable() -> None:
    """A claim id is an address that reports and users keep: it changes only on purpose."""
    ids = [name for vendor in load_contracts().values() for name in claims_of(vendor)]
    assert len(set(ids)) == len(ids)
    assert ids == SNAPSHOT.read_text(encoding="utf-8").split(), f"if that is on purpose, run: {REWRITE}"


def test_a_claim_tells_where_it_stands(vendor: Vendor) -> None:
    """File and pointer of a claim lead to its value."""
    for claim in claims_of(vendor).values():
        found = resolve_pointer(vendor.files()[claim.file], claim.pointer)
        assert found == claim.value or claim.value in found
        assert claim.id.startswith(f"{vendor.name}/{claim.operation}#" if claim.operation else f"{vendor.name}#")


def test_every_statement_is_a_sentence_of_its_own(vendor: Vendor) -> None:
    """No two statements read alike, and none is a dump of a path or of JSON."""
    sentences = [claim.statement for claim in claims_of(vendor).values()]
    assert len(set(sentences)) == len(sentences)
    for sentence in sentences:
        assert sentence.startswith(vendor.title)
        plain = re.sub(r"`[^`]*`|“[^”]*”", "it", sentence)
        assert not re.search(r"#/|\$[a-z]|\{'|\['|x-source|_seconds|\b(None|True|False)\b", plain)
        assert len(sentence.split()) > 4


@pytest.mark.parametrize(
    ("claim", "sentence"),
    [
        ("picwish/scale.create#request/type/enum", "PicWish scale.create: `type` must be one of clean, face"),
        ("picwish#rate/limit", "PicWish: at most 2 requests in 1 s are answered"),
        ("picwish#lifecycle/states/invalid_image/value", "PicWish: state -7 means: invalid_image"),
        (
            "picwish/scale.create#pictures/consequences/file_bytes/error",
            "PicWish scale.create: a file over 15 MB is refused with 413 (too_large)",
        ),
        (
            "picwish/scale.get#succeeded/data/required/image",
            "PicWish scale.get: a finished task's answer has `data.image`",
        ),
        ("enhancor/webhook#on/succeeded", "Enhancor webhook: the webhook is sent when a task has succeeded"),
        ("wondershare/rw.batch#request/required/mask", "Wondershare AILab rw.batch: a request needs `mask`"),
    ],
)
def test_sentences_read_well(claim: str, sentence: str) -> None:
    """Some statements, word for word."""
    assert claims_of(load_vendor(claim.partition("#")[0].partition("/")[0]))[claim].statement == sentence


@pytest.mark.parametrize(("name", "variant", "option"), OPTIONS)
def test_a_variant_makes_no_new_claims(name: str, variant: str, option: str) -> None:
    """Under a variant every statement is one of the default's, and what was changed is no longer a claim."""
    default, changed = claims_of(load_vendor(name)), claims_of(load_vendor(name, **{variant: option}))
    assert set(changed) <= set(default)
    for identity, claim in changed.items():
        if claim.value != default[identity].value:
            assert claim.origin in ("variant", "assumed")
            assert not claim.is_claim


def test_documented_figures_are_claims() -> None:
    """What a document states can be violated; what we chose cannot."""
    claims = claims_of(load_vendor("picwish"))
    assert claims["picwish#link/life_seconds"].is_claim
    assert not claims["picwish#lifecycle/offsets_seconds"].is_claim


def test_a_list_can_have_one_source_an_item() -> None:
    """The success of a webhook is documented, its failure is not: two statements with two origins."""
    claims = claims_of(load_vendor("enhancor"))
    assert claims["enhancor/webhook#on/succeeded"].origin == "documented"
    assert claims["enhancor/webhook#on/failed"].origin == "assumed"


def test_contracts_are_shipped() -> None:
    """The data lie inside the package."""
    assert {path.name for path in CONTRACTS.iterdir()} == set(VENDORS)
