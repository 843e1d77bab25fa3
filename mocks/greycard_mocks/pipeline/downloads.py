"""The download of a result: the picture behind a link, while the link lives, after the task has succeeded.

Its steps are fewer than those of a request to a vendor: a link needs no credential.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from greycard_mocks.answers.result_store import GoneError
from greycard_mocks.answers.results import CONTENT_TYPES, recipes_of
from greycard_mocks.answers.values import FRESH, sign
from greycard_mocks.clock import GRAIN
from greycard_mocks.core.answer import Answer, Refusal
from greycard_mocks.core.exchange import Exchange
from greycard_mocks.core.journal import request_facts
from greycard_mocks.core.journal.answered import readable_answer
from greycard_mocks.core.paths import RESULTS
from greycard_mocks.core.plan import is_finished
from greycard_mocks.core.world import RESULT
from greycard_mocks.pipeline.refusals import reason_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from greycard_mocks.core.answer import Request
    from greycard_mocks.pipeline.services import Services

NO_TASK = "no such task; it may have been deleted or forgotten to make room"


def result_named(services: Services, request: Request, parameters: Mapping[str, str]) -> Exchange | None:
    """The exchange of a download, in the world that the link names; None when there is no such world."""
    world = services.worlds.by_id(parameters["world"])
    if world is None:
        return None
    task = world.tasks.get(parameters["task"])
    rules = world.runtime.rules[task.operation if task else world.runtime.vendor.of_kind("create")[0].name]
    return Exchange(
        request, world.runtime, rules, RESULT, parameters, now=world.clock.now(), world=world, task=task
    )  # fmt: skip


def of_no_world(services: Services, request: Request) -> Answer:
    """The answer to a link into a world that is not there (any more)."""
    answer = _refused(404, NO_TASK)
    facts = {"vendor": None, "operation": RESULT, **request_facts(request), "status": 404, "reason": NO_TASK,
             "answer": readable_answer(answer.body, answer.content_type, answer.headers)}  # fmt: skip
    answer.entry = services.worlds.record_unmatched(services.clock.now(), facts, "download")
    return answer


def picture_of(services: Services, exchange: Exchange) -> Answer:
    """The picture behind a result link, or why it is not given."""
    world, plan, runtime, now = exchange.world, exchange.task, exchange.runtime, exchange.now
    if world is None or plan is None:
        return _refused(404, NO_TASK)
    if not is_finished(plan, now):
        return _refused(404, "the task has not finished")
    name = exchange.parameters["name"]
    stem, _, ending = name.partition(".")
    recipe = recipes_of(plan, exchange.rules.contract["result"]).get(stem.partition(FRESH)[0])
    if recipe is None or recipe.extension != ending or runtime.phases[plan.outcome] != "succeeded":
        return _refused(404, "the task has no such picture")
    life = world.link_life
    if life is not None and now - plan.finished > life + GRAIN:
        exchange.refusal = Refusal("", f"the link lived for {life:g} s", f"{runtime.name}#link/life_seconds")
        answer = _refused(runtime.link["expired_http"], exchange.refusal.detail)
        answer.reason = reason_of(runtime, exchange.refusal)
        return answer
    path = f"{RESULTS}/{world.id}/{plan.id}/{name}"
    if runtime.link["signed"] and not _is_signed(path, exchange.request.query):
        return _refused(403, "the signature of the link does not fit; use the link as it was given, with every '&'")
    try:
        picture = services.results.open(recipe)
    except GoneError as error:
        return _refused(404, str(error))
    answer = Answer(200, b"", CONTENT_TYPES[recipe.extension], file=picture, sha256=services.results.digest(recipe))
    if exchange.fault is not None or isinstance(picture, BytesIO):
        answer.load()  # what a fault does is done to bytes, and a small picture is in memory as it is
    return answer


def _is_signed(path: str, query: str) -> bool:
    given = parse_qs(query)
    expires = given.get("Expires", [""])[0]
    return expires.isdigit() and len(expires) < 16 and given.get("Signature", [""])[0] == sign(path, int(expires))


def _refused(status: int, detail: str) -> Answer:
    return Answer(status, (detail + "\n").encode(), "text/plain; charset=utf-8", reason=detail)
