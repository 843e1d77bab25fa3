"""How each vendor's client brings a picture from its source to its result: create, wait, and how to save it.

One function per vendor; each yields its pictures one by one and raises what went wrong for all that it has
not yielded. May not print, and knows no command line.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from greycard_client import BatchItem, Clock, Enhancor, MagicTiger, PicWish, Wondershare
    from greycard_suite.enhance.local_links import LocalLinks

BATCH = 20
"""Pictures in one task of Wondershare's (S0:18)."""

PICWISH_RATE = 2
"""Requests a second (S2:64)."""

COLORIZE = 8
"""Magic Tiger's type whose result is several pictures; its number is assumed."""

WEBHOOK_SECONDS = 15.0
"""How long after completion a webhook is awaited; the mock's last try comes 7 s after its first."""

UPLOADS = frozenset({"picwish"})
"""Vendors that take files; all others fetch links."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: `given` as the user wrote it, `source` a path or a link, `stem` of the result's name."""

    given: str
    source: Path | str
    stem: str


@dataclass(frozen=True, slots=True)
class Choices:
    """What the user asked for; None leaves it to the client or the vendor. `timeout` and `deadline` are in seconds."""

    vendor: str
    keys: Mapping[str, str]
    base_url: str | None = None
    type: str | None = None
    scale_factor: int | None = None
    mode: str | None = None
    feature: str | None = None
    mask: str | None = None
    file_ext: str | None = None
    priority: int | None = None
    webhook_url: str | None = None
    timeout: float | None = None
    deadline: float | None = None

    @property
    def patience(self) -> float:
        """The longest wait for one task, in seconds; by default that of the vendor's client."""
        if self.timeout is not None:
            return self.timeout
        return 60.0 if self.vendor == "picwish" else 600.0


@dataclass(frozen=True, slots=True)
class Step:
    """One picture whose task is over: `save` writes its result; without it `reason` says why.

    `further` write the other results of a task that has several.
    """

    picture: Picture
    save: Callable[[Path], object] | None = None
    reason: str = ""
    further: tuple[Callable[[Path], object], ...] = ()


@dataclass(frozen=True, slots=True)
class Desk:
    """What one thread works with; clients are not shared between threads."""

    choices: Choices
    client: Any
    clock: Clock
    links: LocalLinks

    def link(self, picture: Picture) -> str:
        """Where a vendor can fetch the picture."""
        source = picture.source
        return self.links.link(source) if isinstance(source, Path) else source


def make_client(choices: Choices, clock: Clock, **options: Any) -> Any:
    """The client of the choices's vendor; ValueError for a base URL or key that cannot be used."""
    import greycard_client

    kind = {
        "picwish": greycard_client.PicWish,
        "wondershare": greycard_client.Wondershare,
        "magictiger": greycard_client.MagicTiger,
        "enhancor": greycard_client.Enhancor,
    }[choices.vendor]
    if choices.base_url is not None:
        options["base_url"] = choices.base_url
    if choices.deadline is not None:
        options["deadline"] = choices.deadline
    if choices.vendor == "picwish":
        # a synchronous create is one long answer, so the time-out holds for reading it
        options["timeout"] = (5.0, min(40.0, choices.patience))
    return kind(**choices.keys, clock=clock, **options)


def steps(desk: Desk, pictures: Sequence[Picture]) -> Iterator[Step]:
    """Work on some pictures together; GreycardError, ValueError and OSError are for those not yielded yet."""
    return FLOWS[desk.choices.vendor](desk, pictures)


def batches(vendor: str, pictures: Sequence[Picture]) -> list[Sequence[Picture]]:
    """The pictures as they are sent: in batches where the vendor has them, otherwise one by one."""
    size = BATCH if vendor == "wondershare" else 1
    return [pictures[start : start + size] for start in range(0, len(pictures), size)]


def _picwish(desk: Desk, pictures: Sequence[Picture]) -> Iterator[Step]:
    client: PicWish = desk.client
    choices = desk.choices
    for picture in pictures:
        # S2:26: synchronous is what every account has; it also is one request where polling is many (S2:64)
        task = client.create(picture.source, type=choices.type or "clean", scale_factor=choices.scale_factor, sync=1)
        done = client.wait(task, timeout=choices.patience)
        yield Step(picture, partial(client.save, done, any_body=True))


def _magictiger(desk: Desk, pictures: Sequence[Picture]) -> Iterator[Step]:
    client: MagicTiger = desk.client
    for picture in pictures:
        task = client.create(desk.link(picture), int(desk.choices.type or 1))
        done = client.wait(task, timeout=desk.choices.patience)
        # S1:57, S1:72: of the colorizing type the list holds the output pictures, of all others the faces
        outputs = done.facelist if done.type == COLORIZE else ()
        further = [one for one in outputs if one.outputurl and one.outputurl != done.outputurl]
        yield Step(
            picture,
            partial(client.save, done, any_body=True),
            further=tuple(partial(client.save, one, any_body=True) for one in further),
        )


def _enhancor(desk: Desk, pictures: Sequence[Picture]) -> Iterator[Step]:
    client: Enhancor = desk.client
    choices = desk.choices
    for picture in pictures:
        address = choices.webhook_url or desk.links.webhook_url
        request = client.queue(desk.link(picture), address, choices.mode or "fast")
        done = client.wait(request, timeout=choices.patience)
        # S4:83-87 shows no result in the status answer; the webhook has it (S4:104-112)
        link = done.result
        if link is None and choices.webhook_url is None:
            link = _result_of_webhook(desk, request.request_id)
        if link is not None:
            yield Step(picture, partial(client.save, link, any_body=True))
        elif choices.webhook_url is None:
            why = f"request {request.request_id} is completed, but no webhook with its result came"
            yield Step(picture, reason=f"{why} within {WEBHOOK_SECONDS:g} s")
        else:
            why = f"request {request.request_id} is completed, but its status answer holds no result"
            yield Step(picture, reason=f"{why}: see what came to {choices.webhook_url}")


def _result_of_webhook(desk: Desk, request_id: str) -> str | None:
    deadline = desk.clock.now() + WEBHOOK_SECONDS
    while (webhook := desk.links.webhook(request_id)) is None and desk.clock.now() < deadline:
        desk.clock.sleep(0.2)
    return webhook.result if webhook is not None else None


def _wondershare(desk: Desk, pictures: Sequence[Picture]) -> Iterator[Step]:
    from greycard_client import TaskFailed

    client: Wondershare = desk.client
    choices = desk.choices
    images = [desk.link(picture) for picture in pictures]
    feature = choices.feature or "fsrtwo"
    fields = {"mask": choices.mask} if feature == "rw" else {"file_ext": choices.file_ext or "png"}
    task = client.create(feature, images, priority=choices.priority or 0, **fields)
    try:
        items = client.wait(task, timeout=choices.patience).items
    except TaskFailed as failed:
        # the answer that failed may say why for each picture
        items = client.get(feature, task.task_id).items
        if not any(item.reason for item in items):
            raise failed from None
    for number, picture in enumerate(pictures):
        # assumed: the results stand in the order of the request
        yield _item_step(client, task.task_id, picture, items[number] if number < len(items) else None)


def _item_step(client: Wondershare, task_id: str, picture: Picture, item: BatchItem | None) -> Step:
    if item is None:
        return Step(picture, reason=f"the result of wondershare task {task_id} does not list it")
    if item.failed:
        why = f"wondershare task {task_id}: status {item.status}: {item.reason or 'no reason given'}"
        return Step(picture, reason=why)
    return Step(picture, partial(client.save, item, any_body=True))


FLOWS: dict[str, Callable[[Desk, Sequence[Picture]], Iterator[Step]]] = {
    "picwish": _picwish,
    "wondershare": _wondershare,
    "magictiger": _magictiger,
    "enhancor": _enhancor,
}
