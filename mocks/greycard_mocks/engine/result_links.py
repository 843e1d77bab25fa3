"""Serves result pictures under their links.

Real pictures, while the link lives, after the task has succeeded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from greycard_mocks.answers.results import CONTENT_TYPES, GoneError, recipes_of
from greycard_mocks.answers.values import RESULTS_PATH, sign
from greycard_mocks.core.exchange import Answer, Refusal
from greycard_mocks.core.plan import GRAIN, is_finished

if TYPE_CHECKING:
    from greycard_mocks.engine.engine import Engine


def result_answer(engine: Engine, world_id: str, task_id: str, name: str, query: str) -> Answer:
    """The picture behind a result link, or why it is not given."""
    world = engine.world_by_id(world_id)
    plan = world.tasks.get(task_id) if world else None
    if world is None or plan is None:
        return _plain(404, "no such task; it may have been deleted or forgotten to make room")
    runtime, now = world.runtime, world.clock.now()
    if not is_finished(plan, now):
        return _plain(404, "the task has not finished")
    stem, _, ending = name.partition(".")
    contract = runtime.operations[plan.operation].contract
    recipe = recipes_of(plan, contract["result"]).get(stem)
    if recipe is None or recipe.extension != ending or runtime.phase(plan.outcome) != "succeeded":
        return _plain(404, "the task has no such picture")
    life = world.link_life
    if life is not None and now - plan.finished > life + GRAIN:
        detail = f"the link lived for {life:g} s"
        answer = _plain(runtime.link["expired_http"], detail)
        answer.reason = engine.reason_of(runtime, Refusal("", detail, f"{runtime.name}#link/life_seconds"))
        return answer
    if runtime.link["signed"] and not _signed(f"{RESULTS_PATH}/{world_id}/{task_id}/{name}", query):
        return _plain(403, "the signature of the link does not fit; use the link as it was given, with every '&'")
    try:
        return Answer(200, engine.results.get(recipe), CONTENT_TYPES[recipe.extension],
                      [("X-Content-Type-Options", "nosniff")])  # fmt: skip
    except GoneError as error:
        return _plain(404, str(error))


def _signed(path: str, query: str) -> bool:
    given = parse_qs(query)
    expires = given.get("Expires", [""])[0]
    return expires.isdigit() and len(expires) < 16 and given.get("Signature", [""])[0] == sign(path, int(expires))


def _plain(status: int, detail: str) -> Answer:
    return Answer(status, (detail + "\n").encode(), "text/plain; charset=utf-8", reason=detail)
