"""What a run saw of a vendor, from its calls and deliveries alone: which operation was carried to its end, which not.

Knows no verdict: a run that saw nothing go wrong may still not have seen a task end well. Nothing here sends.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from greycard_schemas.templates import places_of
from greycard_suite.call import picture_of
from greycard_suite.judge import read_answer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from greycard_schemas.loader import Operation, Vendor
    from greycard_suite.call import Call, Delivery


@dataclass
class Seen:
    """Facts of one run at one vendor, by the names of operations.

    `tasks` are the ids that creates told, `phases` how often an answer to a read showed each phase, `results` what
    finished tasks gave, `links` whether a download of each result link gave a picture, `refused` the codes of refusals.
    """

    vendor: Vendor
    sent: Counter[str] = field(default_factory=Counter)
    tasks: dict[str, set[str]] = field(default_factory=dict)
    phases: dict[str, Counter[str]] = field(default_factory=dict)
    states: Counter[str] = field(default_factory=Counter)
    answered: Counter[str] = field(default_factory=Counter)
    results: dict[str, set[str]] = field(default_factory=dict)
    inline: set[str] = field(default_factory=set)
    links: dict[str, bool] = field(default_factory=dict)
    delivered: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    last: dict[str, Call] = field(default_factory=dict)


def seen_in(vendor: Vendor, calls: Iterable[Call], deliveries: Iterable[Delivery]) -> Seen:
    """The facts that these calls and deliveries show."""
    seen = Seen(vendor)
    for call in calls:
        operation = vendor.operations.get(call.operation)
        if call.operation == "result":
            good = call.status == 200 and picture_of(call.body) is not None
            seen.links[call.url] = seen.links.get(call.url, False) or good
        elif operation is not None:
            _add(seen, operation, call)
    for delivery in deliveries:
        for operation in vendor.of_kind("delivery"):
            _add_delivery(seen, operation, delivery)
    return seen


def _add(seen: Seen, operation: Operation, call: Call) -> None:
    vendor, name = seen.vendor, operation.name
    seen.sent[name] += 1
    seen.last[name] = call
    answer = read_answer.answer_to(operation, call)
    if answer == "refused":
        seen.codes[str(read_answer.code_of(vendor, call))] += 1
    if answer != "accepted":
        return
    seen.answered[name] += 1
    if operation.kind == "create":
        if (task := read_answer.task_id_of(operation, call)) is not None:
            seen.tasks.setdefault(name, set()).add(task)
        if picture_of(call.body) is not None:
            seen.inline.add(name)
        if operation.contract.get("sync") and call.is_json:
            _add_state(seen, operation, vendor.operations[operation.contract["read"]], call)
    elif operation.kind == "read":
        _add_state(seen, vendor.operations[operation.contract["create"]], operation, call)


def _add_state(seen: Seen, create: Operation, read: Operation, call: Call) -> None:
    state = read_answer.state_of(seen.vendor, read_answer.status_of(seen.vendor, call))
    phase = read_answer.phase_seen(seen.vendor, read, call)
    if state is not None:
        seen.states[state] += 1
    if phase is None:
        return
    seen.phases.setdefault(create.name, Counter())[phase] += 1
    if phase == "succeeded":
        seen.results.setdefault(create.name, set()).update(read_answer.result_links(read, call))
        body = read.contract["responses"]["succeeded"]["body"]
        inline = read_answer.value_of(body, call.json, "result.delivered")
        if isinstance(inline, str) and inline and not inline.startswith("http"):
            seen.inline.add(create.name)


def _add_delivery(seen: Seen, operation: Operation, delivery: Delivery) -> None:
    create = str(operation.contract["create"])
    ids = seen.tasks.get(create, set())
    if not any(task.encode() in delivery.body for task in ids):
        return
    seen.delivered[operation.name] += 1
    template = _delivered_body(seen.vendor, operation)
    link = read_answer.value_of(template, delivery.json, "result.link")
    if isinstance(link, str) and link.startswith("http"):
        seen.results.setdefault(create, set()).add(link)


def _delivered_body(vendor: Vendor, operation: Operation) -> Any:
    contract = operation.contract
    if "body_of" in contract:
        return vendor.operations[contract["body_of"]].contract["responses"]["succeeded"]["body"]
    return contract["bodies"]["succeeded"]


def unreached(seen: Seen, because: Mapping[str, str]) -> Iterator[str]:
    """A sentence per documented operation that was not carried to its success; `because` says why, by operation."""
    for operation in seen.vendor.operations.values():
        if operation.kind != "delivery" and (why := _why_not(seen, operation)):
            reason = because.get(operation.name, "")
            yield f"{operation.name}: {why}{', because ' + reason if reason else ''}"


def _why_not(seen: Seen, operation: Operation) -> str:
    name = operation.name
    if operation.kind != "create":
        verb = "was sent" if not seen.sent[name] else "succeeded"
        return "" if seen.answered[name] else f"no request {verb}"
    if not seen.sent[name]:
        return "no request was sent"
    phases = seen.phases.get(name, Counter())
    if not seen.tasks.get(name) and name not in seen.inline:
        return "no task was created"
    if not phases["succeeded"] and name not in seen.inline:
        told = (
            "it was last seen running"
            if phases["running"]
            else "it failed"
            if phases["failed"]
            else "no state was read"
        )
        return f"no task ended well ({told})"
    links = seen.results.get(name, set())
    if name in seen.inline or any(seen.links.get(link, True) for link in links):
        return ""
    if links:
        return "no result could be downloaded from the link that was given"
    if _result_is_delivered_only(seen.vendor, operation):
        return "the result comes by delivery only, and no delivery arrived"
    return "a task ended well and gave no result"


def _result_is_delivered_only(vendor: Vendor, operation: Operation) -> bool:
    """Whether the document gives the result to a receiver and not to a reader."""
    body = vendor.operations[operation.contract["read"]].contract["responses"]["succeeded"]["body"]
    return not any(places_of(body, ("result.link", "result.delivered", "item.result", "item.link")))
