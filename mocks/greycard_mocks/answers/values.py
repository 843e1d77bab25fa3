"""What the body templates may ask for: each name as a pure function of task, moment and world."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

import msgspec

from greycard_mocks.answers.result_store import GoneError
from greycard_mocks.answers.results import CONTENT_TYPES, MASK, Recipe, recipes_of
from greycard_mocks.core.paths import RESULTS
from greycard_mocks.core.plan import is_finished, progress_at, queue_at, status_at, wait_at
from greycard_schemas.templates import MISSING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from greycard_mocks.answers.result_store import ResultStore
    from greycard_mocks.core.contract import Runtime
    from greycard_mocks.core.plan import Item, TaskPlan
    from greycard_mocks.core.world import World

FRESH = "~"
"""In the name of a result picture: what follows, up to the ending, only makes the link a new one."""


class View(msgspec.Struct):
    """Looks up names of one task at one moment; `origin` is scheme and host of the links that are given out."""

    runtime: Runtime
    world: World
    plan: TaskPlan
    now: float
    origin: str
    results: ResultStore
    signature: str | None = None
    """The signature of the delivery that is being made."""
    _recipes: Mapping[str, Recipe] | None = None
    state_name: str = ""
    fresh: str = ""
    """What makes the links of this answer differ from those of others, for a vendor that gives new ones each time."""

    def __call__(self, name: str) -> Any:
        """The value of a name, MISSING when it has none yet; raises KeyError for a name that does not exist."""
        return NAMES[name](self)

    def create_contract(self) -> Mapping[str, Any]:
        """The contract of the operation that made the task."""
        return self.runtime.operations[self.plan.operation].contract

    def recipe(self, name: str) -> Recipe | None:
        """How one picture of the task is made."""
        return self.recipes().get(name)

    def recipes(self) -> Mapping[str, Recipe]:
        """How each picture of the task is made, by name; worked out once for all names of one answer."""
        if self._recipes is None:
            self._recipes = recipes_of(self.plan, self.create_contract()["result"])
        return self._recipes

    def link(self, name: str) -> str:
        """The absolute link of one picture of the task."""
        recipe = self.recipe(name)
        return self._address(name, recipe.extension) if recipe is not None else ""

    def item_link(self, index: int) -> str:
        """As `link` for the result of one input picture, whose recipe need not be known for that."""
        items = self.plan.items
        item = items[index] if index < len(items) else None
        if item is None or item.source is None or item.failed:
            return ""
        return self._address(str(index), "jpg" if item.format == "jpeg" else item.format)

    def _address(self, name: str, extension: str) -> str:
        fresh = f"{FRESH}{self.fresh}" if self.fresh else ""
        path = f"{RESULTS}/{self.world.id}/{self.plan.id}/{name}{fresh}.{extension}"
        return f"{self.origin}{path}{self._signature(path)}"

    def _signature(self, path: str) -> str:
        if not self.runtime.link["signed"]:
            return ""
        life = self.world.link_life
        expires = self.stamp(self.plan.finished + life) if life is not None else 9_999_999_999
        # S2:114: the link of the sample carries these three
        return f"?Expires={expires}&OSSAccessKeyId=greycard&Signature={sign(path, expires)}"

    def stamp(self, moment: float) -> int:
        """A moment as the vendor's clock has it, in whole seconds since 1970."""
        return int(moment + self.runtime.manners.skew_seconds)

    def delivered(self) -> Any:
        """What `image` holds: the link, or the picture in Base64."""
        delivers = self.create_contract().get("delivers")
        if delivers and "base64" in delivers and self.plan.values.get(delivers["parameter"]) == delivers["base64"]:
            recipe = self.recipe("0")
            return base64.b64encode(self.made(recipe)).decode() if recipe else ""
        return self.item_link(0)

    def result_fact(self, name: str, fact: str) -> Any:
        """Width, height, size in bytes or extension of one picture of the task."""
        recipe = self.recipe(name)
        if recipe is None:
            return 0 if fact in ("width", "height", "size") else ""
        if fact != "size":
            return getattr(recipe, fact)
        try:
            return self.results.size(recipe)
        except GoneError:
            return 0

    def made(self, recipe: Recipe) -> bytes:
        """The picture as bytes, none when it is too large for this mock."""
        try:
            return self.results.get(recipe)
        except GoneError:  # too large for this mock: its link says why
            return b""

    def result_picture(self) -> tuple[bytes, str]:
        """The result itself, and its content type."""
        recipe = self.recipe("0")
        if recipe is None:
            return b"", "application/octet-stream"
        return self.made(recipe), CONTENT_TYPES[recipe.extension]

    def picture_fact(self, fact: str) -> Any:
        """Width, height, size in bytes or extension of the first input picture."""
        source = self.plan.items[0].source if self.plan.items else None
        if source is None:
            return 0 if fact in ("width", "height", "size") else ""
        if fact == "extension":
            from greycard_mocks.images.inspect import extension

            return extension(source.picture.format)
        return source.picture.size_bytes if fact == "size" else getattr(source.picture, fact)

    def items(self) -> list[Callable[[str], Any]]:
        """One view for each picture of a batch."""
        return [_ItemView(self, index, item) for index, item in enumerate(self.plan.items)]

    def faces(self) -> list[Callable[[str], Any]]:
        """One view for each face, or for each output picture of colourising."""
        names = self.recipes()
        if "face-output" in names:
            return [_FaceView(self, "face-input", "face-output")]
        return [_FaceView(self, None, name) for name in names if name.startswith("output-")]

    def state(self) -> Mapping[str, Any]:
        """The data of the state at this moment."""
        found: Mapping[str, Any] = self.runtime.states[self._state()]
        return found

    def _state(self) -> str:
        if not self.state_name:
            self.state_name = status_at(self.plan, self.now, self.runtime.relapse)
        return self.state_name

    def progress(self) -> int:
        """0 to 99 while running, 100 after success, 0 after failure."""
        phase = self.runtime.phases[self._state()]
        return progress_at(self.plan, self.now) if phase == "running" else 100 if phase == "succeeded" else 0

    def price(self) -> Any:
        """What the task costs, by the vendor's price list."""
        price = self.create_contract()["price"]
        if "fixed" in price:
            return price["fixed"]
        return price["by_value"].get(str(self.plan.values.get(price["parameter"])), 0)


class _ItemView(msgspec.Struct):
    view: View
    index: int
    item: Item

    def __call__(self, name: str) -> Any:
        plan, runtime = self.view.plan, self.view.runtime
        states = runtime.lifecycle["item_states"]
        ended = runtime.phases[plan.outcome]
        failed = self.item.failed or ended != "succeeded"
        if name == "item.result":
            return "" if failed else self.view.item_link(self.index)
        if name == "item.status":
            return runtime.states[states["failed" if failed else "succeeded"]]["value"]
        if name == "item.reason":
            return (self.item.reason or plan.reason or str(self.view.state().get("reason", ""))) if failed else ""
        raise KeyError(name)


class _FaceView(msgspec.Struct):
    view: View
    source: str | None
    output: str

    def __call__(self, name: str) -> Any:
        fact = name.removeprefix("item.")
        if not fact.startswith("input_"):
            return self.view.link(self.output) if fact == "link" else self.view.result_fact(self.output, fact)
        fact = fact.removeprefix("input_")
        if self.source is None:
            return self.view.plan.items[0].link if fact == "link" else self.view.picture_fact(fact)
        return self.view.link(self.source) if fact == "link" else self.view.result_fact(self.source, fact)


class _Names(dict[str, "Callable[[View], Any]"]):
    """By its name, how to look up each value of a View; a field of the request is added when it is first asked for."""

    def __missing__(self, name: str) -> Callable[[View], Any]:
        group, _, field = name.partition(".")
        if group != "request":
            raise KeyError(name)

        def sent(view: View) -> Any:
            value = view.plan.values.get(field)
            return MISSING if value is None else value

        return self.setdefault(name, sent)


NAMES: Mapping[str, Callable[[View], Any]] = _Names({
    "account.token": lambda v: v.world.credential,
    "task.id": lambda v: v.plan.id,
    "task.status": lambda v: v.state()["value"],
    "task.reason": lambda v: v.plan.reason or v.state().get("reason", ""),
    "task.errorcode": lambda v: v.state().get("errorcode", 0),
    "task.progress": View.progress,
    "task.created": lambda v: v.stamp(v.plan.created),
    "task.completed": lambda v: v.stamp(v.plan.finished) if is_finished(v.plan, v.now) else MISSING,
    "task.elapsed_ms": lambda v: round(1000 * v.plan.timeline[-1][0], 3),
    "task.queue": lambda v: queue_at(v.plan, v.now),
    "task.wait": lambda v: wait_at(v.plan, v.now),
    "task.price": View.price,
    "task.items": View.items,
    "task.faces": View.faces,
    "task.faces_count": lambda v: len(v.faces()),
    "result.link": lambda v: v.item_link(0),
    "result.delivered": View.delivered,
    "result.mask": lambda v: v.link(MASK),
    "result.width": lambda v: v.result_fact("0", "width"),
    "result.height": lambda v: v.result_fact("0", "height"),
    "result.size": lambda v: v.result_fact("0", "size"),
    "result.extension": lambda v: v.result_fact("0", "extension"),
    "delivery.signature": lambda v: MISSING if v.signature is None else v.signature,
    # what folders of contract data called it before; the lint tells its name of today
    "delivery.md5": lambda v: MISSING if v.signature is None else v.signature,
    "picture.link": lambda v: v.plan.items[0].link,
    "picture.width": lambda v: v.picture_fact("width"),
    "picture.height": lambda v: v.picture_fact("height"),
    "picture.size": lambda v: v.picture_fact("size"),
    "picture.extension": lambda v: v.picture_fact("extension"),
})  # fmt: skip
"""What fills a body template, whose names these are."""


def fresh_name(*parts: object) -> str:
    """A text for `View.fresh` that follows from `parts`."""
    return hashlib.blake2b("/".join(map(str, parts)).encode(), digest_size=6).hexdigest()


def sign(path: str, expires: int) -> str:
    """The signature of a result link; guards nothing but the link's own end of life."""
    return hashlib.blake2b(f"{path}?{expires}".encode(), key=b"greycard", digest_size=14).hexdigest()
