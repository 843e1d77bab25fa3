"""Drifts of results: another factor, a shifted boundary, links that die early or never, forms that are not given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from greycard_schemas.drifts.model import Facts, put

if TYPE_CHECKING:
    from collections.abc import Iterator

    from greycard_schemas.drifts.model import Drift
    from greycard_schemas.loader import Operation

STEP = 12
"""Pixels by which a boundary of a scale rule is shifted: what the vendors' pages did (500 to 512)."""

_SAME = "a picture that no rule fits keeps its size, which is what this rule says as well"


def drifts(facts: Facts) -> Iterator[Drift]:
    """Drifts of what comes out."""
    for operation in facts.vendor.of_kind("create"):
        result = operation.contract.get("result", {})
        yield from _fixed(facts, operation)
        if "automatic" in result:
            yield from _automatic(facts, operation)
            yield from _forced(facts, operation)
        if "sync" in operation.contract:
            yield from _sync(facts, operation)
    yield from _links(facts)


def _fixed(facts: Facts, operation: Operation) -> Iterator[Drift]:
    result, head = operation.contract.get("result", {}), f"{operation.vendor}/{operation.name}#result/"
    if "fixed" in result:
        other = max(1, result["fixed"] // 2) if result["fixed"] > 1 else 2
        yield facts.drift(
            f"{operation.name}.result.fixed",
            "changed",
            f"Results of {operation.name} are {other} times as long, not {result['fixed']} times.",
            [put(operation.name, "/x-operation/result/fixed", other)],
            family="scale rule",
            severity="silent",
            claims=[f"{head}fixed"],
        )
    if "enlarges" in result:
        values = [name for name in result["by_value"] if name != "x-source"]
        yield facts.drift(
            f"{operation.name}.result.enlarges",
            "off",
            f"Results of {operation.name} are as large as the input.",
            [put(operation.name, f"/x-operation/result/by_value/{name}", 1) for name in values],
            family="scale rule",
            severity="silent",
            claims=[f"{head}enlarges"],
        )
    if "format_from" in result:
        yield facts.drift(
            f"{operation.name}.result.format_from",
            "ignored",
            f"{result['format_from']} of {operation.name} does not decide the format.",
            [put(operation.name, "/x-operation/result/format_from", "greycard")],
            family="parameter ignored",
            severity="silent",
            claims=[f"{head}format_from"],
        )


def _automatic(facts: Facts, operation: Operation) -> Iterator[Drift]:
    rules, head = (
        operation.contract["result"]["automatic"],
        f"{operation.vendor}/{operation.name}#result/automatic/",
    )
    place = "/x-operation/result/automatic"
    for index, rule in enumerate(rules):
        following = rules[index + 1] if index + 1 < len(rules) else None
        for change, value in (("up", rule["up_to"] + STEP), ("down", rule["up_to"] - STEP)):
            patches = [put(operation.name, f"{place}/{index}/up_to", value)]
            claims = [f"{head}{index}/up_to"]
            if following:
                patches.append(put(operation.name, f"{place}/{index + 1}/over", value))
                claims.append(f"{head}{index + 1}/over")
            yield facts.drift(
                f"{operation.name}.result.automatic.{index}.up_to",
                change,
                f"Without a factor the step of {rule['factor']} times ends at {value} instead of {rule['up_to']} px.",
                patches,
                family="scale rule",
                severity="silent",
                claims=claims,
                also=[f"{head}{index}/up_to"],
                unseen=_SAME if rule["factor"] == operation.contract["result"]["otherwise"] else "",
            )
        other = rule["factor"] + 1
        yield facts.drift(
            f"{operation.name}.result.automatic.{index}.factor",
            "changed",
            f"Without a factor pictures over {rule['over']} pixels grow {other} times instead of {rule['factor']}.",
            [put(operation.name, f"{place}/{index}/factor", other)],
            family="scale rule",
            severity="silent",
            claims=[f"{head}{index}/factor", f"{head}{index}/up_to"],
            also=[f"{head}{index}/*", f"{head}{index - 1}/up_to", f"{head}{index + 1}/over"],
            why="the boundaries of a step are seen by its factor",
        )


def _forced(facts: Facts, operation: Operation) -> Iterator[Drift]:
    result, head = operation.contract["result"], f"{operation.vendor}/{operation.name}#result/"
    place = "/x-operation/result"
    for index, rule in enumerate(result["forced"]):
        same = _SAME if rule["factor"] == result["otherwise"] else ""
        mine, factor = f"{head}forced/{index}", rule["factor"]
        for key, moves in (
            ("from", (("up", rule["from"] + STEP),)),
            ("up_to", (("up", rule["up_to"] + STEP), ("down", rule["up_to"] - STEP))),
        ):
            for change, value in moves:
                yield facts.drift(
                    f"{operation.name}.result.forced.{index}.{key}",
                    change,
                    f"{result['parameter']} {factor} takes effect {key.replace('_', ' ')} {value} px, not {rule[key]}.",
                    [put(operation.name, f"{place}/forced/{index}/{key}", value)],
                    family="scale rule",
                    severity="silent",
                    claims=[f"{mine}/{key}"],
                    also=[f"{head}otherwise"],
                    unseen=same,
                )
        yield facts.drift(
            f"{operation.name}.result.forced.{index}.factor",
            "ignored",
            f"{result['parameter']} {factor} never takes effect.",
            [put(operation.name, f"{place}/forced/{index}/factor", 1000 + factor)],
            family="scale rule",
            severity="silent",
            claims=[f"{mine}/factor"],
            also=[f"{mine}/*", f"{head}parameter"],
            unseen=same,
            why="the range of a factor is seen by its effect",
        )
    yield facts.drift(
        f"{operation.name}.result.otherwise",
        "changed",
        f"A factor that does not fit is replaced by {result['otherwise'] + 1}.",
        [put(operation.name, f"{place}/otherwise", result["otherwise"] + 1)],
        family="scale rule",
        severity="silent",
        claims=[f"{head}otherwise"],
        also=[f"{head}forced/*/up_to"],
        why="beyond its range a factor must not take effect",
    )
    yield facts.drift(
        f"{operation.name}.result.parameter",
        "ignored",
        f"{result['parameter']} is ignored.",
        [put(operation.name, f"{place}/parameter", "greycard")],
        family="parameter ignored",
        severity="silent",
        claims=[f"{head}parameter"],
        also=[f"{head}forced/*", f"{head}otherwise"],
        why="without the parameter no forced rule is seen",
    )


def _sync(facts: Facts, operation: Operation) -> Iterator[Drift]:
    sync, delivers = operation.contract["sync"], operation.contract["delivers"]
    head = f"{operation.vendor}/{operation.name}#"
    default = f"{head}request/{delivers['parameter']}/default"
    waiting = "the other forms of a result are only given by an answer that waits"
    yield facts.drift(
        f"{operation.name}.sync",
        "ignored",
        f"{sync['parameter']} is ignored: no answer waits for the result.",
        [put(operation.name, "/x-operation/sync/parameter", "greycard")],
        family="parameter ignored",
        claims=[f"{head}sync/parameter", f"{head}sync/equals", f"{head}sync/answer_of"],
        also=[f"{head}delivers/*"],
        why=waiting,
    )
    for form in ("base64", "binary"):
        yield facts.drift(
            f"{operation.name}.delivers.{form}",
            "ignored",
            f"{delivers['parameter']} {delivers[form]} gives a link.",
            [put(operation.name, f"/x-operation/delivers/{form}", 1000 + delivers[form])],
            family="parameter ignored",
            claims=[f"{head}delivers/{form}", f"{head}delivers/parameter"],
            also=[f"{head}delivers/binary_needs_sync"],
        )
    yield facts.drift(
        f"{operation.name}.delivers.link",
        "base64",
        f"{delivers['parameter']} {delivers['link']} gives Base64 text.",
        [put(operation.name, "/x-operation/delivers/base64", delivers["link"])],
        family="parameter ignored",
        claims=[f"{head}delivers/link", f"{head}delivers/base64", default],
        also=[f"{head}delivers/parameter"],
    )
    yield facts.drift(
        f"{operation.name}.delivers.binary_needs_sync",
        "off",
        "The bytes of a result are given without waiting for them.",
        [put(operation.name, "/x-operation/delivers/binary_needs_sync", value=False)],
        family="parameter ignored",
        severity="additive",
        claims=[f"{head}delivers/binary_needs_sync"],
    )
    yield facts.drift(
        f"{operation.name}.request.{delivers['parameter']}.default",
        "changed",
        f"Without {delivers['parameter']} a result is given as {delivers['base64']}.",
        [put(operation.name, f"/$defs/request/properties/{delivers['parameter']}/default", delivers["base64"])],
        family="default changed",
        severity="silent",
        claims=[default],
        also=[f"{head}delivers/link"],
    )


def _links(facts: Facts) -> Iterator[Drift]:
    place, link = f"{facts.vendor.name}#link", facts.data["link"]
    life = link["life_seconds"]
    means = [
        one.id
        for one in facts.claims.values()
        if one.is_claim and one.value in ("result.link", "result.delivered") and one.id.endswith("/x-means")
    ]
    about = ["*#delivers/link", *means, f"{place}/*"]
    if life is not None:
        for change, value, severity in (
            ("early", life / 60, "breaking"),
            ("late", life * 24, "additive"),
            ("never", None, "additive"),
        ):
            words = "never" if value is None else f"after {value:g} s"
            yield facts.drift(
                "link.life_seconds",
                change,
                f"The link of a result dies {words} instead of after {life} s.",
                [put("vendor", "/link/life_seconds", value)],
                family="link life",
                severity=severity,  # type: ignore[arg-type]
                claims=[f"{place}/life_seconds"],
                also=[f"{place}/expired_http"],
                why="a link that does not die says nothing when dead",
            )
        other = 404 if link["expired_http"] != 404 else 403
        yield facts.drift(
            "link.expired_http",
            "changed",
            f"A dead link answers HTTP {other} instead of {link['expired_http']}.",
            [put("vendor", "/link/expired_http", other)],
            family="HTTP status changed",
            claims=[f"{place}/expired_http"],
            unseen_live="nobody waits for the end of a link in a run",
        )
    yield facts.drift(
        "link.life_seconds",
        "dead-at-once",
        "The link of a result is dead from the beginning.",
        [put("vendor", "/link/life_seconds", -1)],
        family="link life",
        claims=[f"{place}/life_seconds", *means],
        also=about,
        why="a dead link gives no picture to look at",
    )
    yield facts.drift(
        "link.signed",
        "off",
        "The link of a result carries neither signature nor expiry.",
        [put("vendor", "/link/signed", value=False)],
        family="link unsigned",
        claims=[f"{place}/signed"],
        severity="silent",
    )
