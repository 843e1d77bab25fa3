"""createtask: looks at what was sent, takes a task or refuses it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin, urlsplit

from doubles.double import Answer
from doubles.magictiger import account, pictures
from doubles.magictiger.account import Task
from doubles.magictiger.deliveries import Deliveries
from doubles.magictiger.pictures import Picture

_SERVED = {"jpg", "png", "bmp", "webp"}


class RefusedError(Exception):
    """Why no task is made: the code, and whether the link or the picture is to blame."""

    def __init__(self, code: int, about: str = "picture") -> None:
        super().__init__(code, about)
        self.code = code
        self.about = about


class Create(Deliveries):
    """The first of the operations."""

    def malformed(self, operation: str) -> Answer:
        """The answer to a body without the needed fields."""
        if self.has("malformed_400"):
            return self.reply(operation, {}, code=1000400, status=400)
        return self.refuse(operation, self.pick(account.CREATE_FAILED, malformed_own_code=1000001))

    def create(self, fields: dict[str, Any] | None) -> Answer:
        """Take a task, or refuse it."""
        if fields is None or not self._is_whole(fields):
            return self.malformed("create")
        link = fields.get(self.pick("picurl", picurl_renamed="image_url"))
        if not isinstance(link, str):
            return self.refuse("create", account.BAD_LINK) if self.has("malformed_picurl") else self.malformed("create")
        if self.balance < 1:
            return self.refuse("create", self.pick(account.NO_BALANCE, balance_code=1003102))
        failure, endless = 0, False
        picture: Picture | None = None
        try:
            picture = self._looked_at(link)
            if not pictures.is_whole(picture):
                failure = account.BAD_TYPE
                if self.has("broken_at_once"):
                    return self.refuse("create", failure)
        except RefusedError as refused:
            late = self.has("late_link" if refused.about == "link" else "late_picture")
            endless = self.has("refused_waits")
            if endless or self.has("refused_done"):
                picture = pictures.grey()
            elif late:
                failure = refused.code
            else:
                return self.refuse("create", refused.code)
        return self._taken(fields, link, picture, failure, endless=endless)

    def _is_whole(self, fields: dict[str, Any]) -> bool:
        kind, private = fields.get("type"), fields.get("chtaskid")
        if self.has("type_text_only"):
            kind = int(kind) if isinstance(kind, str) and kind.isdecimal() else None
        elif self.has("type_text_too") and isinstance(kind, str) and kind.isdecimal():
            kind = int(kind)
        if not isinstance(kind, int) or isinstance(kind, bool):
            return False
        fields["type"] = kind
        if not self.has("types_any") and not 1 <= kind <= self.pick(8, types_four=4):
            return False
        if self.has("type_one_refused") and kind == 1:
            return False
        if self.has("create_needs_more") and "projectid" not in fields:
            return False
        if self.has("create_needs_signature") and "sign" not in fields:
            return False
        return self._is_private_id(fields, private)

    def _is_private_id(self, fields: dict[str, Any], private: object) -> bool:
        number = isinstance(private, int) and not isinstance(private, bool)
        if number and (self.has("chtaskid_number_too") or self.has("chtaskid_number_only")):
            fields["chtaskid"] = str(private)
            return True
        if private is None:
            missing_refused = self.has("chtaskid_required")
            return not missing_refused and not ("chtaskid" in fields and self.has("chtaskid_null_refused"))
        if not isinstance(private, str) or self.has("chtaskid_number_only"):
            return False
        return not (self.has("chtaskid_short_only") and len(private) > 3)

    def _looked_at(self, link: str) -> Picture:
        """The picture behind the link; raises RefusedError."""
        try:
            parts = urlsplit(link)
            is_link = parts.scheme in {"http", "https"} and bool(parts.hostname)
        except ValueError:
            is_link = False
        if not is_link:
            if self.has("no_link_done"):
                return pictures.grey()
            raise self._bad_link()
        got = self.outside.fetch(link)
        hops = 0
        while self.has("redirect_followed") and 300 <= got.status < 400 and hops < 5:
            hops += 1
            headers = {name.lower(): value for name, value in got.headers.items()}
            link = urljoin(link, headers.get("location", ""))
            got = self.outside.fetch(link)
        if got.status != 200:
            if 300 <= got.status < 400:
                raise RefusedError(self.pick(self._bad_link().code, redirect_failed=account.CREATE_FAILED), "link")
            if self.has("dead_link_done"):
                return pictures.grey()
            raise self._bad_link()
        return self._measured(got.body)

    def _bad_link(self) -> RefusedError:
        code = self.pick(account.BAD_LINK, dead_link_code=1001102, dead_link_as_large=account.TOO_LARGE)
        return RefusedError(code, "link")

    def _measured(self, data: bytes) -> Picture:
        """The picture, when it is within the limits; raises RefusedError."""
        most = self.pick(20, limit_file_small=5) * self.pick(1024 * 1024, megabyte_decimal=1_000_000)
        if len(data) > most and not self.has("large_file_served"):
            raise self._too_large()
        try:
            picture = pictures.read(data)
        except pictures.TooManyPixelsError:
            raise self._too_large() from None
        except pictures.NoPictureError:
            if self.has("text_done"):
                return pictures.grey()
            if self.has("text_picurl"):
                raise RefusedError(account.BAD_LINK) from None
            raise self._bad_type() from None
        served = self.pick(
            _SERVED,
            gif_served=_SERVED | {"gif", "tif"},
            bmp_refused=_SERVED - {"bmp"},
            webp_refused=_SERVED - {"webp"},
            jpeg_refused=_SERVED - {"jpg"},
        )
        if picture.extension not in served:
            if self.has("text_done"):
                return pictures.grey()
            raise self._bad_type()
        self._check_sides(picture)
        return picture

    def _check_sides(self, picture: Picture) -> None:
        least = self.pick(64, limit_from_65=65, limit_from_128=128)
        most = self.pick(9216, limit_to_9215=9215, limit_to_4096=4096)
        sides = (picture.width, picture.height)
        if self.has("sides_either") and any(least <= side <= most for side in sides):
            return
        if max(sides) > most and not self.has("large_sides_served"):
            raise self._too_large()
        if min(sides) < least and not self.has("small_served"):
            code = self._too_large().code
            raise RefusedError(self.pick(code, small_failed=account.CREATE_FAILED, small_picurl=account.BAD_LINK))

    def _too_large(self) -> RefusedError:
        other = account.BAD_TYPE
        code = self.pick(account.TOO_LARGE, codes_swapped=other, large_as_type=other, large_code=1001103)
        return RefusedError(code)

    def _bad_type(self) -> RefusedError:
        other = account.TOO_LARGE
        return RefusedError(self.pick(account.BAD_TYPE, codes_swapped=other, type_as_large=other, type_code=1001104))

    def _taken(
        self, fields: dict[str, Any], link: str, picture: Picture | None, failure: int, *, endless: bool
    ) -> Answer:
        now = self.outside.now()
        number = len(self.tasks) + 1
        starts, ends = self.plan(number, now)
        if endless:
            starts = ends = float("inf")
        if self.has("all_fail") or (self.has("third_fails") and number % 3 == 0):
            failure = account.CREATE_FAILED
        if self.has("callback_probe") and not self.tasks and self.deliverable(self.callback_url):
            self.outside.fetch(self.callback_url)
        own = self.deliverable(fields.get("callbackurl")) if self.has("callback_parameter") else ""
        task = Task(
            number,
            self.new_identity(number),
            link,
            fields["type"],
            fields.get("chtaskid"),
            picture,
            now,
            starts,
            ends,
            failure,
            own or self.deliverable(self.callback_url),
        )
        self.balance -= 1
        self.tasks.append(task)
        self.by_identity[task.identity] = task
        self.by_key[task.key] = task
        self.plan_delivery(task)
        stage = self.stage(task)
        shown = self.pick(task.identity, create_id_empty="")
        data: dict[str, Any] = {"taskid": shown, "status": self.number_of(stage), "queuenum": self.place(task, stage)}
        if self.has("create_echoes"):
            data.update(picurl=link, type=task.kind, chtaskid=task.private)
        self._extend(data, task)
        status = self.pick(200, create_201=201, create_202=202)
        return self.reply("create", data, status=status, seconds=self.pick(0.0, create_waits=2.0))
