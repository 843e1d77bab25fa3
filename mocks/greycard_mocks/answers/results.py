"""What result pictures each task will give: a `Recipe` for each, which is a pure function of the plan."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from greycard_mocks.images.sizes import face_side, shape_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from greycard_mocks.core.plan import Item, TaskPlan
    from greycard_mocks.images.sizes import Shape
    from greycard_mocks.images.store import Source

MASK = "mask"
"""The name of the picture that is the mask of a cut-out."""

CONTENT_TYPES = {"jpg": "image/jpeg", "png": "image/png"}


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
    def shape(self) -> Shape:
        """How the picture is laid out, and the length of its file. Raises CannotEnlarge when it is too large."""
        of_face = self.process == "face"
        return shape_of(self.source.picture, self.width, self.height, self.format, of_face=of_face)

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for recipes that make the same picture."""
        mask = self.mask.digest if self.mask else b""
        return (self.process, self.width, self.height, self.format, self.source.digest, mask, self.number)


def result_format(result: Mapping[str, Any], input_format: str, values: Mapping[str, Any]) -> str:
    """Jpeg or png: as the request says where the vendor asks; else as the data say, by the input's format or fixed."""
    usual = result.get("format", "png" if "format_from" in result else "input")
    asked = (values.get(result["format_from"]) if "format_from" in result else None) or usual
    if asked == "input":
        return "jpeg" if input_format == "jpeg" else "png"
    return "png" if str(asked).lower() == "png" else "jpeg"


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
        return int(result["by_value"].get(str(wanted), 1))
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
    if result.get("process") == "cutout" and "0" in found:
        found[MASK] = replace(found["0"], process="mask", format="png")
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
