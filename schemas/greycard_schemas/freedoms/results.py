"""Freedoms of results: their size, format, number, price and links, where no document says more than that there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greycard_schemas.drifts.model import put

if TYPE_CHECKING:
    from collections.abc import Iterator

    from greycard_schemas.freedoms.model import Freedom, Silences
    from greycard_schemas.loader import Operation

LINK_SECONDS = 600
BRIEF_LINK_SECONDS = 60
"""A life of links that outlasts every look at them."""


def freedoms(facts: Silences) -> Iterator[Freedom]:
    """Freedoms of what comes out, and of what it costs."""
    for operation in facts.vendor.of_kind("create"):
        yield from _sizes(facts, operation)
        yield from _faces(facts, operation)
        yield from _prices(facts, operation)
    yield from _balance(facts)
    yield from _links(facts)


def _sizes(facts: Silences, operation: Operation) -> Iterator[Freedom]:
    result, name = operation.contract.get("result", {}), operation.name
    place, path = f"{operation.vendor}/{name}#result", "/x-operation/result"
    if "fixed" in result and facts.assumed(f"{place}/fixed"):
        for factor in (1, 2, 3):
            if factor != result["fixed"]:
                yield from facts.freedom(
                    f"{name}.size-{factor}",
                    f"Results of {name} are {factor} times as long as the input, where the document gives no size.",
                    [put(name, f"{path}/fixed", factor)],
                    family="size of results",
                    of=[f"{place}/fixed"],
                )
    values = {key: one for key, one in result.get("by_value", {}).items() if key != "x-source"}
    free = [key for key in values if facts.assumed(f"{place}/by_value/{key}")]
    for change, factor in (("same", 2 if "enlarges" in result else 1), ("alike", 3)):
        yield from facts.freedom(
            f"{name}.size-{change}",
            f"Results of {name} are {factor} times as long as the input whatever {result.get('parameter')} is.",
            [put(name, f"{path}/by_value/{key}", factor) for key in free],
            family="size of results",
            of=[f"{place}/parameter", *(f"{place}/by_value/{key}" for key in free)],
        )
    if facts.assumed(f"{place}/format") and result.get("format") == "input" and "format_from" not in result:
        yield from facts.freedom(
            f"{name}.always-png",
            f"Results of {name} are PNG whatever the input was.",
            [put(name, f"{path}/format", "png")],
            family="format of results",
            of=[f"{place}/format"],
        )
    for index, rule in enumerate(result.get("automatic", ())):
        claim = f"{place}/automatic/{index}/over"
        if facts.assumed(claim):
            yield from facts.freedom(
                f"{name}.automatic-{index}-excludes-its-edge",
                f"Without a factor the first step of {name} begins over {rule['over'] + 1} pixels.",
                [put(name, f"{path}/automatic/{index}/over", rule["over"] + 1)],
                family="size of results",
                of=[claim],
            )


def _faces(facts: Silences, operation: Operation) -> Iterator[Freedom]:
    faces: dict[str, Any] = operation.contract.get("result", {}).get("faces", {})
    place, path = f"{operation.vendor}/{operation.name}#result/faces", "/x-operation/result/faces"
    for key, value, words in (
        ("outputs", 1, "one picture"),
        ("outputs", 2, "two pictures"),
        ("outputs_when", 3, "several pictures when it is 3"),
    ):
        if key in faces and facts.assumed(f"{place}/{key}") and faces[key] != value:
            yield from facts.freedom(
                f"{operation.name}.faces-{key.replace('_', '-')}-{value}",
                f"{operation.name} gives {words}, as {faces['parameter']} asks for.",
                [put(operation.name, f"{path}/{key}", value)],
                family="number of results",
                of=[f"{place}/{key}", *([f"{place}/parameter"] if key == "outputs_when" else [])],
            )


def _prices(facts: Silences, operation: Operation) -> Iterator[Freedom]:
    price, place = operation.contract.get("price", {}), f"{operation.vendor}/{operation.name}#price"
    free = [key for key in price.get("by_value", {}) if facts.assumed(f"{place}/by_value/{key}")]
    for change, amount in (("other", 58.5), ("nothing", 0)):
        yield from facts.freedom(
            f"{operation.name}.price-{change}",
            f"A task of {operation.name} costs {amount:g} whatever it does.",
            [put(operation.name, f"/x-operation/price/by_value/{key}", amount) for key in free],
            family="prices",
            of=[f"{place}/parameter", *(f"{place}/by_value/{key}" for key in free)],
        )


def _balance(facts: Silences) -> Iterator[Freedom]:
    balance, place = facts.data.get("balance", {}), f"{facts.vendor.name}#balance"
    if not balance:
        return
    for change, cost in (("free", 0), ("dear", 2.5)):
        yield from facts.freedom(
            f"balance.{change}",
            f"A task takes {cost:g} units of the balance.",
            [put("vendor", "/balance/cost", cost)] if facts.assumed(f"{place}/cost") else [],
            family="prices",
            of=[f"{place}/cost"],
        )
    yield from facts.freedom(
        "balance.start",
        "The account has 5000 units.",
        [put("vendor", "/balance/start", 5000)] if facts.assumed(f"{place}/start") else [],
        family="prices",
        of=[f"{place}/start"],
    )


def _links(facts: Silences) -> Iterator[Freedom]:
    link, place = facts.data["link"], f"{facts.vendor.name}#link"
    if facts.assumed(f"{place}/life_seconds"):
        life = None if link["life_seconds"] is not None else LINK_SECONDS
        yield from facts.freedom(
            "link.life",
            f"The link of a result dies {'never' if life is None else f'after {life} s'}.",
            [put("vendor", "/link/life_seconds", life)],
            family="links",
            of=[f"{place}/life_seconds"],
        )
        yield from facts.freedom(
            "link.brief",
            f"The link of a result dies after {BRIEF_LINK_SECONDS} s.",
            [put("vendor", "/link/life_seconds", BRIEF_LINK_SECONDS)] if life is not None else [],
            family="links",
            of=[f"{place}/life_seconds"],
        )
    if facts.assumed(f"{place}/expired_http"):
        for status in (404, 410):
            yield from facts.freedom(
                f"link.dead-{status}",
                f"A dead link answers HTTP {status}.",
                [put("vendor", "/link/expired_http", status)],
                family="links",
                of=[f"{place}/expired_http"],
            )
    if facts.assumed(f"{place}/signed"):
        yield from facts.freedom(
            "link.signed" if not link["signed"] else "link.unsigned",
            f"The link of a result carries {'no ' if link['signed'] else 'an expiry and a '}signature.",
            [put("vendor", "/link/signed", not link["signed"])],
            family="links",
            of=[f"{place}/signed"],
        )
    yield from facts.freedom(
        "link.fresh",
        "Every read gives another link to the same result.",
        [put("vendor", "/manners/fresh_links", value=True, op="add")],
        family="links",
    )
