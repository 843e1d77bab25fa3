"""What comes out: real pictures of the right size and form, as the answers describe them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greycard_suite.call import picture_of
from greycard_suite.contract.declare import Case, suite_test
from greycard_suite.contract.results_seen import first_result
from greycard_suite.judge import read_answer
from greycard_suite.judge.picture_samples import format_words, scale_samples
from greycard_suite.judge.refused_good import name_group

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from greycard_mocks.images.inspect import Picture
    from greycard_schemas.loader import Operation, Vendor
    from greycard_suite.judge.task import Task
    from greycard_suite.targets.target import Target


def _scaled(vendor: Vendor) -> Iterable[Case]:
    for operation in vendor.of_kind("create"):
        found = list(scale_samples(operation)) if "automatic" in operation.contract.get("result", {}) else []
        for start in range(0, len(found), 8):
            yield Case(f"{operation.name}-{start}", (operation.name, start, start + 8), requests=8 * 6, credits=8)


@suite_test("*#result/*", cases=_scaled, requests=48, credits=8)
def test_the_result_is_as_many_times_larger_as_documented(target: Target, case: Case) -> None:
    """In the middle and on both sides of every boundary, the result is larger by the documented factor."""
    name, start, end = case.data
    operation = target.vendor.operations[name]
    made = []
    for number, sample in enumerate(list(scale_samples(operation))[start:end], 1):
        values: dict[str, Any] = (
            {} if sample.wanted is None else {operation.contract["result"]["parameter"]: sample.wanted}
        )
        content = target.images.bytes(sample.width, sample.height, "jpg", seed=number)
        about = [f"{operation.vendor}/{operation.name}#{claim}" for claim in sample.claims]
        made.append((sample, content, target.create(operation, picture=content, about=about, **values)))
    target.finish(*(task for _, _, task in made))
    for sample, content, task in made:
        if task is None:
            continue
        place = f"{operation.vendor}/{operation.name}#"
        if task.phase == "failed" and not _size_is_disputed(sample.long_side):
            _judge_refused_good(target, operation, task, [place + claim for claim in sample.claims])
        picture = first_result(target, operation, task, [one for _, one, _ in made], content)
        if picture is None:
            continue
        holds = any(
            (picture.width, picture.height) == (sample.width * factor, sample.height * factor)
            for factor in sample.factors
        )
        words = " or ".join(map(str, sample.factors))
        for claim in sample.claims:
            target.verdicts.judge(
                place + claim,
                holds,
                expected=f"{sample.width}x{sample.height}, scale_factor {sample.wanted}: {words} times",
                seen=f"{picture.width}x{picture.height}",
                call=task.last,
            )


def _size_is_disputed(long_side: int) -> bool:
    return long_side <= 10


def _fixed(vendor: Vendor) -> Iterable[Case]:
    for operation in vendor.of_kind("create"):
        result = operation.contract.get("result", {})
        if "fixed" not in result and "by_value" not in result:
            continue
        needs = ("links",)
        for value in result.get("by_value", {"": 0}):
            if value != "x-source":
                yield Case(f"{operation.name}{'-' if value else ''}{value}", (operation.name, value), needs=needs)


@suite_test("*#result/*", "*#price/*", "*#request/file_ext/*", cases=_fixed, requests=14, credits=2)
def test_a_fixed_enlargement_is_kept(target: Target, case: Case) -> None:
    """The result's sides are the input's times the vendor's factor, in the format that was asked for."""
    name, value = case.data
    operation = target.vendor.operations[name]
    result = operation.contract["result"]
    wanted = {result["parameter"]: _member(operation, result["parameter"], value)} if value else {}
    width, height = target.good_size(operation)
    choices: list[dict[str, Any]] = (
        [{**wanted, result["format_from"]: one} for one in format_words(operation)]
        if "format_from" in result
        else [wanted]
    )
    inputs = [target.images.bytes(width, height, "jpg", seed=number) for number in range(1, len(choices) + 1)]
    tasks = [
        target.create(operation, picture=target.images.link_to(content), **values)
        for content, values in zip(inputs, choices, strict=True)
    ]
    target.finish(*tasks)
    for values, content, task in zip(choices, inputs, tasks, strict=True):
        if task is not None and task.phase == "failed":
            _judge_refused_good(target, operation, task, [])
        picture = first_result(target, operation, task, inputs, content) if task else None
        if picture is None or task is None:
            continue
        factor = result["fixed"] if "fixed" in result else result["by_value"][value]
        claim = f"{operation.vendor}/{operation.name}#result/" + ("fixed" if "fixed" in result else f"by_value/{value}")
        seen = f"{picture.width}x{picture.height}"
        target.verdicts.judge(
            claim,
            (picture.width, picture.height) == (width * factor, height * factor),
            expected=f"{width * factor}x{height * factor}",
            seen=seen,
            call=task.last,
        )
        if "format_from" in result:
            form = "png" if values[result["format_from"]].lower() == "png" else "jpeg"
            target.verdicts.judge(
                f"{operation.vendor}/{operation.name}#result/format_from",
                picture.format == form,
                expected=form,
                seen=picture.format,
                call=task.last,
            )
        elif result.get("format") in ("png", "jpeg"):
            form = str(result["format"])
            where = f"{operation.vendor}/{operation.name}#result/format"
            target.verdicts.judge(where, picture.format == form, expected=form, seen=picture.format, call=task.last)
        _judge_facts(target, operation, task, picture, content)


def _member(operation: Operation, parameter: str, key: str) -> Any:
    """What a request sends for an entry of a table by value, whose keys are texts."""
    return next((one for one in operation.fields[parameter].get("enum", ()) if str(one) == key), key)


def _judge_refused_good(target: Target, operation: Operation, task: Task, claims: Sequence[str]) -> None:
    """A picture within every limit is enhanced: one of `claims`, or of what is said of results, is broken."""
    read = target.vendor.operations[operation.contract["read"]]
    place, states = f"{operation.vendor}/{operation.name}#pictures/", f"{target.vendor.name}#lifecycle/states/"
    limits = (f"{place}{limit}" for limit in ("long_side_max", "formats", "formats_shown"))
    known = [*claims, *read_answer.result_claims(read), f"{states}succeeded/value", *limits]
    name_group(target.judge, known, task.last, expected="a result for a picture that keeps every limit")


def _judge_facts(target: Target, operation: Operation, task: Task, picture: Picture, content: bytes) -> None:
    """What the answer says of the pictures is true of their bytes."""
    read = target.vendor.operations[operation.contract["read"]]
    given = picture_of(content)
    width, height = (given.width, given.height) if given else (0, 0)
    truth = {
        "result.width": picture.width, "result.height": picture.height, "result.size": picture.size_bytes,
        "picture.width": width, "picture.height": height, "picture.size": given.size_bytes if given else None,
        "picture.extension": given.format if given else None, "result.extension": picture.format,
        "task.id": task.task_id,
    }  # fmt: skip
    link = read_answer.main_link(read, task.last)
    if link is None or link in map(str, task.values.values()):
        # what was downloaded is not the picture that the answer speaks of
        truth = {name: value for name, value in truth.items() if not name.startswith("result.")}
    else:
        truth["result.link"] = link
    target.judge.meanings(read, read.contract["responses"]["succeeded"]["schema"], task.last.json, truth, task.last)
