"""The pictures of tasks: which there are, the links to them, and what is served behind the links."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from urllib.parse import quote

from doubles.double import Answer, Request
from doubles.magictiger.account import Account, Stage, Task
from doubles.magictiger.pictures import MEDIA, Picture, Recipe, grey, make


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a task: its name in links, and how it is made (None: the input as it was sent)."""

    name: str
    recipe: Recipe | None


class Files(Account):
    """Makes pictures when they are first wanted, and keeps them."""

    def colours(self, task: Task) -> bool:
        """Whether the task is one that colours a photograph."""
        return task.kind == (3 if self.has("colorize_three") else 8)

    def recipe(self, picture: Picture, box: tuple[int, int, int, int] | None = None, warmth: int = 0) -> Recipe:
        """How an output of this picture is made."""
        factor = self.pick(2.0, scale_four=4.0, scale_one=1.0, scale_half_more=1.5)
        extension = "jpg" if picture.extension == "jpg" else "png"
        extension = self.pick(extension, result_png="png", result_jpeg="jpg", result_webp="webp")
        whole = (0, 0, picture.width, picture.height)
        return Recipe(box or whole, factor, warmth, extension, self.has("sharpened"))

    def output(self, picture: Picture) -> Part:
        """The enlarged picture."""
        return Part("output", self.recipe(picture))

    def entries(self, task: Task, picture: Picture) -> list[tuple[Part, Part]]:
        """Input and output of each entry of facelist."""
        if self.colours(task):
            count = self.pick(2, colorize_one=1, colorize_four=4)
            return [
                (Part("input", None), Part(f"colour{index}", self.recipe(picture, warmth=12 * index)))
                for index in range(count)
            ]
        return [
            (
                Part(f"face{index}in", replace(self.recipe(picture, box), factor=1.0, sharpened=False)),
                Part(f"face{index}out", self.recipe(picture, box)),
            )
            for index, box in enumerate(self._boxes(picture))
        ]

    def _boxes(self, picture: Picture) -> list[tuple[int, int, int, int]]:
        width, height = picture.width, picture.height
        third = max(1, width // 3)
        middle = (width // 4, height // 4, width // 4 + max(1, width // 2), height // 4 + max(1, height // 2))
        return self.pick(
            [middle],
            faces_none=[],
            faces_whole=[(0, 0, width, height)],
            faces_three=[(left, 0, left + third, max(1, height // 2)) for left in (0, third, 2 * third)],
        )

    def file(self, picture: Picture, part: Part) -> Picture:
        """The picture of a part, made once."""
        if part.recipe is None:
            return Picture(picture.data, picture.width, picture.height, picture.extension)
        key = (hashlib.sha1(picture.data, usedforsecurity=False).digest(), part.recipe)
        if key not in self.made:
            self.made[key] = make(picture, part.recipe)
        return self.made[key]

    def link(self, task: Task, part: Part, extension: str) -> str:
        """The link to a file of a task."""
        key = self.pick(task.key, link_changing=f"{task.key}/r{task.reads}")
        name = f"{key}/{part.name}" + self.pick(f".{extension}", link_bare="")
        signature = hashlib.sha256(name.encode()).hexdigest()
        return self.base + self.pick(
            f"/files/{name}",
            link_query=f"/download?file={quote(name, safe='')}&source=cdn",
            link_signed=f"/files/{name}?Expires={int(task.created) + 86_400}&Signature={signature}%3D",
        )

    def serve(self, request: Request) -> Answer:
        """What is behind a link."""
        place = request.arguments().get("file", "") if request.path == "/download" else request.path
        pieces = place.strip("/").split("/")
        name = pieces[-1].partition(".")[0]
        task = next((self.by_key[piece] for piece in pieces if piece in self.by_key), None)
        if task is None or task.picture is None or (task.deleted and not self.has("link_after_delete")):
            return Answer(404, b"no such file", {"Content-Type": "text/plain"})
        if self.has("link_expires") and self.outside.now() > task.ends + 3600:
            return Answer(403, b"this link has expired", {"Content-Type": "text/plain"})
        picture = task.picture
        parts = [Part("input", None), self.output(picture)]
        parts += [part for pair in self.entries(task, picture) for part in pair]
        part = next((part for part in parts if part.name == name), None)
        done = self.stage(task) is Stage.COMPLETED or name == "input"
        if part is None or not done or self._is_dead(name):
            return Answer(404, b"no such file", {"Content-Type": "text/plain"})
        if self.has("link_redirect") and pieces[0] != "store" and name != "input":
            return Answer(302, b"", {"Location": f"{self.base}/store/{task.key}/{name}"})
        return self._sent(self.file(picture, part), name)

    def _is_dead(self, name: str) -> bool:
        if name.startswith("face"):
            return self.has("face_input_dead" if name.endswith("in") else "face_link_dead")
        if name.startswith("colour"):
            return self.has("face_link_dead")
        return name == "output" and self.has("output_link_dead")

    def _sent(self, made: Picture, name: str) -> Answer:
        data = made.data
        headers = {"Content-Type": MEDIA.get(made.extension, "application/octet-stream")}
        if name == "output":
            if self.has("output_link_page"):
                return Answer(200, b"<html><body>Your picture is ready</body></html>", {"Content-Type": "text/html"})
            if self.has("output_grey") or self.has("output_tiny"):
                size = self.pick((made.width, made.height), output_tiny=(1, 1))
                data = grey(*size, made.extension).data
            data = self.pick(data, output_cut=data[: len(data) // 2])
            if self.has("output_first"):
                data = self._first_output(data)
        if self.has("link_octet"):
            headers["Content-Type"] = "application/octet-stream"
        if self.has("link_attachment"):
            headers["Content-Disposition"] = f'attachment; filename="{name}.{made.extension}"'
            headers["Cache-Control"] = "private, max-age=600"
            headers["ETag"] = f'"{hashlib.sha256(data).hexdigest()[:16]}"'
        return Answer(200, data, headers)

    def _first_output(self, data: bytes) -> bytes:
        for task in self.tasks:
            if task.picture is not None and self.stage(task) is Stage.COMPLETED:
                return self.file(task.picture, self.output(task.picture)).data
        return data
