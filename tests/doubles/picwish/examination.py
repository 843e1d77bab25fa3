"""Getting the picture of a task and deciding how the task will end."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin

from doubles.picwish import pictures
from doubles.picwish.forms import RefusalError, size_limit

if TYPE_CHECKING:
    from collections.abc import Callable

    from doubles.double import Outside
    from doubles.picwish.tasks import Task

TIMED_OUT, INVALID, LINK_TOO_LARGE, LINK_BROKEN, NOT_STORED, FAILED, DONE = -8, -7, -5, -3, -2, -1, 1

_OTHER_STATES = {
    "invalid_told_as_failed": (INVALID, FAILED),
    "broken_link_told_as_failed": (LINK_BROKEN, FAILED),
    "broken_link_told_as_invalid": (LINK_BROKEN, INVALID),
    "large_link_told_as_broken": (LINK_TOO_LARGE, LINK_BROKEN),
    "large_link_told_as_invalid": (LINK_TOO_LARGE, INVALID),
}
_REFUSED_FORMATS = {
    "jpeg_refused": "jpeg",
    "png_refused": "png",
    "bmp_refused": "bmp",
    "webp_refused": "webp",
    "tiff_refused": "tiff",
}
_SIDES = {"sides_limit_4095": 4095, "sides_limit_2048": 2048, "sides_limit_8192": 8192}


def examine(task: Task, outside: Outside, has: Callable[[str], bool]) -> None:
    """Fill in how the task will end, its picture and its factor; raises RefusalError where a trait refuses at once."""
    task.ending = _ending(task, outside, has)
    for trait, (before, after) in _OTHER_STATES.items():
        if has(trait) and task.ending == before:
            task.ending = after
            break
    if task.ending == DONE:
        if has("engine_down") or (has("face_only_fails") and task.order.face_only):
            task.ending = FAILED
        elif has("storage_down") and task.order.return_type == 1:
            task.ending = NOT_STORED
    elif has("invalid_told_as_done") and task.ending == INVALID and not task.width:
        task.ending = DONE
    if task.ending != DONE:
        task.content = b""
    task.plan(has)


def _ending(task: Task, outside: Outside, has: Callable[[str], bool]) -> int:
    order = task.order
    if order.content is None:
        content = fetch(order.url, outside, has)
        if content is None:
            return LINK_BROKEN
    else:
        content = order.content
    task.content = content
    if len(content) > size_limit(has, linked=order.content is None):
        return LINK_TOO_LARGE
    picture = pictures.read(content)
    if picture is None:
        return INVALID
    return _judge(task, picture, has)


def _judge(task: Task, picture: pictures.Picture, has: Callable[[str], bool]) -> int:
    asked = task.order.factor
    refused = {name for trait, name in _REFUSED_FORMATS.items() if has(trait)}
    if picture.format == "gif" and not has("gif_accepted"):
        if has("format_refused_at_once"):
            raise RefusalError(400, "this format is not supported")
        return INVALID
    if picture.format in refused:
        return INVALID
    if picture.long_side > next((limit for trait, limit in _SIDES.items() if has(trait)), 4096):
        if has("sides_refused_at_once"):
            raise RefusalError(400, "the picture has too many pixels")
        return FAILED if has("sides_fail_plainly") else INVALID
    if picture.long_side < 10 and not has("tiny_accepted"):
        if has("tiny_refused_at_once"):
            raise RefusalError(400, "the picture is too small")
        return INVALID
    if picture.long_side == 10 and has("ten_pixels_fail" if asked is None else "forced_ten_pixels_fail"):
        return INVALID
    if asked is not None and not pictures.reaches(picture.long_side, asked, has):
        if has("forced_too_large_refused"):
            raise RefusalError(400, "the factor is too large for this picture")
        if has("forced_too_large_fails"):
            return FAILED
    task.source_format, task.width, task.height = picture.format, picture.width, picture.height
    task.factor = 1 if picture.long_side < 10 else pictures.factor_of(picture.long_side, asked, has)
    return DONE


def fetch(url: str, outside: Outside, has: Callable[[str], bool]) -> bytes | None:
    """What is behind a link, over three redirects at most; None when it cannot be had."""
    for _ in range(1 if has("redirects_not_followed") else 4):
        if not url.lower().startswith(("http://", "https://")):
            return None
        answer = outside.fetch(url)
        if answer.status == 200:
            return answer.body
        if answer.status not in (301, 302, 303, 307, 308):
            return None
        named = {name.lower(): text for name, text in answer.headers.items()}
        url = urljoin(url, named.get("location", "none:"))
    return None


def render(task: Task, name: str, has: Callable[[str], bool]) -> bytes:
    """The finished picture of a task as a file; made once."""
    if task.result is None:
        if not task.width:
            task.result = task.content
        else:
            order = task.order
            image = pictures.enlarge(task.content, task.factor, order.kind, face_only=order.face_only, has=has)
            task.result = pictures.encode(image, name)
    return task.result


def result_format(task: Task, has: Callable[[str], bool]) -> str:
    """The format of the finished picture: JPEG for JPEG, PNG for everything else."""
    for trait, name in (("result_png", "png"), ("result_jpeg", "jpeg"), ("result_webp", "webp")):
        if has(trait):
            return name
    if has("result_like_input"):
        return "png" if task.source_format == "gif" else task.source_format
    if task.order.format in ("png", "jpeg", "webp"):
        return task.order.format
    return "jpeg" if task.source_format == "jpeg" else "png"
