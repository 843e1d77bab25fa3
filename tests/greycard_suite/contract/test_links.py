"""Links of results: how long they live, what a dead one answers, what they carry."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from greycard_schemas.templates import places_of
from greycard_suite.call import picture_of
from greycard_suite.contract.declare import Case, suite_test
from greycard_suite.judge import read_answer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from greycard_schemas.loader import Vendor
    from greycard_suite.judge.task import Task
    from greycard_suite.targets.target import Target


def _linked(vendor: Vendor) -> Iterable[Case]:
    for operation in vendor.of_kind("create"):
        read = vendor.operations[operation.contract["read"]]
        if any(
            places_of(
                read.contract["responses"]["succeeded"]["body"],
                ("result.link", "result.delivered", "item.result"),
            )
        ):
            yield Case(
                operation.name,
                operation.name,
                needs=("links",) if "file" not in operation.contract.get("pictures", {}) else (),
            )


@suite_test("#link/*", "*#delivers/link", "*/x-means", "*#delivers/parameter", cases=_linked, requests=10, credits=1)
def test_a_result_link_lives_as_long_as_documented(target: Target, case: Case) -> None:
    """The link of a finished task gives a picture until its life is over, and then the documented refusal."""
    operation = target.vendor.operations[case.data]
    read = target.vendor.operations[operation.contract["read"]]
    task = target.create(operation)
    target.finish(task)
    links = read_answer.result_links(read, task.last) if task and task.phase == "succeeded" else []
    if not task or not links:
        return
    status, content = target.download(links[0])
    picture = picture_of(content)
    place = f"{target.vendor.name}#link"
    alive = status == 200 and picture is not None
    is_result = alive and links[0] not in map(str, task.values.values())
    truth = {"result.link": links[0] if is_result else "a link to the result"}
    target.judge.meanings(read, read.contract["responses"]["succeeded"]["schema"], task.last.json, truth, task.last)
    life = target.vendor.data["link"]["life_seconds"]
    if not alive or life is None:
        target.verdicts.judge(
            f"{place}/life_seconds",
            alive,
            expected="a picture right after the end",
            seen=f"HTTP {status}",
            call=target.wire.calls[-1],
        )
    if not alive:
        return
    deliver = f"{operation.vendor}/{operation.name}#delivers/link"
    if target.verdicts.has(deliver):
        target.verdicts.used(deliver, expected="a link", seen="a link", call=task.last)
    if life is None:
        return
    _judge_link_form(target, task, links[0], life)
    if "virtual_time" not in target.capabilities:
        return
    end = task.create.started + target.control.timing.finish + life
    target.clock.sleep(end - target.clock.now())
    at_end = target.download(links[0])[0]
    target.clock.sleep(1.0)
    after = target.download(links[0])[0]
    target.verdicts.judge(
        f"{place}/life_seconds",
        at_end == 200 and after != 200,
        expected=f"alive for {life} s, then dead",
        seen=f"HTTP {at_end}, then {after}",
        call=target.wire.calls[-1],
    )
    if after != 200:
        target.verdicts.judge(
            f"{place}/expired_http",
            after == target.vendor.data["link"]["expired_http"],
            expected=target.vendor.data["link"]["expired_http"],
            seen=after,
            call=target.wire.calls[-1],
        )


def _judge_link_form(target: Target, task: Task, link: str, life: float) -> None:
    """S2:114: the link of the sample carries its end; where it does, the end is held against the documented life."""
    expires = parse_qs(urlsplit(link).query).get("Expires", [""])[0]
    read = target.vendor.operations[task.operation.contract["read"]]
    completed = read_answer.value_of(read.contract["responses"]["succeeded"]["body"], task.last.json, "task.completed")
    signed = any(word in urlsplit(link).query.lower() for word in ("expires", "signature"))
    target.verdicts.judge(
        f"{target.vendor.name}#link/signed",
        signed,
        expected="a signed link",
        seen="expiry or signature" if signed else "neither expiry nor signature",
        call=task.last,
    )
    if not expires.isdigit() or not isinstance(completed, int):
        target.verdicts.excuse("#link/*", "the link does not tell its end, and waiting an hour is no test")
        return
    moments = (completed, target.clock.now(), task.last.started)
    off = min(abs(int(expires) - moment - life) for moment in moments)
    target.verdicts.judge(
        f"{target.vendor.name}#link/life_seconds",
        off <= 300,
        expected=f"Expires {life:g} s after completion",
        seen=f"Expires {int(expires) - completed} s after completion",
        call=task.last,
    )
