"""Batches: as many results as pictures, each alive and made from its own picture, of the documented size and format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greycard_suite.call import picture_of
from greycard_suite.contract.declare import Case, suite_test
from greycard_suite.contract.results_seen import judge_result
from greycard_suite.judge import read_answer
from greycard_suite.judge.picture_samples import format_word
from greycard_suite.judge.task import summary
from greycard_suite.lifetime.likeness import made_from

if TYPE_CHECKING:
    from collections.abc import Iterable

    from greycard_schemas.loader import Operation, Vendor
    from greycard_suite.judge.task import Task
    from greycard_suite.targets.target import Target

LOOKS = 8
"""How many test pictures of one size look different; further ones have another size."""


def _batches(vendor: Vendor) -> Iterable[Case]:
    for operation in vendor.of_kind("create"):
        field = operation.contract.get("pictures", {}).get("list")
        if field is not None:
            most = operation.request["properties"][field].get("maxItems", 3)
            for number in dict.fromkeys((2, 3, most)):
                data = (operation.name, number)
                yield Case(f"{operation.name}-{number}", data, requests=20 + number, credits=number, needs=("links",))


@suite_test("*#result/*", "*#item/*", "*#request/*", "*#pictures/list", cases=_batches, requests=24, credits=2)
def test_each_picture_of_a_batch_has_its_own_result(target: Target, case: Case) -> None:
    """A task with several pictures gives as many results, each made from its picture."""
    name, number = case.data
    operation = target.vendor.operations[name]
    inputs = _inputs(target, operation, number)
    task = target.create(operation, **_values(target, operation, inputs, lossy=number > LOOKS))
    target.finish(task)
    if task is None or task.phase in ("running", "lost"):
        return
    read = target.vendor.operations[operation.contract["read"]]
    items = list(read_answer.items_of(read, task.last).values())
    if task.phase == "failed" or len(items) != number:
        _judge_count(target, operation, task, number, len(items))
        return
    # a mock makes all results in one way: its first ones and the last show it, and each takes a while to make
    looked = range(number) if target.kind != "mock" else (*range(min(number, 3)), number - 1)
    contents = [_download(target, item) if place in looked else b"" for place, item in enumerate(items)]
    sources = _sources(contents, inputs)
    if sources == list(range(number)) or sorted(sources) != list(range(number)) or target.images.static:
        sources = list(range(number))  # in order, as far as anybody can tell, or not the results of these pictures
    else:
        target.verdicts.notice(
            f"{read.name}: the results of a batch come in another order than its pictures: {sources}"
        )
    for place, (item, content, own) in enumerate(zip(items, contents, sources, strict=True)):
        if not read_answer.has_link(item):
            _judge_count(target, operation, task, number, number - 1)
            continue
        if place not in looked:
            continue
        judge_result(target, read, content, inputs, own)
        _judge_form(target, operation, task, content, inputs[own])
    _judge_count(target, operation, task, number, len(items))


def _download(target: Target, item: dict[str, Any]) -> bytes:
    if not read_answer.has_link(item):
        return b""
    status, content = target.download(str(item["result"]))
    return content if status == 200 else b""


def _sources(contents: list[bytes], inputs: list[bytes]) -> list[int]:
    """Which picture each result is made from; its own place where nobody can tell."""
    found = [made_from(content, inputs, own) if content else None for own, content in enumerate(contents)]
    return [own if source is None else source for own, source in enumerate(found)]


def _inputs(target: Target, operation: Operation, number: int) -> list[bytes]:
    width, height = target.good_size(operation)
    return [
        target.images.bytes(width + 16 * (index // LOOKS), height, "jpg", seed=1 + index % LOOKS)
        for index in range(number)
    ]


def _values(target: Target, operation: Operation, inputs: list[bytes], *, lossy: bool) -> dict[str, Any]:
    values: dict[str, Any] = {operation.contract["pictures"]["list"]: [target.images.link_to(one) for one in inputs]}
    form = operation.contract.get("result", {}).get("format_from")
    return {**values, form: format_word(operation, lossy=lossy)} if form else values


def _judge_count(target: Target, operation: Operation, task: Task, number: int, found: int) -> None:
    """As many results as pictures: what says so is the statement about the list of results."""
    read = target.vendor.operations[operation.contract["read"]]
    lists = read_answer.item_lists(read)
    seen = summary(task.last) if task.phase == "failed" else f"{found} results"
    for claim in target.judge.required(read, lists):
        target.verdicts.judge(
            claim,
            task.phase == "succeeded" and found == number,
            expected=f"{number} results for {number} good pictures",
            seen=seen,
            call=task.last,
        )


def _judge_form(target: Target, operation: Operation, task: Task, content: bytes, own: bytes) -> None:
    """Each result has the documented size and format."""
    result, place = operation.contract.get("result", {}), f"{operation.vendor}/{operation.name}#result/"
    picture, given = picture_of(content), picture_of(own)
    if picture is None or given is None or "fixed" not in result:
        return
    factor = result["fixed"]
    wanted = (given.width * factor, given.height * factor)
    target.verdicts.judge(
        f"{place}fixed",
        (picture.width, picture.height) == wanted,
        expected=f"{wanted[0]}x{wanted[1]}",
        seen=f"{picture.width}x{picture.height}",
        call=task.last,
    )
    if "format_from" in result:
        form = str(task.values[result["format_from"]]).lower().replace("jpg", "jpeg")
        claim = f"{place}format_from"
        target.verdicts.judge(claim, picture.format == form, expected=form, seen=picture.format, call=task.last)


def _mixed(vendor: Vendor) -> Iterable[Case]:
    for case in _batches(vendor):
        if case.data[1] == 3:
            needs = ("links", "bad_links")
            yield Case(f"{case.data[0]}-mixed", case.data[0], requests=24, credits=3, needs=needs)


@suite_test("*#failed_item/*", "*#item/*", cases=_mixed, requests=24, credits=3)
def test_a_bad_picture_in_a_batch_has_its_reason_and_spares_the_others(target: Target, case: Case) -> None:
    """Where a batch with one bad picture succeeds, that picture has a reason and the others have their results."""
    operation = target.vendor.operations[case.data]
    inputs = _inputs(target, operation, 3)
    values = _values(target, operation, inputs, lossy=False)
    values[operation.contract["pictures"]["list"]][1] = target.images.failing()
    request = target.request(operation, **values)
    task = target.follow(operation, target.send(operation, request, credits=3), request)
    target.finish(task)
    if task is None or task.phase != "succeeded":
        return  # no document says whether one bad picture spoils the others
    read = target.vendor.operations[operation.contract["read"]]
    items = list(read_answer.items_of(read, task.last).values())
    if len(items) != 3:
        _judge_count(target, operation, task, 3, len(items))
        return
    contents = [_download(target, item) for item in items]
    linked = [index for index, item in enumerate(items) if read_answer.has_link(item)]
    if len(linked) == len(items):
        for claim in read_answer.result_claims(read):
            expected = "no result for a picture that cannot be fetched"
            target.verdicts.judge(claim, False, expected=expected, seen=summary(task.last), call=task.last)
        return
    sources = _sources(contents, inputs)
    for index in linked:
        own = sources[index] if len(linked) == 2 and {sources[one] for one in linked} == {0, 2} else index
        judge_result(target, read, contents[index], inputs, own)
