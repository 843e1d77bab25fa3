"""Puts the plain picture of a request into the form in which a vendor accepts it. Sends nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greycard_suite.judge.picture_samples import good_size

if TYPE_CHECKING:
    from collections.abc import Mapping

    from greycard_schemas.loader import Operation
    from greycard_suite.judge.accepted_form import Form
    from greycard_suite.targets.images import Images

    Files = Mapping[str, tuple[str, bytes]]


def as_accepted(
    form: Form, operation: Operation, images: Images, values: Any, files: Files | None
) -> tuple[Any, Files | None]:
    """Values and files of a request whose plain picture is the one that is accepted, given in the accepted way."""
    pictures = operation.contract.get("pictures", {})
    if form.is_plain or not isinstance(values, dict) or not pictures:
        return values, files
    plain = (*good_size(operation), "jpg")
    shape = form.picture or plain
    if images.base:
        values = _in_place_of(values, images.link(*plain), images.link(*shape))
    if not files or pictures.get("file") not in files:
        return values, files
    name, content = files[pictures["file"]]
    if content == images.bytes(*plain):
        name, content = f"picture.{shape[2]}", images.bytes(*shape)
    if form.by_link and (link := images.link_to(content)):
        return {**values, pictures["link"]: link}, None
    return values, {pictures["file"]: (name, content)}


def _in_place_of(value: Any, old: str, new: str) -> Any:
    """A JSON value with the text `new` wherever it has `old`."""
    if isinstance(value, dict):
        return {name: _in_place_of(child, old, new) for name, child in value.items()}
    if isinstance(value, list):
        return [_in_place_of(child, old, new) for child in value]
    return new if value == old else value
