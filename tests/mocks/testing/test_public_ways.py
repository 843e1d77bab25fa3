"""The ways in which public programs call these APIs: each runs, or is refused with the option that lets it run.

Small programs of our own, each with one habit that was seen in public clients; see also `test_public_wire.py`.
"""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from greycard_mocks import Mock, VendorMock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SCALE, FSRTWO, QUEUE = "/api/tasks/visual/scale", "/v3/pic/fsrtwo", "/api/upscaler/v1"


class Refused(Exception):  # noqa: N818 - what a program meets, not what it does wrong
    """What the mock said to the program, and why."""


@pytest.fixture
def mock() -> Iterator[Mock]:
    """All vendors in this process."""
    with Mock(in_process=True) as made:
        yield made


def said(answer: Any) -> Any:
    """The JSON of an answer; raises Refused with the reason where the mock gives one."""
    if "X-Greycard-Reason" in answer.headers:
        raise Refused(answer.headers["X-Greycard-Reason"])
    return answer.json()


def size_of(vendor: VendorMock, link: str) -> tuple[int, int]:
    """Width and height of the picture behind a link."""
    return Image.open(io.BytesIO(vendor.session().get(link).content)).size


# ---------------------------------------------------------------------------------------------------- PicWish


def picwish(vendor: VendorMock, path: str = SCALE, poll: str = "", **sent: Any) -> dict[str, Any]:
    """Create with what is `sent`, then poll each second until the picture is there."""
    task = said(vendor.session().post(vendor.url + path, **sent))["data"]["task_id"]
    for _ in range(30):
        vendor.clock.sleep(1)
        told: dict[str, Any] = said(vendor.session().get(f"{vendor.url}{poll or path}/{task}"))["data"]
        if told["progress"] >= 100:  # polls progress, and knows no states
            return told
    raise TimeoutError(told)


def plain(vendor: VendorMock, **more: Any) -> dict[str, Any]:
    """The fields of a program that sends what the document asks for."""
    return {"type": "clean", "image_url": vendor.images.link(60, 40), **more}


def without_type(vendor: VendorMock) -> Any:
    """Nothing but the picture."""
    return picwish(vendor, data={"image_url": vendor.images.link(60, 40)})


def bare_base64(vendor: VendorMock) -> Any:
    """The picture as a text, in a multipart form."""
    text = base64.b64encode(vendor.images.bytes(60, 40)).decode()
    return picwish(vendor, files={"type": (None, "clean"), "image_base64": (None, text)})


def data_uri(vendor: VendorMock) -> Any:
    """As a browser gives it, in a plain form."""
    text = base64.b64encode(vendor.images.bytes(60, 40)).decode()
    return picwish(vendor, data={"type": "clean", "image_base64": f"data:image/jpeg;base64,{text}"})


def json_body(vendor: VendorMock) -> Any:
    """JSON, as elsewhere."""
    return picwish(vendor, json=plain(vendor))


def doubled_slash(vendor: VendorMock) -> Any:
    """A base address that ends in a slash."""
    return picwish(vendor, "/" + SCALE, data=plain(vendor))


def trailing_slash(vendor: VendorMock) -> Any:
    """A path that ends in one."""
    return picwish(vendor, SCALE + "/", SCALE, data=plain(vendor))


def own_fields(vendor: VendorMock) -> Any:
    """Fields that nobody knows are ignored."""
    return picwish(vendor, data=plain(vendor, callback="x", quality="best"))


def lower_case_key(vendor: VendorMock) -> Any:
    """The name of a header has no case."""
    session = vendor.session()
    session.headers.pop("X-API-KEY")
    created = said(session.post(vendor.url + SCALE, data=plain(vendor), headers={"x-api-key": vendor.world.credential}))
    return {"image": None, "task": created["data"]["task_id"]}


def while_four(vendor: VendorMock) -> Any:
    """Goes on only while the state is 4, and reads state_detail."""
    session = vendor.session()
    task = said(session.post(vendor.url + SCALE, data=plain(vendor)))["data"]["task_id"]
    while (told := said(session.get(f"{vendor.url}{SCALE}/{task}"))["data"])["state"] == 4:
        assert told["state_detail"] == "Processing"
        vendor.clock.sleep(1)
    assert (told["state"], told["state_detail"]) == (1, "Complete")
    return told


def impatient(vendor: VendorMock) -> Any:
    """Polls four times in a second."""
    task = said(vendor.session().post(vendor.url + SCALE, data=plain(vendor)))["data"]["task_id"]
    for _ in range(40):
        vendor.clock.sleep(0.25)
        told = said(vendor.session().get(f"{vendor.url}{SCALE}/{task}"))["data"]
    return told


EDITION = "--variant picwish.edition=current accepts it"
PICWISH: list[tuple[Callable[[VendorMock], Any], str, Any]] = [
    (without_type, EDITION, "observed"),
    (bare_base64, EDITION, "observed"),
    (data_uri, EDITION, {"edition": "current"}),
    (json_body, "--freedom picwish/free.scale.create.more-encodings accepts it", ["free.scale.create.more-encodings"]),
    (impatient, "--variant picwish.rate_scope=create accepts it", {"rate_scope": "create"}),
    (doubled_slash, "", None),
    (trailing_slash, "", None),
    (own_fields, "", None),
    (lower_case_key, "", None),
    (while_four, "state_detail", "tutorial"),
]


@pytest.mark.parametrize(("program", "told", "option"), PICWISH, ids=lambda one: getattr(one, "__name__", ""))
def test_programs_for_picwish(mock: Mock, program: Callable[[VendorMock], Any], told: str, option: Any) -> None:
    """By the document, or with the option that the refusal names; the result is the picture, enlarged."""
    if told:
        with pytest.raises((Refused, KeyError), match=told):
            program(mock.vendor("picwish"))
    vendor = mock.vendor("picwish")
    use(vendor, option)
    image = program(vendor)["image"]
    assert image is None or size_of(vendor, image) == (240, 160)
    vendor.assert_no_refusals()


def use(vendor: VendorMock, option: Any) -> None:
    """A preset, variants or freedoms."""
    if isinstance(option, str):
        vendor.use_preset(option)
    elif isinstance(option, dict):
        vendor.set_variants(**option)
    elif option is not None:
        vendor.set_freedoms(*option)


def test_format_is_taken_where_it_is_known(mock: Mock) -> None:
    """`format` is no field of the document and is ignored; the current edition gives the picture as asked for."""
    for edition, ending in (("document", "jpg"), ("current", "png")):
        vendor = mock.vendor("picwish", edition=edition)
        assert picwish(vendor, data=plain(vendor, format="PNG"))["image"].partition("?")[0].endswith(ending)


def test_a_body_without_a_content_type_is_told_what_to_send(mock: Mock) -> None:
    """No option reads it."""
    vendor = mock.vendor("picwish")
    answer = vendor.session().post(vendor.url + SCALE, data=b"{}")
    with pytest.raises(Refused, match=r"Content-Type is missing; send multipart/form-data or"):
        said(answer)


def test_a_picture_in_base64_is_judged_as_any_other(mock: Mock) -> None:
    """One byte over the limit is too large, what is no Base64 ends as an invalid picture."""
    vendor = mock.vendor("picwish", edition="current")
    vendor.set_rate_limit(None)
    most = 20 * 1024 * 1024
    for size, status in ((most, 200), (most + 1, 413)):
        text = base64.b64encode(vendor.images.bytes(20, 20, "png", size=size)).decode()
        sent = {"type": (None, "clean"), "image_base64": (None, text)}
        assert vendor.session().post(vendor.url + SCALE, files=sent).status_code == status
    created = vendor.session().post(vendor.url + SCALE, data={"image_base64": "no picture"}).json()
    vendor.clock.advance(60)
    told = vendor.session().get(f"{vendor.url}{SCALE}/{created['data']['task_id']}").json()
    assert told["data"]["state"] == -7


def test_a_link_with_a_redirect_is_told(mock: Mock) -> None:
    """PicWish's task fails as a failed download; the reason says redirect."""
    vendor = mock.vendor("picwish")
    answer = vendor.session().post(vendor.url + SCALE, data=plain(vendor, image_url=vendor.images.redirecting()))
    assert "redirect" in answer.headers["X-Greycard-Reason"]


# ------------------------------------------------------------------------------------------------ Wondershare


def test_a_program_that_leaves_priority_out_and_compares_with_integers(mock: Mock) -> None:
    """The refusal names the option; the preset has both habits."""
    vendor = mock.vendor("wondershare")
    body = {"images": [vendor.images.link(300, 280)], "file_ext": "png"}
    with pytest.raises(Refused, match=r"--variant wondershare.priority=optional accepts it"):
        said(vendor.session().post(f"{vendor.url}{FSRTWO}/batch", json=body))
    vendor.use_preset("observed")
    task = said(vendor.session().post(f"{vendor.url}{FSRTWO}/batch", json=body))["data"]["task_id"]
    while (told := said(vendor.session().get(f"{vendor.url}{FSRTWO}/result/{task}"))["data"])["status"] in (1, 2):
        vendor.clock.sleep(max(1.0, float(told.get("wait_time") or 0)))
    assert told["status"] == 3
    assert size_of(vendor, told["list"][0]["image_result"]) == (2400, 2240)


def test_a_form_where_json_is_documented_is_told_what_to_send(mock: Mock) -> None:
    """Its document names the content type, so that no reading accepts another."""
    vendor = mock.vendor("wondershare")
    with pytest.raises(Refused, match=r"send application/json$"):
        said(vendor.session().post(f"{vendor.url}{FSRTWO}/batch", data={"file_ext": "png"}))


# --------------------------------------------------------------------------------------------------- Enhancor


def test_a_poller_that_reads_result_in_the_status_answer(mock: Mock) -> None:
    """By the document there is none; the preset has it. Fields of newer products are ignored."""
    vendor = mock.vendor("enhancor")
    for preset, there in (("documents", False), ("observed", True)):
        vendor.use_preset(preset)
        vendor.set_variants(status_result="when_completed" if there else "absent")
        body = {"img_url": vendor.images.link(60, 40), "webhookUrl": "https://example.com/", "mode": "fast",
                "webhook_url": "https://example.com/", "face_enhance": True}  # fmt: skip
        request = said(vendor.session().post(f"{vendor.url}{QUEUE}/queue", json=body))["requestId"]
        vendor.clock.sleep(8)
        told = said(vendor.session().post(f"{vendor.url}{QUEUE}/status", json={"request_id": request}))
        assert told["status"] == "COMPLETED"
        assert ("result" in told) is there
        assert not there or size_of(vendor, told["result"]) == (120, 80)


def test_a_webhook_with_a_query_string(mock: Mock) -> None:
    """It is kept, so that the receiver knows its job."""
    vendor = mock.vendor("enhancor")
    heard: list[str] = []
    url = vendor.receiver(lambda received: heard.append(received.url)) + "/hook?job_id=7&tile_id=2"
    body = {"img_url": vendor.images.link(60, 40), "webhookUrl": url, "mode": "fast"}
    said(vendor.session().post(f"{vendor.url}{QUEUE}/queue", json=body))
    vendor.clock.advance(60)
    assert heard == [url]


def test_a_create_without_a_webhook_is_told_which_field(mock: Mock) -> None:
    """No reading does without it: several clients report that it is required."""
    vendor = mock.vendor("enhancor")
    with pytest.raises(Refused, match=r"required/webhookUrl \(S4:132\) .*webhookUrl is missing$"):
        said(vendor.session().post(f"{vendor.url}{QUEUE}/queue", json={"img_url": "x", "mode": "fast"}))


# ------------------------------------------------------------------------------------------------ Magic Tiger


def test_an_integer_task_id_and_a_form_are_told(mock: Mock) -> None:
    """The type with its line, and the option that takes a form."""
    vendor = mock.vendor("magictiger")
    with pytest.raises(Refused, match=r"\(S1:35\) /taskid - taskid must be of the type string"):
        said(vendor.session().post(f"{vendor.url}/gettask", json={"taskid": 5, "type": 1}))
    form = {"picurl": vendor.images.link(80, 80), "type": "1"}
    with pytest.raises(Refused, match=r"--freedom magictiger/free.createtask.more-encodings accepts it"):
        said(vendor.session().post(f"{vendor.url}/createtask", data=form))
    vendor.set_freedoms("free.createtask.more-encodings")
    assert said(vendor.session().post(f"{vendor.url}/createtask", data=form))["code"] == 0
