"""Result pictures: what each task will give, and the pictures themselves, made once when somebody asks.

A `Recipe` is a pure function of the plan; making it costs time and memory only when the picture (or a fact of
its bytes) is first wanted.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from greycard_mocks.core.plan import Item, TaskPlan
    from greycard_mocks.images.store import Source, SourceStore

KEPT_BYTES = 64 << 20
"""How many bytes of finished pictures are kept."""

CONTENT_TYPES = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "bmp": "image/bmp",
    "tiff": "image/tiff",
}


MAKING_AT_ONCE = 2
"""How many pictures are made at the same time; the largest takes over a gigabyte while it is made."""


class GoneError(LookupError):
    """The result cannot be made: it is too large for this mock. The message says so."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to make one result picture (sizes in pixels)."""

    process: str
    width: int
    height: int
    format: str
    source: Source
    mask: Source | None = None
    number: int = 0

    @property
    def extension(self) -> str:
        """jpg, png, ..."""
        return "jpg" if self.format == "jpeg" else self.format

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for recipes that make the same picture."""
        mask = self.mask.digest if self.mask else ""
        return (self.process, self.width, self.height, self.format, self.source.digest, mask, self.number)


def result_format(result: Mapping[str, Any], input_format: str, values: Mapping[str, Any]) -> str:
    """Jpeg or png: as the request says where the vendor asks; otherwise JPEG stays JPEG, all else becomes PNG."""
    if "format_from" in result:
        return "png" if str(values.get(result["format_from"], "png")).lower() == "png" else "jpeg"
    return "jpeg" if input_format == "jpeg" else "png"


def scaled(width: int, height: int, result: Mapping[str, Any], values: Mapping[str, Any]) -> tuple[int, int]:
    """Width and height of the result in pixels, by the vendor's scale rule."""
    factor = factor_for(max(width, height), result, values)
    return width * factor, height * factor


def factor_for(long_side: int, result: Mapping[str, Any], values: Mapping[str, Any]) -> int:
    """How many times each side grows."""
    if "fixed" in result:
        return int(result["fixed"])
    wanted = values.get(result["parameter"])
    if "by_value" in result:
        return int(result["by_value"].get(wanted, 1))
    if wanted is None:
        for rule in result["automatic"]:
            if rule["over"] < long_side <= rule["up_to"]:
                return int(rule["factor"])
    for rule in result["forced"]:
        if rule["factor"] == wanted and rule["from"] <= long_side <= rule["up_to"]:
            return int(rule["factor"])
    return int(result["otherwise"])


def recipes_of(plan: TaskPlan, result: Mapping[str, Any]) -> dict[str, Recipe]:
    """Every picture of a task by its file name without ending, results of items first (``0``, ``1``, ...)."""
    found: dict[str, Recipe] = {}
    for index, item in enumerate(plan.items):
        if item.source is not None and not item.failed:
            process = str(result.get("process", "enlarge"))
            found[str(index)] = Recipe(process, item.width, item.height, item.format, item.source, plan.mask)
    if "faces" in result and "0" in found:
        found.update(_faces(plan.items[0], plan.values, result["faces"]))
    return found


def _faces(item: Item, values: Mapping[str, Any], faces: Mapping[str, Any]) -> dict[str, Recipe]:
    source = item.source
    if source is None:
        return {}
    if values.get(faces["parameter"]) == faces["outputs_when"]:
        return {
            f"output-{number}": Recipe("tint", item.width, item.height, item.format, source, number=number)
            for number in range(1, int(faces["outputs"]) + 1)
        }
    side = face_side(source.picture.width, source.picture.height)
    factor = max(1, item.width // max(1, source.picture.width))
    return {
        "face-input": Recipe("face", side, side, item.format, source),
        "face-output": Recipe("face", side * factor, side * factor, item.format, source, number=1),
    }


def face_side(width: int, height: int) -> int:
    """The side in pixels of the square that stands for the one face: half the short side."""
    return max(1, min(width, height) // 2)


class ResultStore:
    """Makes result pictures, each once, and keeps the last ones."""

    def __init__(self, sources: SourceStore) -> None:
        self._sources = sources
        self._made: OrderedDict[tuple[object, ...], bytes] = OrderedDict()
        self._total = 0
        self._lock = threading.Lock()
        self._making: dict[tuple[object, ...], threading.Lock] = {}
        self._slots = threading.BoundedSemaphore(MAKING_AT_ONCE)

    def get(self, recipe: Recipe) -> bytes:
        """The picture as bytes; raises GoneError when it cannot be made."""
        key = recipe.key
        with self._lock:
            made = self._made.get(key)
            if made is not None:
                self._made.move_to_end(key)
                return made
            gate = self._making.setdefault(key, threading.Lock())
        with gate:
            with self._lock:
                made = self._made.get(key)
            if made is None:
                try:
                    with self._slots:
                        made = self._make(recipe)
                    self._keep(key, made)
                finally:
                    with self._lock:
                        self._making.pop(key, None)
        return made

    def _keep(self, key: tuple[object, ...], made: bytes) -> None:
        with self._lock:
            if key not in self._made:
                self._made[key] = made
                self._total += len(made)
            while self._total > KEPT_BYTES and len(self._made) > 1:
                self._total -= len(self._made.popitem(last=False)[1])

    def _make(self, recipe: Recipe) -> bytes:
        from greycard_mocks.images import transform

        stream = self._sources.open(recipe.source.digest)
        if stream is None:
            # the input has been forgotten to make room for newer ones; the task still has its result
            return _substitute(recipe)
        size: dict[str, Any] = {"width": recipe.width, "height": recipe.height, "format": recipe.format}
        try:
            with stream:
                if recipe.process == "erase" and recipe.mask is not None:
                    mask = self._sources.open(recipe.mask.digest)
                    if mask is not None:
                        with mask:
                            return transform.erase(stream, mask, **size)
                if recipe.process == "tint":
                    return transform.tint(stream, count=recipe.number, **size)[-1]
                if recipe.process == "face":
                    face = transform.crop_face(stream, format=recipe.format)
                    return face if recipe.number == 0 else transform.enlarge(face, **size)
                return transform.enlarge(stream, **size)
        except transform.CannotEnlarge:
            # whole in structure, but its pixels cannot be decoded: a vendor would still deliver something
            return _substitute(recipe)


def _substitute(recipe: Recipe) -> bytes:
    """A test card of the promised size and format."""
    from greycard_mocks.images.testcards import card

    try:
        return card(recipe.width, recipe.height, recipe.format)
    except ValueError as error:
        msg = f"a result of {recipe.width}x{recipe.height} pixels is not made here: {error}"
        raise GoneError(msg) from None
