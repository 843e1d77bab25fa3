"""Examples and strategies: valid ones are valid, broken ones break exactly one claim."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from greycard_schemas import ContractError, Operation, claims_of, compile_request, load_contracts, load_vendor
from greycard_schemas.examples.requests import ADDRESS, LINK, addressed, failing, unbreakable
from greycard_schemas.examples.strategies import answers, base_request, breaking, broken, edges, valid
from greycard_schemas.judge import KEYWORDS, judge

OPERATIONS = {
    f"{vendor.name}-{operation.name}": operation
    for vendor in load_contracts().values()
    for operation in vendor.operations.values()
}
REQUESTS = {name: operation for name, operation in OPERATIONS.items() if operation.kind != "delivery"}
BREAKABLE = [
    pytest.param(operation, claim, id=f"{name}-{claim.partition('#')[2]}")
    for name, operation in REQUESTS.items()
    for claim in dict.fromkeys(one.claim_id for one in broken(operation))
]

request_operations = pytest.mark.parametrize("operation", REQUESTS.values(), ids=REQUESTS)


@request_operations
def test_base_request_and_edges_are_valid(operation: Operation) -> None:
    """The base request and every edge satisfy all claims, for the judge and for the compiled schema."""
    accepts = compile_request(operation)
    for label, values, _ in [("base", base_request(operation), ""), *edges(operation)]:
        assert failing(operation, values) == [], label
        assert accepts(values), label


@request_operations
def test_edges_name_existing_claims(operation: Operation) -> None:
    """Every edge belongs to a statement of the contract data, or to a default that a document gives."""
    known = claims_of(load_vendor(operation.vendor))
    assert [claim for _, _, claim in edges(operation) if claim not in known] == []


@request_operations
def test_broken_breaks_exactly_one_claim(operation: Operation) -> None:
    """Each broken example fails one judgement, and the compiled schema refuses it."""
    accepts, known = compile_request(operation), claims_of(load_vendor(operation.vendor))
    for one in broken(operation):
        assert failing(operation, one.values) == [one.claim_id], one.label
        assert one.claim_id in known
        assert not accepts(one.values), one.label


@request_operations
def test_every_constraint_is_broken_or_excused(operation: Operation) -> None:
    """No constraining claim of a request is passed over in silence."""
    prefix = f"{operation.vendor}/{operation.name}#request/"
    constraining = {
        name
        for name, claim in claims_of(load_vendor(operation.vendor)).items()
        if name.startswith(prefix)
        and claim.kind == "request"
        and claim.pointer.startswith("/$defs/")
        and (claim.pointer.rsplit("/", 1)[1] in KEYWORDS or claim.pointer.endswith("/required"))
    }
    given_ = {one.claim_id for one in broken(operation)}
    excused = unbreakable(operation)
    assert constraining == given_ | set(excused)
    assert given_.isdisjoint(excused)


def test_deliveries_are_not_ours_to_break() -> None:
    """The vendor sends the body of a delivery, so that there is nothing to break."""
    webhook = load_vendor("enhancor").operations["webhook"]
    assert broken(webhook) == []
    assert unbreakable(webhook) == {}


@request_operations
def test_valid_requests_pass_both_readings(operation: Operation) -> None:
    """A generated valid request satisfies the judge and the compiled schema."""
    accepts = compile_request(operation)

    @given(valid(operation))
    def check(values: dict[str, Any]) -> None:
        assert failing(operation, values) == []
        assert accepts(values)

    check()


@pytest.mark.parametrize(("operation", "claim"), BREAKABLE)
def test_breaking_breaks_its_claim(operation: Operation, claim: str) -> None:
    """A random breach of a claim breaks this claim and no other."""
    accepts = compile_request(operation)

    @settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
    @given(breaking(operation, claim))
    def check(values: Any) -> None:
        assert failing(operation, values) == [claim]
        assert not accepts(values)

    check()


def test_breaking_says_why_not() -> None:
    """A claim that no request can break is refused with the reason."""
    operation = load_vendor("wondershare").operations["rw.result"]
    with pytest.raises(ContractError, match="a path parameter is text"):
        breaking(operation, "wondershare/rw.result#request/task_id/type")
    with pytest.raises(ContractError, match="no constraining claim"):
        breaking(operation, "wondershare/rw.result#nothing")


ANSWERS = [
    pytest.param(operation, name, answer["schema"], id=f"{place}-{name}")
    for place, operation in REQUESTS.items()
    for name, answer in operation.contract["responses"].items()
]


@pytest.mark.parametrize(("operation", "name", "reference"), ANSWERS)
def test_answers_are_valid(operation: Operation, name: str, reference: str) -> None:
    """A generated answer satisfies every claim about it."""

    @settings(max_examples=20)
    @given(answers(operation, name))
    def check(value: Any) -> None:
        assert [found.claim for found in judge(operation, reference, value) if not found.holds] == []

    check()


def test_deliveries_can_be_generated() -> None:
    """The body of a delivery is an answer as well; another name is refused."""
    webhook = load_vendor("enhancor").operations["webhook"]
    assert not answers(webhook, "request").is_empty
    with pytest.raises(ContractError, match="choose from"):
        answers(webhook, "running")


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-20, 20)
    | st.floats(-10, 10)
    | st.text(max_size=4)
    | st.sampled_from(["clean", "face", "fast", "jpg", "PNG", "Jpg", 0, 1, 2, 4, 1.0, "1\n"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@request_operations
def test_judge_and_compiled_agree(operation: Operation) -> None:
    """The slow exact reading and the fast one give the same verdict on any JSON value."""
    accepts, base = compile_request(operation), base_request(operation)
    names = list(operation.request["properties"])
    fields = st.dictionaries(st.sampled_from(names), JSON, max_size=len(names))

    @given(st.one_of(JSON, fields, fields.map(lambda some: {**base, **some})))
    def check(drawn: Any) -> None:
        assert accepts(drawn) == (failing(operation, drawn) == [])

    check()


def test_folded_case_is_ascii_in_both_readings() -> None:
    """A letter that merely becomes an ASCII letter in upper case is not accepted."""
    vendor = load_contracts(
        ["wondershare"],
        patches={
            "wondershare": [
                {
                    "op": "replace",
                    "file": "fsrtwo.batch",
                    "path": "/$defs/request/properties/file_ext/enum",
                    "value": ["GIS", "a.b"],
                }
            ]
        },
    )["wondershare"]
    operation = vendor.operations["fsrtwo.batch"]
    accepts = compile_request(operation)
    for text, right in (("gis", True), ("gI\u017f", False), ("A.B", True), ("axb", False)):
        values = {**base_request(operation), "file_ext": text}
        assert accepts(values) is right
        assert (failing(operation, values) == []) is right


def test_addressed_puts_real_addresses_in() -> None:
    """Pictures and receivers are placeholders until the caller names real ones."""
    values = base_request(load_vendor("enhancor").operations["queue"])
    assert (values["img_url"], values["webhookUrl"]) == (LINK, ADDRESS)
    real = addressed(values, "http://a.test/1.png", "http://b.test/hook")
    assert (real["img_url"], real["webhookUrl"]) == ("http://a.test/1.png", "http://b.test/hook")
    assert addressed([LINK, 1], "x") == ["x", 1]


def test_valid_takes_pictures_and_fixed_values() -> None:
    """The caller's pictures and values are used as they are."""
    operation = load_vendor("wondershare").operations["rw.batch"]
    strategy = valid(operation, pictures=st.just("http://a.test/1.png"), fixed={"priority": 3})

    @settings(max_examples=5, database=None)
    @given(strategy)
    def check(values: dict[str, Any]) -> None:
        assert set(values["images"]) == {"http://a.test/1.png"}
        assert values["mask"] == "http://a.test/1.png"
        assert values["priority"] == 3

    check()
