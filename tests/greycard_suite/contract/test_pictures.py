"""Every documented limit of pictures in both directions, with real files of exactly that size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greycard_schemas.picture_limits import consequence_of, told_apart
from greycard_schemas.variants import values_at
from greycard_suite.contract.declare import Case, suite_test
from greycard_suite.contract.results_seen import first_result
from greycard_suite.judge import preconditions, read_answer, refusals
from greycard_suite.judge.picture_samples import Sample, samples
from greycard_suite.judge.task import summary
from greycard_suite.judge.variants_seen import note_value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from greycard_schemas.loader import Operation, Vendor
    from greycard_suite.call import Call
    from greycard_suite.judge.task import Task
    from greycard_suite.targets.target import Target


def _cases(vendor: Vendor) -> Iterable[Case]:
    for operation in vendor.of_kind("create"):
        if "pictures" not in operation.contract:
            continue
        groups: dict[tuple[str, ...], list[str]] = {}
        for sample in samples(operation, vendor.data.get("units", {}), exact=True):
            groups.setdefault(_needs(operation, sample), []).append(sample.key)
        for needs, keys in groups.items():
            claims = (
                *(f"*{operation.name}#pictures/{key}*" for key in dict.fromkeys(keys)),
                *(f"#errors/{error}/*" for error in _errors(operation)),
            )
            name = f"{operation.name}-{'-'.join(needs) or 'uploads'}"
            yield Case(
                name,
                (operation.name, frozenset(keys)),
                requests=len(keys) * 6,
                credits=len(keys),
                needs=needs,
                claims=claims,
            )


def _errors(operation: Operation) -> list[str]:
    """The errors with which a picture can be refused."""
    consequences = operation.contract["pictures"].get("consequences", {}).values()
    return list(dict.fromkeys(one["error"] for one in consequences if isinstance(one, dict) and "error" in one))


def _needs(operation: Operation, sample: Sample) -> tuple[str, ...]:
    special = {"failing": "bad_links", "redirecting": "redirects"}.get(sample.special)
    if special:
        return ("links", special)
    return ("links",) if sample.how == "link" or "file" not in operation.contract["pictures"] else ()


NO_PICTURE = ("consequences/unreachable", "consequences/unreadable")
"""Samples of what is no picture at all: whatever a document says of them, nobody can enhance them."""


@suite_test("*#pictures/*", "#units/*", cases=_cases, requests=10, credits=2)
def test_a_limit_of_pictures_lies_exactly_where_the_document_says(target: Target, case: Case) -> None:
    """A picture at the limit is enhanced, one a step beyond it is not."""
    name, keys = case.data
    operation = target.vendor.operations[name]
    exact = "exact_time" in target.capabilities
    tasks: list[tuple[Sample, Task]] = []
    for sample in samples(operation, target.vendor.data.get("units", {}), exact=exact):
        if sample.key not in keys or _needs(operation, sample) != case.needs:
            continue
        if sample.how == "file" and target.needs_link(operation):
            preconditions.hinder(target.judge, operation, f"{operation.name} takes no picture as a file")
            continue
        task = _create(target, operation, sample)
        if task is not None:
            tasks.append((sample, task))
    target.finish(*(task for _, task in tasks))
    for sample, task in tasks:
        _judge_ended(target, operation, sample, task)
    _judge_results(target, operation, [(sample, task) for sample, task in tasks if sample.seed])
    failed = next((task for _, task in tasks if task.phase == "failed"), None)
    if failed is not None:
        _judge_stays_failed(target, failed)


def _judge_results(target: Target, operation: Operation, tasks: list[tuple[Sample, Task]]) -> None:
    """The result of each format is a picture, made from its own input and from no other."""
    inputs = [target.images.bytes(one.width, one.height, one.format, seed=one.seed) for one, _ in tasks]
    for own, (_, task) in zip(inputs, tasks, strict=True):
        if _results(target, operation, task):
            first_result(target, operation, task, inputs, own)


def _judge_stays_failed(target: Target, task: Task) -> None:
    """A task that has failed is in the same state when it is asked for again."""
    state = read_answer.state_of(target.vendor, read_answer.status_of(target.vendor, task.last))
    target.clock.sleep(target.poll_seconds)
    for _ in range(2):
        later = read_answer.state_of(target.vendor, read_answer.status_of(target.vendor, target.read(task)))
        claim = f"{target.vendor.name}#lifecycle/states/{state}/phase"
        if state is not None and task.phase != "lost" and target.verdicts.has(claim):
            target.verdicts.judge(claim, later == state, expected=f"stays {state}", seen=later, call=task.last)


def _create(target: Target, operation: Operation, sample: Sample) -> Task | None:
    images, pictures = target.images, operation.contract["pictures"]
    link = sample.how == "link" or target.needs_link(operation)
    shape = (sample.width, sample.height, sample.format)
    more: dict[str, Any] = {"size_bytes": sample.size_bytes, "damage": sample.damage, "seed": sample.seed}
    if link:
        special = {"failing": images.failing, "redirecting": images.redirecting}.get(sample.special)
        address = special() if special else images.link(*shape, **more)
        values, files = target.request(operation, address), None
    else:
        values = target.request(operation)
        files = target.upload(
            operation,
            images.bytes(*shape, **more),
            f"picture.{'jpeg' if sample.key.startswith('formats') and sample.format == 'jpg' else sample.format}",
        )
    call = target.send(operation, values, files=files, credits=1)
    again = target.again
    if not sample.good and call.status == 429 and target.still_accepts(operation):
        call = again()
    answer = read_answer.answer_to(operation, call)
    claim = f"{operation.vendor}/{operation.name}#pictures/{sample.key}"
    if answer != "accepted" and (
        _is_blocked(target, operation, sample, call) or not preconditions.is_usable(target.judge, operation)
    ):
        return None
    if answer == "refused" and sample.unit:
        _note_unit(target, sample, enhanced=False)
        return None
    if link and "file" in pictures:
        _judge_link_read(target, operation, sample, answer, call)
    if answer == "refused":
        for one in _named(target, claim, sample, pictures):
            target.verdicts.judge(one, not sample.good, expected=_expected(sample), seen=summary(call), call=call)
        consequence = _consequence(pictures, sample)
        if not sample.good and consequence:
            breach = told_apart(pictures, sample.finding)
            refusals.judge_code(target.judge, refusals.bad_picture(operation, breach), call)
            _judge_consequence(target, operation, sample, pictures, None, call)
        return None
    task = target.follow(operation, call, values)
    if task is not None and not sample.good:
        task.expects = "failed"
    consequence = _consequence(pictures, sample)
    if answer == "accepted" and not sample.good and "error" in consequence and "file_bytes" in sample.finding:
        # S2:63: too large an upload is refused at once, a later failure is another answer
        for one in _named(target, claim, sample, pictures):
            target.verdicts.judge(one, False, expected=_expected(sample), seen=summary(call), call=call)
    return task


def _is_blocked(target: Target, operation: Operation, sample: Sample, call: Call) -> bool:
    """Whether the account keeps the picture from being taken; of a bad one a refusal may only be worded so."""
    if not sample.good and preconditions.speaks_of_account(target.judge, operation, call):
        return not target.still_accepts(operation) and refusals.is_condition(target.judge, call)
    return preconditions.is_blocked(target.judge, operation, call, due=sample.good)


def _judge_link_read(target: Target, operation: Operation, sample: Sample, answer: str, call: Call) -> None:
    """A link that is read is accepted; a refusal speaks against that only where the picture behind it is good."""
    claim = f"{operation.vendor}/{operation.name}#pictures/link"
    if (answer == "accepted" or (answer == "refused" and sample.good)) and target.verdicts.has(claim):
        expected = f"{operation.contract['pictures']['link']} is read"
        target.verdicts.judge(claim, answer == "accepted", expected=expected, seen=summary(call), call=call)


def _judge_ended(target: Target, operation: Operation, sample: Sample, task: Task) -> None:
    pictures = operation.contract["pictures"]
    claim = f"{operation.vendor}/{operation.name}#pictures/{sample.key}"
    if task.phase == "running" and not sample.good and operation.name in target.verdicts.succeeded:
        place = f"{operation.vendor}/{operation.name}#pictures/consequences/{told_apart(pictures, sample.finding)}"
        refused = [f"{place}/{key}" for key in ("error", "outcome", "item")]
        for one in (one for one in refused if target.verdicts.has(one)):
            seen = f"neither: {summary(task.last)}"
            target.verdicts.judge(one, False, expected="refused, or failed in the end", seen=seen, call=task.last)
    if task.phase not in ("succeeded", "failed"):
        return
    enhanced = task.phase == "succeeded" and bool(_results(target, operation, task))
    if enhanced and sample.key in NO_PICTURE:
        state = f"{target.vendor.name}#lifecycle/states/succeeded/value"
        target.verdicts.judge(state, False, expected=_expected(sample), seen=summary(task.last), call=task.last)
    if sample.unit:
        _note_unit(target, sample, enhanced=enhanced)
        return
    for one in _named(target, claim, sample, pictures):
        target.verdicts.judge(
            one,
            enhanced == sample.good,
            expected=_expected(sample),
            seen=f"{task.phase}: {summary(task.last)}",
            call=task.last,
        )
    if not sample.good:
        _judge_consequence(target, operation, sample, pictures, task, task.last)


def _note_unit(target: Target, sample: Sample, *, enhanced: bool) -> None:
    """A picture between the two readings of a figure shows which one the vendor follows."""
    unit = f"/units/{sample.unit}"
    for values in values_at(target.vendor, "vendor", unit).values():
        note_value(target.vendor, target.verdicts, "vendor", unit, (max if enhanced else min)(values.values()))


def _results(target: Target, operation: Operation, task: Task) -> bool:
    """Whether the pictures of a task that succeeded did so too, as far as the answer tells."""
    read = target.vendor.operations[operation.contract["read"]]
    if "list" not in operation.contract["pictures"] or read_answer.result_links(read, task.last):
        return True
    items = read_answer.item_states(target.vendor, read, task.last)
    return all(state == "succeeded" for state in items)


def _named(target: Target, claim: str, sample: Sample, pictures: object) -> list[str]:
    """The statements that this sample judges: the limit itself, or what follows from a fault of the picture."""
    del pictures
    return [claim] if target.verdicts.has(claim) and not sample.key.startswith("consequences") else []


def _consequence(pictures: dict[str, dict[str, dict[str, str]]], sample: Sample) -> dict[str, str]:
    return dict(consequence_of(pictures, sample.finding)) if sample.finding else {}


def _judge_consequence(
    target: Target,
    operation: Operation,
    sample: Sample,
    pictures: object,
    task: Task | None,
    call: object,
) -> None:
    """What the document says happens to such a picture: an error, a final state, a failed item."""
    from greycard_suite.call import Call

    if not isinstance(call, Call) or not isinstance(pictures, dict):
        return
    finding = told_apart(pictures, sample.finding)
    consequence = pictures["consequences"][finding]
    for key in ("error", "outcome", "item"):
        if key not in consequence:
            continue
        if task is not None and task.phase == "succeeded" and not sample.key.startswith("consequences"):
            continue  # that it was enhanced at all is said by the limit's own statement
        claim = f"{operation.vendor}/{operation.name}#pictures/consequences/{finding}/{key}"
        if key == "outcome" and task is not None:
            value = read_answer.status_of(target.vendor, task.last)
            state = read_answer.state_of(target.vendor, value)
            wanted = target.vendor.data["lifecycle"]["states"][consequence[key]]["value"]
            target.verdicts.judge(claim, state == consequence[key], expected=wanted, seen=value, call=call)
        elif key == "error":
            target.verdicts.judge(
                claim,
                refusals.is_right_later(target.judge, refusals.bad_picture(operation, finding), task)
                if task is not None
                else not preconditions.states(target.judge, claim)
                or refusals.is_right(target.judge, refusals.bad_picture(operation, finding), call),
                expected=consequence[key],
                seen=summary(call),
                call=call,
            )
        elif key == "item":
            failed = task is not None and not read_answer.result_links(
                target.vendor.operations[operation.contract["read"]], task.last
            )
            target.verdicts.judge(claim, failed, expected="a failed item", seen=summary(call), call=call)
        elif f"picture/{finding}" not in operation.contract.get("fits", {}):
            # a document that gives codes for such a picture lets it be refused at once; otherwise its task fails
            target.verdicts.judge(
                claim,
                False,
                expected=f"accepted, then state {consequence[key]}",
                seen=summary(call),
                call=call,
            )


def _expected(sample: Sample) -> str:
    size = f", {sample.size_bytes} bytes" if sample.size_bytes else ""
    facts = (f"{sample.width}x{sample.height} {sample.format}{size}", sample.damage, sample.special)
    what = " ".join(fact for fact in facts if fact)
    return f"{what} is {'enhanced' if sample.good else 'not enhanced'}"
