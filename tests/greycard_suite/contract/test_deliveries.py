"""Callbacks and webhooks: what arrives, signed how, how often, and when it stops."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greycard_schemas.judge import judge
from greycard_schemas.signatures import SIGNATURES
from greycard_schemas.templates import places_of
from greycard_schemas.variants import values_at
from greycard_suite.call import picture_of
from greycard_suite.contract.declare import Case, suite_test
from greycard_suite.contract.results_seen import delivered_link, delivered_result
from greycard_suite.judge import deliveries, read_answer
from greycard_suite.judge.task import known_truth
from greycard_suite.judge.variants_seen import note_options, note_value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from greycard_schemas.loader import Operation, Vendor
    from greycard_suite.call import Delivery
    from greycard_suite.judge.task import Task
    from greycard_suite.targets.receiver import Receiver
    from greycard_suite.targets.target import Target

ENDLESS = 1000
OTHER_EVENTS_SECONDS = 8.0
"""How long a delivery is waited for where something else has arrived for the task."""
NOT_REGISTERED = (
    "nothing at all arrived at {url}: is this address registered with the vendor, and can the vendor reach it?"
)
NOT_ENDED = "no task that the deliveries were awaited of reached its success in this run"
TOO_SLOW = (
    "the {name} is tried again so slowly that the waiting ended before it was clear whether there is one more; "
    "give a longer --patience"
)


def _delivering(vendor: Vendor) -> Iterable[Case]:
    return [Case(op.name, op.name, needs=("links", "receiver")) for op in vendor.of_kind("delivery")]


@suite_test(
    "*#method",
    "*#headers/*",
    "*#signature/*",
    "*#body/*",
    "*#address/*",
    "*#on*",
    "*#copies",
    "*#attempts",
    "*#spacing_seconds",
    "*#delay_seconds",
    "*#acknowledgement/*",
    cases=_delivering,
    requests=40,
    credits=3,
)
def test_a_finished_task_is_delivered_until_it_is_acknowledged(target: Target, case: Case) -> None:
    """One delivery when the receiver takes it; another after each failure, as often as documented; then silence."""
    operation = target.vendor.operations[case.data]
    create = target.vendor.operations[operation.contract["create"]]
    receiver = target.receiver
    if receiver is None:
        return
    place = f"{operation.vendor}/{operation.name}#"
    taken = target.create(create)
    never = target.create(create, deliveries_fail=ENDLESS, **_otherwise(target, create))
    # how an acknowledgement after failures ends the attempts is worth a task only where a document speaks of attempts
    spoken = target.verdicts.claims[f"{place}attempts"].is_claim
    twice = target.create(create, deliveries_fail=2) if spoken else None
    if taken is None or never is None or (spoken and twice is None):
        return
    target.finish(taken, never, twice)
    if taken.phase != "succeeded":  # the document speaks of tasks that are done
        target.verdicts.excuse(f"*{operation.name}#*", NOT_ENDED)
        return
    if not _awaited(target, receiver, operation, taken):
        _judge_missing(target, operation, taken, receiver)
        return
    target.read(taken)
    settled = _settled(target, receiver, operation, [one for one in (never, twice) if one is not None])
    _judge_first(target, operation, create, taken, _arrived(receiver, operation, taken))
    if never.phase == "succeeded" and (twice is None or twice.phase == "succeeded"):
        _judge_attempts(target, operation, twice, never, settled=settled)


def _otherwise(target: Target, create: Operation) -> dict[str, Any]:
    """The last of the documented values of each parameter that a document gives a choice of and asks for."""
    place, claims = f"{create.vendor}/{create.name}#request", target.verdicts.claims
    return {
        name: schema["enum"][-1]
        for name, schema in create.request["properties"].items()
        if name in create.request["required"] and "enum" in schema and claims[f"{place}/{name}/enum"].is_claim
    }


def _arrived(receiver: Receiver, operation: Operation, task: Task) -> list[Delivery]:
    """What has arrived for a task: its deliveries, or where nothing looks like one, whatever it was."""
    found = receiver.of_task(task.task_id, task.create.started)
    return [one for one in found if deliveries.is_delivery(operation, one)] or found


def _awaited(target: Target, receiver: Receiver, operation: Operation, task: Task) -> list[Delivery]:
    """The deliveries of an ended task, as soon as there is one; none when the patience is over."""
    began = target.clock.now()
    end = began + target.waits.seconds(["deliveries"], target.patience)
    while target.clock.now() < end:
        found = _arrived(receiver, operation, task)
        waited = target.clock.now() - began > OTHER_EVENTS_SECONDS
        if found and (waited or deliveries.is_delivery(operation, found[0])):
            break
        target.clock.sleep(0.25)
        if receiver.strays(task.create.started):
            target.clock.sleep(deliveries.SLACK_SECONDS)
            break
    found = _arrived(receiver, operation, task)
    if not found:
        target.waits.note(["deliveries"], ["deliveries"], target.patience, target.patience)
    return found


def _settled(target: Target, receiver: Receiver, operation: Operation, tasks: list[Task]) -> bool:
    """Wait until no further attempt is to be expected for these tasks; False when the patience was over before."""
    spacing = operation.contract["spacing_seconds"]
    end = target.clock.now() + max(target.patience, sum(spacing) + deliveries.quiet_seconds([], spacing))
    most = max(_counts(target, operation))
    while True:
        settled = True
        for task in tasks:
            moments = [one.at for one in _arrived(receiver, operation, task)]
            if len(moments) <= most + 1:
                since = max([task.last.started, *moments[-1:]])
                settled &= target.clock.now() - since > deliveries.quiet_seconds(moments, spacing)
        if settled or target.clock.now() > end:
            return settled
        target.clock.sleep(0.25)


def _judge_missing(target: Target, operation: Operation, task: Task, receiver: Receiver) -> None:
    """Nothing that arrived is of the task: it came in a wrong form, went elsewhere, or is missing."""
    place = f"{operation.vendor}/{operation.name}#"
    strays = receiver.strays(task.create.started)
    if strays:
        _judge_body(target, operation, task, strays[0])
        return
    told = "request" in operation.contract["address"] or "scenarios" in target.capabilities
    if not told and not receiver.deliveries and not receiver.lost:
        text = NOT_REGISTERED.format(url=receiver.url)
        target.verdicts.notice(f"{operation.name}: {text}")
        target.verdicts.hinder(text, operation.name, due=True)
        return
    for claim in ("on/succeeded", "address/request"):
        if target.verdicts.has(place + claim):
            target.verdicts.judge(
                place + claim,
                False,
                expected="a delivery when the task has ended",
                seen="nothing arrived for this task",
                call=task.last,
            )


def _judge_first(target: Target, operation: Operation, create: Operation, taken: Task, arrived: list[Delivery]) -> None:
    """The deliveries of a task whose receiver acknowledges at once."""
    found, delivery = deliveries.attempts_of(arrived), arrived[0]
    place = f"{operation.vendor}/{operation.name}#"
    early = deliveries.is_early(target.vendor, delivery, taken.reads)
    target.verdicts.judge(
        place + "on/succeeded",
        not early,
        expected="a delivery when the task has ended",
        seen="a read that was begun after the delivery still showed the task running" if early else "at its end",
        call=taken.last,
    )
    # "sends a POST" is at least one: a second one that is alike is told, what comes again and again is not over
    over = len(found.after) <= 1 and not found.differing
    if found.after and over:
        target.verdicts.notice(
            f"{operation.name}: a delivery that was acknowledged came once more, with the same content"
        )
    for rule in ("copies", "acknowledgement/http", "acknowledgement/pointer", "acknowledgement/equals"):
        if target.verdicts.has(place + rule):
            target.verdicts.judge(
                place + rule,
                over,
                expected="silence after the acknowledgement",
                seen=f"{len(found.after)} more deliveries, {len(found.differing)} with other content",
                call=taken.last,
            )
    _judge_form(target, operation, create, taken, delivery)
    _judge_address(target, operation, taken, delivery)
    _judge_agreement(target, operation, taken, delivery)


def _judge_address(target: Target, operation: Operation, task: Task, delivery: Delivery) -> None:
    place, address = f"{operation.vendor}/{operation.name}#", operation.contract["address"]
    if target.verdicts.has(f"{place}method"):
        wanted = operation.contract["method"]
        target.verdicts.judge(
            f"{place}method", delivery.method == wanted, expected=wanted, seen=delivery.method, call=task.last
        )
    if "request" in address and target.verdicts.has(f"{place}address/request"):
        told = str(task.values.get(address["request"], ""))
        kept = deliveries.is_kept(told, delivery.path)
        target.verdicts.judge(f"{place}address/request", kept, expected=told, seen=delivery.path, call=task.last)
    for claim in ("address/account", "delay_seconds"):
        if target.verdicts.has(place + claim):
            target.verdicts.used(place + claim, expected="as documented", seen="arrived", call=task.last)


def _judge_agreement(target: Target, operation: Operation, task: Task, delivery: Delivery) -> None:
    """A delivery in the form of a read says what the reads of the ended task agree on."""
    if "body_of" not in operation.contract:
        return
    read = target.vendor.operations[operation.contract["body_of"]]
    ended = [
        call.json
        for call in task.reads
        if call.is_json and read_answer.phase_of(target.vendor, read, call)[0] == "succeeded"
    ]
    # a place in a queue moves, and means nothing once the task has ended
    moving = set(places_of(read.contract["responses"]["running"]["body"], ("task.queue",)))
    for pointer, said, seen in deliveries.contradictions(delivery.json, ended):
        if pointer in moving:
            continue
        claim = deliveries.statement_at(operation, pointer, target.verdicts.claims)
        if claim is not None and len(ended) > 1:
            target.verdicts.judge(claim, False, expected=f"{said}, as {read.name} says", seen=seen, call=task.last)


def _counts(target: Target, operation: Operation) -> set[int]:
    """How many attempts the document allows, in each of its readings."""
    faithful = {operation.contract["attempts"]}
    if "exact_time" not in target.capabilities:  # S1:99 can be read in two ways
        for values in values_at(target.vendor, operation.name, "/x-operation/attempts").values():
            faithful |= set(values.values())
    return faithful


def _judge_attempts(target: Target, operation: Operation, twice: Task | None, never: Task, *, settled: bool) -> None:
    receiver = target.receiver
    if receiver is None:
        return
    claim = f"{operation.vendor}/{operation.name}#attempts"
    faithful = _counts(target, operation)
    failed = deliveries.attempts_of(_arrived(receiver, operation, never))
    failures = len(failed.tries) + len(failed.after)
    if not failures:
        target.verdicts.judge(
            f"{operation.vendor}/{operation.name}#on/succeeded",
            False,
            expected="a delivery when the task has ended",
            seen=f"nothing arrived for the task with {never.values}",
            call=never.last,
        )
        return
    if not settled and failures < min(faithful):
        target.verdicts.excuse("*#attempts", TOO_SLOW.format(name=operation.name))
        return
    holds, seen = failures in faithful, f"{failures} to a receiver that always fails"
    if twice is not None:
        tries = len(deliveries.attempts_of(_arrived(receiver, operation, twice)).tries)
        holds &= tries in {min(3, one) for one in faithful}
        seen = f"{tries} to a receiver that fails twice, {seen}"
    target.verdicts.judge(claim, holds, expected=f"3, and {sorted(faithful)}", seen=seen, call=never.last)
    note_value(target.vendor, target.verdicts, operation.name, "/x-operation/attempts", failures)
    if failed.gaps and target.verdicts.has(claim.replace("attempts", "spacing_seconds")):
        spacing = operation.contract["spacing_seconds"]
        target.verdicts.judge(
            claim.replace("attempts", "spacing_seconds"),
            deliveries.is_near(failed.gaps, spacing, exact="exact_time" in target.capabilities),
            expected=spacing,
            seen=[round(gap, 1) for gap in failed.gaps],
            call=never.last,
        )


def _judge_body(target: Target, operation: Operation, task: Task, delivery: Delivery) -> None:
    if not isinstance(delivery.json, dict):
        # a body that is no JSON object holds none of the fields
        place = f"{operation.vendor}/{operation.name}#body/required"
        form = delivery.headers.get("content-type", "") or "no content type"
        for name in operation.definition(operation.contract["request"])["required"]:
            if target.verdicts.has(f"{place}/{name}"):
                target.verdicts.judge(
                    f"{place}/{name}", False, expected=name, seen=f"no JSON object, {form}", call=task.last
                )
    for one in judge(operation, operation.contract["request"], delivery.json):
        if target.verdicts.has(one.claim):
            target.verdicts.judge(one.claim, one.holds, expected=one.expected, seen=one.seen, call=task.last)


def _judge_form(target: Target, operation: Operation, create: Operation, task: Task, delivery: Delivery) -> None:
    contract = operation.contract
    place = f"{operation.vendor}/{operation.name}#"
    _judge_body(target, operation, task, delivery)
    for name in contract.get("headers", {}):
        if name == "x-source":
            continue
        claim = f"{place}headers/{name}"
        value = delivery.headers.get(name.lower(), "")
        token = next(iter(target.credentials.values()))
        is_token = contract["headers"][name] == {"$from": "account.token"}
        holds = value == token if is_token else bool(value)
        target.verdicts.judge(
            claim,
            holds,
            expected="the account's token" if is_token else "present",
            seen="as expected" if holds else ("missing" if not value else "another value"),
            call=task.last,
        )
    if "signature" in contract:
        rule = SIGNATURES[contract["signature"]["rule"]]
        value = delivery.headers.get(contract["signature"]["header"].lower(), "")
        fits = rule.fits(value, delivery.body, next(iter(target.credentials.values())))
        target.verdicts.judge(
            f"{place}signature/rule",
            fits,
            expected=rule.short,
            seen="as expected" if fits else "another value",
            call=task.last,
        )
        target.verdicts.judge(
            f"{place}signature/header",
            deliveries.is_digest(value, rule.of(b"", "")),
            expected=f"a signature of {len(rule.of(b'', ''))} hexadecimal digits, or the same in Base64",
            seen=f"{len(value)} characters" if value else "missing",
            call=task.last,
        )
    _judge_truth(target, operation, create, task, delivery)


def _judge_truth(target: Target, operation: Operation, create: Operation, task: Task, delivery: Delivery) -> None:
    """What a delivery says is true: the task it names, the pictures it describes, the link it gives."""
    width, height = target.good_size(create)
    own = target.images.bytes(width, height, "jpg")
    given = picture_of(own)
    truth: dict[str, Any] = {"task.id": task.task_id, "picture.width": width, "picture.height": height,
                             "picture.size": given.size_bytes if given else None,
                             "picture.extension": given.format if given else None, **known_truth(task)}  # fmt: skip
    link = delivered_link(target, operation, delivery)
    if isinstance(link, str) and link.startswith("http"):
        picture = delivered_result(target, operation, link, own)
        truth["result.link"] = "a link to the result"
        if picture is not None and link not in map(str, task.values.values()):
            truth |= {"result.link": link, "result.width": picture.width, "result.height": picture.height,
                      "result.size": picture.size_bytes, "result.extension": picture.format}  # fmt: skip
    elif isinstance(link, str):
        truth["result.link"] = "a link to the result"
    target.judge.meanings(operation, operation.contract["request"], delivery.json, truth, task.last)
    note_options(target.verdicts, operation.name, "succeeded", None, delivery.json)


@suite_test("*#body_failed/*", "*#on*", standing="mock_only", cases=_delivering, requests=12, credits=1)
def test_a_failed_task_is_delivered_as_failed(target: Target, case: Case) -> None:
    """The delivery of a failed task names the task and does not call it a success."""
    operation = target.vendor.operations[case.data]
    create = target.vendor.operations[operation.contract["create"]]
    target.control.force("failed")
    task = target.create(create)
    target.finish(task)
    if task is None or target.receiver is None:
        return
    found = _awaited(target, target.receiver, operation, task)
    place = f"{operation.vendor}/{operation.name}#"
    target.verdicts.judge(
        f"{place}on/failed",
        bool(found),
        expected="a delivery when the task fails",
        seen=len(found),
        call=task.last,
    )
    if "request_failed" in operation.contract and found:
        for one in judge(operation, operation.contract["request_failed"], found[0].json):
            if target.verdicts.has(one.claim):
                target.verdicts.judge(one.claim, one.holds, expected=one.expected, seen=one.seen, call=task.last)
        truth = {**known_truth(task), "task.errorcode": True}
        target.judge.meanings(operation, operation.contract["request_failed"], found[0].json, truth, task.last)


@suite_test(
    "*#on*",
    standing="mock_only",
    cases=lambda v: [c for c in _delivering(v) if deliveries.delete_of(v, c.data)],
    requests=8,
    credits=1,
)
def test_a_deleted_task_is_not_delivered(target: Target, case: Case) -> None:
    """A task that is deleted before its end is never delivered."""
    operation = target.vendor.operations[case.data]
    create = target.vendor.operations[operation.contract["create"]]
    task = target.create(create)
    delete = deliveries.delete_of(target.vendor, case.data)
    if task is None or target.receiver is None or delete is None:
        return
    target.send(delete, {delete.contract["task"]["parameter"]: task.task_id})
    target.clock.sleep(60)
    assert target.receiver.of_task(task.task_id) == []
