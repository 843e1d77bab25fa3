"""What PicWish takes and refuses: parameters, keys, paths, and how often it may be asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

CREATE = "/api/tasks/visual/scale"
KEY = {"X-API-KEY": "test-key"}


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
def test_bad_parameters_are_refused(picwish: Any, jpeg: bytes, fields: dict[str, Any]) -> None:
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
def test_good_parameters_are_accepted(picwish: Any, jpeg: bytes, fields: dict[str, Any]) -> None:
    """fix_face_only is ignored with clean, unknown fields always, sync=0 asks for an asynchronous task."""
    assert picwish.create(jpeg, **fields).json()["data"].keys() == {"task_id"}


def test_a_picture_is_needed_and_the_file_wins(picwish: Any, jpeg: bytes) -> None:
    """Neither file nor link is 400; with both the link is not looked at."""
    assert picwish.create().status_code == 400
    data = picwish.finish(picwish.create(jpeg, image_url="http://nowhere.test/"))
    assert (data["state"], picwish.lab.guard.asked) == (1, [])


def test_a_file_sent_as_text_is_no_file(picwish: Any) -> None:
    """A plain form cannot carry image_file."""
    assert picwish.create(image_file="not a file").status_code == 400


def test_other_encodings_are_refused(picwish: Any) -> None:
    """A create is a form; JSON is answered with what to send."""
    answer = picwish.lab.call("POST", CREATE, headers=KEY, json={"type": "clean"})
    assert answer.status_code == 400
    assert "send multipart/form-data" in answer.headers["X-Greycard-Reason"]


@pytest.mark.parametrize("key", [None, "", "real-key", "Test-key", "t\xe9st", "\xff\xfe", "tes"])
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_wrong_key_is_401(picwish: Any, key: str | None, method: str) -> None:
    """S2:61: missing, unknown and unreadable keys; nothing else about the request matters."""
    headers = {} if key is None else {"X-API-KEY": key.encode("latin-1")}
    answer = picwish.lab.call(method, CREATE if method == "POST" else f"{CREATE}/x", headers=headers)
    assert (answer.status_code, answer.json()) == (401, {"status": 401, "message": "authentication failed"})


def test_an_unknown_task_is_404(picwish: Any, jpeg: bytes) -> None:
    """S2:62, and another key's task is as unknown as one that never was."""
    assert picwish.poll("00000000-0000-4000-8000-000000000000").json() == {
        "status": 404,
        "message": "resource not found",
    }
    task = picwish.create(jpeg, headers={"X-API-KEY": "test-other"}).json()["data"]["task_id"]
    assert picwish.poll(task).status_code == 404


@pytest.mark.parametrize("path", [f"/{CREATE}", f"{CREATE}/", f"//{CREATE}//", "/api//tasks/visual/scale"])
def test_slashes_are_tolerated(picwish: Any, jpeg: bytes, path: str) -> None:
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
def test_other_calls_get_the_vendor_s_404(picwish: Any, method: str, path: str) -> None:
    """The answer names the nearest operation and what differs."""
    answer = picwish.lab.call(method, path, headers={**KEY, "X-HTTP-Method-Override": "POST"})
    assert (answer.status_code, answer.json()["status"]) == (404, 404)
    assert "scale." in answer.headers["X-Greycard-Reason"]


@pytest.mark.parametrize(("scope", "codes"), [("all", [200, 200, 429, 429]), ("create", [200, 200, 404, 429])])
def test_the_third_request_of_a_second_is_429(
    make: Callable[..., Any], jpeg: bytes, scope: str, codes: list[int]
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
