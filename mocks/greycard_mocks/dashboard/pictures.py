"""The results of a task as the page shows them: their links, small ones as pictures.

The page has addresses of its own for the pictures, so that looking at it is neither journalled nor struck by faults.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import quote

from greycard_mocks.answers.result_store import GoneError
from greycard_mocks.answers.results import CONTENT_TYPES, recipes_of
from greycard_mocks.answers.values import View
from greycard_mocks.core.plan import is_finished
from greycard_mocks.dashboard.text import length

if TYPE_CHECKING:
    from greycard_mocks.answers.result_store import ResultStore
    from greycard_mocks.core.plan import TaskPlan
    from greycard_mocks.core.world import World

THUMBNAIL_PIXELS = 6_000_000
THUMBNAIL_FORMATS = ("jpg", "png")


@dataclass(frozen=True, slots=True)
class Picture:
    """One result: the path of its link, and of the picture for the page; width and height in pixels."""

    name: str
    url: str
    preview: str
    width: int
    height: int
    shown: bool


def pictures_of(
    results: ResultStore, world: World, plan: TaskPlan, now: float, *, thumbnails: bool
) -> tuple[tuple[Picture, ...], str]:
    """The results of a task, and a word on why there are none."""
    why = why_none(world, plan, now)
    if why is not None:
        return (), why
    view = View(world.runtime, world, plan, now, "", results)
    found = [
        Picture(
            name, view.link(name), f"/_mock/page/{quote(world.id)}/results/{quote(plan.id)}/{name}",
            recipe.width, recipe.height,
            thumbnails and recipe.width * recipe.height <= THUMBNAIL_PIXELS
            and recipe.extension in THUMBNAIL_FORMATS,
        )
        for name, recipe in islice(recipes_of(plan, view.create_contract()["result"]).items(), 12)
    ]  # fmt: skip
    failed = sum(item.failed for item in plan.items)
    return tuple(found), f"{failed} of {len(plan.items)} pictures failed" if failed else ""


def why_none(world: World, plan: TaskPlan, now: float) -> str | None:
    """Why a task has no pictures to show, None when it has; empty while it is under way."""
    runtime, life = world.runtime, world.link_life
    if not is_finished(plan, now):
        return ""
    if runtime.phases[plan.outcome] != "succeeded":
        return plan.reason or str(runtime.states[plan.outcome].get("reason", ""))
    if life is not None and now - plan.finished > life:
        return f"the link lived for {length(life)} and has expired"
    return None


def preview_of(results: ResultStore, world: World, task: str, name: str) -> tuple[bytes, str] | None:
    """(bytes, content type) of one picture that the page shows; None when it shows no such one."""
    plan = world.tasks.get(task)
    if plan is None or why_none(world, plan, world.clock.now()) is not None:
        return None
    recipe = recipes_of(plan, world.runtime.operations[plan.operation].contract["result"]).get(name)
    if recipe is None or recipe.width * recipe.height > THUMBNAIL_PIXELS:
        return None
    try:
        return results.get(recipe), CONTENT_TYPES[recipe.extension]
    except GoneError:
        return None
