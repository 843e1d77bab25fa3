"""PicWish end to end in process: document 002 and the assumptions, in the default form and every variant."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image

from greycard_mocks.images.testcards import card

CREATE = "/api/tasks/visual/scale"
KEY = {"X-API-KEY": "test-key"}
MB = 1 << 20


class PicWish:
    """The calls of PicWish in a laboratory without its rate limit."""

    def __init__(self, lab: Any) -> None:
        self.lab = lab
        lab.world("picwish").rate_limit = None

    def create(self, picture: bytes | None = None, headers: dict[str, str] | None = None, **fields: Any) -> Any:
        """Send a create request."""
        fields = {"type": "clean", **fields}
        fields = {name: value for name, value in fields.items() if value is not None}
        files = {"image_file": ("a.jpg", picture)} if picture is not None else None
        return self.lab.call("POST", CREATE, headers=headers or KEY, data=fields, files=files)

    def poll(self, task: str) -> Any:
        """Read a task."""
        return self.lab.call("GET", f"{CREATE}/{task}", headers=KEY)

    def finish(self, answer: Any) -> dict[str, Any]:
        """The data of the task when it has ended."""
        assert answer.status_code == 200, answer.text
        self.lab.pass_time(31)
        found: dict[str, Any] = self.poll(answer.json()["data"]["task_id"]).json()["data"]
        return found

    def result(self, picture: bytes | None = None, **fields: Any) -> Image.Image:
        """Create a task and open its result."""
        data = self.finish(self.create(picture, **fields))
        assert data["state"] == 1, data
        opened: Image.Image = self.lab.open(data["image"])
        return opened


@pytest.fixture
def make(make_lab: Callable[..., Any]) -> Callable[..., PicWish]:
    """PicWish in some variants."""
    return lambda **variants: PicWish(make_lab("picwish", **variants))


@pytest.fixture
def picwish(make: Callable[..., PicWish]) -> Iterator[PicWish]:
    """PicWish in the default form."""
    return make()  # type: ignore[return-value]


@pytest.fixture(scope="module")
def jpeg() -> bytes:
    """A small JPEG."""
    return card(40, 30, "jpeg")


@pytest.mark.parametrize("as_link", [True, False])
def test_a_picture_goes_through_all_states_to_a_download(picwish: PicWish, jpeg: bytes, *, as_link: bool) -> None:
    """States are 0, 2, 3, 4, then 1; progress rises to 100; the result opens and is 4 times as large (S2:102)."""
    answer = picwish.create(None if as_link else jpeg, image_url=picwish.lab.image("40x30.jpg") if as_link else None)
    assert answer.status_code == 200
    assert answer.json().keys() == {"status", "message", "data"}
    assert answer.json()["data"].keys() == {"task_id"}
    task, states, progress = answer.json()["data"]["task_id"], [], []
    for _ in range(16):
        data = picwish.poll(task).json()["data"]
        states.append(data["state"])
        progress.append(data["progress"])
        picwish.lab.pass_time(0.1)
    assert list(dict.fromkeys(states)) == [0, 2, 3, 4, 1]
    assert progress == sorted(progress)
    assert max(progress[:-1]) <= 99
    assert data == {
        "task_id": task,
        "state": 1,
        "progress": 100,
        "image": data["image"],
        "return_type": 1,
        "type": "clean",
        "created_at": 1_700_000_000,
        "completed_at": 1_700_000_001,
    }
    assert isinstance(data["completed_at"], int)
    assert picwish.lab.open(data["image"]).size == (160, 120)


@pytest.mark.parametrize(
    ("size", "factor", "edition", "grown"),
    [
        ("400x300", None, "document", 4),
        ("800x600", None, "document", 2),
        ("1600x1200", None, "document", 1),
        ("500x20", None, "document", 4),
        ("501x20", None, "document", 2),
        ("1000x20", None, "document", 2),
        ("1001x20", None, "document", 1),
        ("4096x10", None, "document", 1),
        ("10x10", None, "document", 4),
        ("11x3", None, "document", 4),
        ("20x1100", 2, "document", 1),
        ("1000x20", 2, "document", 2),
        ("1001x20", 2, "document", 1),
        ("500x20", 4, "document", 4),
        ("501x20", 4, "document", 1),
        ("800x20", 4, "document", 1),
        ("10x10", 2, "document", 2),
        ("10x10", 1, "document", 1),
        ("400x300", 1, "document", 1),
        ("512x20", None, "current", 4),
        ("513x20", None, "current", 2),
        ("1024x20", None, "current", 2),
        ("1025x20", None, "current", 1),
        ("512x20", 4, "current", 4),
        ("513x20", 4, "current", 1),
        ("1024x20", 2, "current", 2),
        ("1025x20", 2, "current", 1),
    ],
)
def test_the_result_obeys_the_scale_rules(
    make: Callable[..., PicWish], size: str, factor: int | None, edition: str, grown: int
) -> None:
    """The long side decides: automatic (S2:102), forced (S2:105), and a factor that does not fit is dropped to 1."""
    picwish = make(edition=edition)
    width, height = map(int, size.split("x"))
    result = picwish.result(image_url=picwish.lab.image(f"{size}.jpg"), scale_factor=factor)
    assert result.size == (width * grown, height * grown)


@pytest.mark.parametrize(
    ("format_", "becomes"),
    [("jpg", "JPEG"), ("png", "PNG"), ("bmp", "PNG"), ("webp", "PNG"), ("tiff", "PNG")],
)
def test_every_documented_format_is_taken(picwish: PicWish, format_: str, becomes: str) -> None:
    """jpg, jpeg, bmp, png, webp, tiff (S2:20); JPEG stays JPEG, all else becomes PNG."""
    assert picwish.result(card(30, 20, format_)).format == becomes


def _saved(picture: Image.Image, form: str, **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def _rotated() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return _saved(Image.new("RGB", (60, 20), "red"), "JPEG", exif=exif)


@pytest.mark.parametrize(
    ("picture", "size"),
    [
        (_rotated(), (80, 240)),
        (_saved(Image.new("CMYK", (30, 20)), "JPEG"), (120, 80)),
        (_saved(Image.new("P", (30, 20)), "PNG"), (120, 80)),
        (_saved(Image.new("I;16", (30, 20)), "PNG"), (120, 80)),
        (_saved(Image.new("LA", (30, 20)), "PNG"), (120, 80)),
        (_saved(Image.new("1", (30, 20)), "TIFF"), (120, 80)),
        (
            _saved(
                Image.new("RGB", (30, 20)),
                "WEBP",
                save_all=True,
                append_images=[Image.new("RGB", (30, 20), "red")],
            ),
            (120, 80),
        ),
        (
            _saved(
                Image.new("RGB", (30, 20)),
                "PNG",
                save_all=True,
                append_images=[Image.new("RGB", (30, 20), "red")],
            ),
            (120, 80),
        ),
    ],
    ids=[
        "rotated by EXIF",
        "CMYK",
        "palette",
        "16 bit",
        "grey with alpha",
        "1 bit TIFF",
        "animated WebP",
        "animated PNG",
    ],
)
def test_unusual_pictures_are_enlarged_as_well(picwish: PicWish, picture: bytes, size: tuple[int, int]) -> None:
    """What a photograph can hold does not break the mock; sides are those that a viewer shows."""
    assert picwish.result(picture).size == size


@pytest.mark.parametrize(
    ("picture", "state"),
    [
        (card(30, 20, "gif"), -7),
        (card(30, 20, "jpeg", damage="truncate"), -7),
        (card(30, 20, "png", damage="truncate"), -7),
        (card(30, 20, "jpeg", damage="garbage"), -7),
        (b"no picture", -7),
        (b"", -7),
        (b"<svg/>", -7),
        (card(4097, 10, "png"), -7),
        (card(10, 4097, "png"), -7),
        (card(4096, 10, "png"), 1),
        (card(10, 4096, "png"), 1),
        (card(9, 9, "png"), -7),
        (card(10, 1, "png"), 1),
        (card(1, 1, "png"), -7),
    ],
    ids=[
        "gif",
        "cut jpeg",
        "cut png",
        "garbage",
        "text",
        "empty",
        "svg",
        "4097 wide",
        "4097 high",
        "4096 wide",
        "4096 high",
        "9 px",
        "10 px",
        "1 px",
    ],
)
def test_pictures_that_break_a_limit_are_accepted_and_fail(picwish: PicWish, picture: bytes, state: int) -> None:
    """HTTP accepts them; they end as invalid picture, with progress 0, an empty image and a time of completion."""
    answer = picwish.create(picture)
    data = picwish.finish(answer)
    assert data["state"] == state
    if state < 0:
        assert (data["progress"], data["image"], data["completed_at"]) == (0, "", 1_700_000_001)
        assert answer.headers["X-Greycard-Reason"].startswith("picwish/scale.create#pictures/")


@pytest.mark.parametrize(
    ("variants", "number", "unit"),
    [({}, 15, MB), ({"megabyte": "decimal"}, 15, 10**6), ({"edition": "current"}, 20, MB)],
)
def test_the_file_limit_is_exact_to_the_byte(
    make: Callable[..., PicWish], variants: Any, number: int, unit: int
) -> None:
    """15 MB (S2:20, S2:95) of the file itself pass; one byte more is 413 (S2:63), behind a link state -5 (S2:73)."""
    picwish = make(**variants)
    picture = card(64, 64, "jpeg", size_bytes=number * unit)
    assert picwish.finish(picwish.create(picture))["state"] == 1
    over = picwish.create(picture + b"\0")
    assert (over.status_code, over.json()) == (413, {"status": 413, "message": over.json()["message"]})
    assert over.headers["X-Greycard-Reason"].startswith("picwish/scale.create#pictures/megabytes (S2:20, S2:63, S2:95)")
    for more, state in ((0, 1), (1, -5)):
        link = picwish.lab.image("64x64.jpg", bytes=number * unit + more)
        assert picwish.finish(picwish.create(image_url=link))["state"] == state


@pytest.mark.parametrize("query", [{"status": 404}, {"status": 500}, {"redirect": 1}])
def test_a_link_that_cannot_be_downloaded_ends_in_minus_3(picwish: PicWish, query: dict[str, int]) -> None:
    """S2:74: whatever the other side answers instead of the picture; redirects are not followed."""
    assert picwish.finish(picwish.create(image_url=picwish.lab.image("40x30.jpg", **query)))["state"] == -3


@pytest.mark.parametrize("link", ["http://nowhere.test/a.jpg", "ftp://a/b", "no link", "http://", "file:///etc/passwd"])
def test_a_link_that_leads_nowhere_ends_in_minus_3(picwish: PicWish, link: str) -> None:
    """An address that cannot be used is a failed download; nothing of the other side is given back."""
    assert picwish.finish(picwish.create(image_url=link))["state"] == -3


@pytest.mark.parametrize(("outcome", "after"), [(-1, 1.5), (-2, 1.5), (-3, 1.5), (-5, 1.5), (-7, 1.5), (-8, 30)])
def test_every_failure_can_be_forced(picwish: PicWish, jpeg: bytes, outcome: int, after: float) -> None:
    """A scenario chooses the end of the next task, and only of that; -8 comes at the 30 s limit (S2:70)."""
    picwish.lab.force("picwish", outcome=outcome)
    task = picwish.create(jpeg).json()["data"]["task_id"]
    other = picwish.create(jpeg).json()["data"]["task_id"]
    picwish.lab.pass_time(after - 0.001)
    assert picwish.poll(task).json()["data"]["state"] == 4
    picwish.lab.pass_time(0.001)
    assert picwish.poll(task).json()["data"]["state"] == outcome
    picwish.lab.pass_time(2)
    assert picwish.poll(other).json()["data"]["state"] == 1


def test_a_task_that_is_stuck_times_out_at_30_seconds(picwish: PicWish, jpeg: bytes) -> None:
    """S2:70, S2:86: no task runs longer than 30 s."""
    picwish.lab.force("picwish", stuck="preparing")
    task = picwish.create(jpeg).json()["data"]["task_id"]
    picwish.lab.pass_time(29.999)
    assert picwish.poll(task).json()["data"]["state"] == 2
    picwish.lab.pass_time(0.001)
    assert picwish.poll(task).json()["data"]["state"] == -8


@pytest.mark.parametrize(
    "fields",
    [
        {"type": None},
        {"type": ""},
        {"type": "CLEAN"},
        {"type": "other"},
        {"scale_factor": 3},
        {"scale_factor": 0},
        {"scale_factor": 8},
        {"scale_factor": "2.0"},
        {"scale_factor": "two"},
        {"fix_face_only": 2},
        {"fix_face_only": -1},
        {"return_type": 0},
        {"return_type": 4},
        {"return_type": 3},
        {"return_type": 3, "sync": 0},
        {"sync": 2},
        {"sync": "true"},
    ],
)
def test_bad_parameters_are_refused(picwish: PicWish, jpeg: bytes, fields: dict[str, Any]) -> None:
    """HTTP 400 and JSON 400 (S2:60), no data; the reason names claim and lines, and it is journalled."""
    answer = picwish.create(jpeg, **fields)
    assert (answer.status_code, answer.json()) == (400, {"status": 400, "message": "parameter error"})
    assert answer.headers["X-Greycard-Reason"].startswith("picwish/scale.create#")
    entry = picwish.lab.world("picwish").journal.of_kind("request")[-1].as_json()
    assert entry["claim"].startswith("picwish/scale.create#")
    assert entry["pointer"].startswith("/")
    assert not picwish.lab.world("picwish").tasks


@pytest.mark.parametrize(
    "fields",
    [
        {"scale_factor": 1},
        {"scale_factor": ""},
        {"fix_face_only": 1},
        {"type": "face", "fix_face_only": 1},
        {"sync": 0},
        {"unknown": "x"},
        {"return_type": 2},
    ],
)
def test_good_parameters_are_accepted(picwish: PicWish, jpeg: bytes, fields: dict[str, Any]) -> None:
    """fix_face_only is ignored with clean, unknown fields always, sync=0 asks for an asynchronous task."""
    assert picwish.create(jpeg, **fields).json()["data"].keys() == {"task_id"}


def test_a_picture_is_needed_and_the_file_wins(picwish: PicWish, jpeg: bytes) -> None:
    """Neither file nor link is 400; with both the link is not looked at."""
    assert picwish.create().status_code == 400
    data = picwish.finish(picwish.create(jpeg, image_url="http://nowhere.test/"))
    assert (data["state"], picwish.lab.guard.asked) == (1, [])


def test_a_file_sent_as_text_is_no_file(picwish: PicWish) -> None:
    """A plain form cannot carry image_file."""
    assert picwish.create(image_file="not a file").status_code == 400


def test_other_encodings_are_refused(picwish: PicWish) -> None:
    """A create is a form; JSON is answered with what to send."""
    answer = picwish.lab.call("POST", CREATE, headers=KEY, json={"type": "clean"})
    assert answer.status_code == 400
    assert "send multipart/form-data" in answer.headers["X-Greycard-Reason"]


def test_sync_answers_with_the_finished_task(picwish: PicWish, jpeg: bytes) -> None:
    """S2:26: with sync=1 the answer is the terminal one, and the time of the task has passed."""
    before = picwish.lab.world("picwish").clock.now()
    data = picwish.create(jpeg, sync=1).json()["data"]
    assert data["state"] == 1
    assert picwish.lab.world("picwish").clock.now() == before + 1.5
    assert picwish.lab.open(data["image"]).size == (160, 120)
    assert picwish.poll(data["task_id"]).json()["data"] == data
    assert picwish.create(b"no picture", sync=1).json()["data"]["state"] == -7


def test_base64_and_binary_results(picwish: PicWish, jpeg: bytes) -> None:
    """return_type 2 puts the picture into `image`, 3 answers with its bytes (S2:25).

    Both are the linked picture.
    """
    linked = picwish.lab.call("GET", picwish.create(jpeg, sync=1).json()["data"]["image"]).content
    data = picwish.finish(picwish.create(jpeg, return_type=2))
    assert (data["return_type"], base64.b64decode(data["image"], validate=True)) == (2, linked)
    binary = picwish.create(jpeg, return_type=3, sync=1)
    assert (binary.status_code, binary.headers["Content-Type"], binary.content) == (200, "image/jpeg", linked)
    failed = picwish.create(b"no picture", return_type=3, sync=1)
    assert failed.json()["data"]["state"] == -7


def test_the_link_lives_an_hour_and_is_signed(picwish: PicWish, jpeg: bytes) -> None:
    """S2:117: 3600 s after completion it still works, after that HTTP 403 (S2:116).

    A cut query never works (S2:114).
    """
    task = picwish.create(jpeg).json()["data"]["task_id"]
    picwish.lab.pass_time(1.5)
    link = picwish.poll(task).json()["data"]["image"]
    assert link.startswith(picwish.lab.origin)
    query = parse_qs(urlsplit(link).query)
    assert query["Expires"] == ["1700003601"]
    assert set(query) == {"Expires", "OSSAccessKeyId", "Signature"}
    assert picwish.lab.call("GET", link.partition("&")[0]).status_code == 403
    assert picwish.lab.call("GET", link.replace("&", "\\u0026")).status_code == 403
    assert picwish.lab.call("GET", link.replace("1700003601", "9999999999")).status_code == 403
    assert picwish.lab.call("HEAD", link).status_code == 200
    picwish.lab.pass_time(3600)
    assert picwish.lab.call("GET", link).status_code == 200
    picwish.lab.pass_time(0.001)
    expired = picwish.lab.call("GET", link)
    assert (expired.status_code, "S2:117" in expired.headers["X-Greycard-Reason"]) == (403, True)


@pytest.mark.parametrize("name", ["0.png", "1.jpg", "0", "", "../0.jpg", "..%2f0.jpg", "%2e%2e%2f0.jpg", "0.jpg%00"])
def test_only_the_task_s_own_pictures_are_served(picwish: PicWish, jpeg: bytes, name: str) -> None:
    """Other names, and tasks that run or have failed, are 404."""
    data = picwish.create(jpeg, sync=1).json()["data"]
    base, _, query = data["image"].rpartition("0.jpg")
    assert picwish.lab.call("GET", f"{base}{name}{query}").status_code == 404
    running = picwish.create(jpeg).json()["data"]["task_id"]
    assert picwish.lab.call("GET", data["image"].replace(data["task_id"], running)).status_code == 404
    failed = picwish.create(b"x", sync=1).json()["data"]["task_id"]
    assert picwish.lab.call("GET", data["image"].replace(data["task_id"], failed)).status_code == 404


@pytest.mark.parametrize("key", [None, "", "real-key", "Test-key", "t\xe9st", "\xff\xfe", "tes"])
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_wrong_key_is_401(picwish: PicWish, key: str | None, method: str) -> None:
    """S2:61: missing, unknown and unreadable keys; nothing else about the request matters."""
    headers = {} if key is None else {"X-API-KEY": key.encode("latin-1")}
    answer = picwish.lab.call(method, CREATE if method == "POST" else f"{CREATE}/x", headers=headers)
    assert (answer.status_code, answer.json()) == (401, {"status": 401, "message": "authentication failed"})


def test_an_unknown_task_is_404(picwish: PicWish, jpeg: bytes) -> None:
    """S2:62, and another key's task is as unknown as one that never was."""
    assert picwish.poll("00000000-0000-4000-8000-000000000000").json() == {
        "status": 404,
        "message": "resource not found",
    }
    task = picwish.create(jpeg, headers={"X-API-KEY": "test-other"}).json()["data"]["task_id"]
    assert picwish.poll(task).status_code == 404


@pytest.mark.parametrize("path", [f"/{CREATE}", f"{CREATE}/", f"//{CREATE}//", "/api//tasks/visual/scale"])
def test_slashes_are_tolerated(picwish: PicWish, jpeg: bytes, path: str) -> None:
    """Public clients double the leading slash or end with one."""
    answer = picwish.lab.call(
        "POST", f"{picwish.lab.origin}{path}", headers=KEY, data={"type": "clean"}, files={"image_file": jpeg}
    )
    task = answer.json()["data"]["task_id"]
    assert picwish.lab.call("GET", f"/{CREATE}/{task}/", headers=KEY).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", CREATE), ("PUT", CREATE), ("POST", f"{CREATE}/x"), ("GET", "/api/tasks/visual/scales/x")],
)
def test_other_calls_get_the_vendor_s_404(picwish: PicWish, method: str, path: str) -> None:
    """The answer names the nearest operation and what differs."""
    answer = picwish.lab.call(method, path, headers={**KEY, "X-HTTP-Method-Override": "POST"})
    assert (answer.status_code, answer.json()["status"]) == (404, 404)
    assert "scale." in answer.headers["X-Greycard-Reason"]


@pytest.mark.parametrize(("scope", "codes"), [("all", [200, 200, 429, 429]), ("create", [200, 200, 404, 429])])
def test_the_third_request_of_a_second_is_429(
    make: Callable[..., PicWish], jpeg: bytes, scope: str, codes: list[int]
) -> None:
    """S2:64, S2:89: two requests in any second; polls count or do not, as the variant says."""
    picwish = make(rate_scope=scope)
    picwish.lab.world("picwish").rate_limit = 2
    calls: Any = (
        lambda: picwish.create(jpeg),
        lambda: picwish.create(jpeg),
        lambda: picwish.poll("x"),
        lambda: picwish.create(jpeg),
    )
    answers = [call() for call in calls]
    assert [answer.status_code for answer in answers] == codes
    assert "(S2:64, S2:89)" in answers[-1].headers["X-Greycard-Reason"]
    picwish.lab.pass_time(0.999)
    assert picwish.create(jpeg).status_code == 429
    picwish.lab.pass_time(0.001)
    assert [picwish.create(jpeg).status_code for _ in range(3)] == [200, 200, 429]


def test_refusals_in_the_envelope(make: Callable[..., PicWish], jpeg: bytes) -> None:
    """S2:58, error_transport=envelope: HTTP is always 200, the JSON status carries the refusal."""
    picwish = make(error_transport="envelope")
    too_large = card(64, 64, "jpeg", size_bytes=15 * MB + 1)
    answers = [
        picwish.create(headers={"X-API-KEY": "wrong"}),
        picwish.create(jpeg, type="x"),
        picwish.poll("x"),
        picwish.create(too_large),
    ]
    assert [(answer.status_code, answer.json()["status"]) for answer in answers] == [
        (200, 401),
        (200, 400),
        (200, 404),
        (200, 413),
    ]
    assert "data" not in answers[0].json()


def test_a_synchronous_account(make: Callable[..., PicWish], jpeg: bytes) -> None:
    """S2:26, async=disabled: every create waits, 0 is no value of sync, and return_type 3 needs no sync=1."""
    picwish = make(**{"async": "disabled"})
    assert picwish.create(jpeg).json()["data"]["state"] == 1
    assert picwish.create(jpeg, sync=1).json()["data"]["state"] == 1
    assert picwish.create(jpeg, sync=0).status_code == 400
    assert picwish.create(jpeg, return_type=3).headers["Content-Type"] == "image/jpeg"


def test_the_current_edition_knows_a_default_type(make: Callable[..., PicWish], jpeg: bytes) -> None:
    """edition=current: type may be left out and is clean then."""
    picwish = make(edition="current")
    assert picwish.finish(picwish.create(jpeg, type=None))["type"] == "clean"


def test_an_account_for_links_only(make: Callable[..., PicWish], jpeg: bytes) -> None:
    """S2:25, return_types=url_only: 2 and 3 are 400."""
    picwish = make(return_types="url_only")
    assert [picwish.create(jpeg, sync=1, return_type=kind).status_code for kind in (1, 2, 3)] == [
        200,
        400,
        400,
    ]


def test_type_as_the_letter_of_the_document_has_it(make: Callable[..., PicWish], jpeg: bytes) -> None:
    """S2:40, type_field=int: data.type is an integer, before and after the end."""
    picwish = make(type_field="int")
    task = picwish.create(jpeg, type="face", return_type=2).json()["data"]["task_id"]
    assert picwish.poll(task).json()["data"]["type"] == 2
    picwish.lab.pass_time(2)
    assert picwish.poll(task).json()["data"]["type"] == 2


def test_the_further_fields_of_recordings(make: Callable[..., PicWish], jpeg: bytes) -> None:
    """extra_fields=on: six more fields in terminal answers, true of the result."""
    picwish = make(extra_fields="on")
    data = picwish.finish(picwish.create(jpeg))
    assert {name: data[name] for name in list(data)[8:]} == {
        "state_detail": "Complete",
        "image_width": 160,
        "image_height": 120,
        "processed_at": 1_700_000_001,
        "time_elapsed": 1500.0,
        "download_time": 0,
    }
    failed = picwish.finish(picwish.create(b"x"))
    assert (failed["state"], failed["image_width"], len(failed)) == (-7, 0, 14)


def test_results_outlive_their_inputs(picwish: PicWish, jpeg: bytes) -> None:
    """When the bytes of an old input have given way, its task still has a picture of the promised size."""
    picwish.lab.engine.sources.max_entries = 1
    task = picwish.create(jpeg).json()["data"]["task_id"]
    picwish.create(card(50, 50, "png"))
    picwish.lab.pass_time(2)
    assert picwish.lab.open(picwish.poll(task).json()["data"]["image"]).size == (160, 120)
