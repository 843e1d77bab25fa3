"""What Wondershare takes and refuses: parameters, credentials, content types and balance."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest


@pytest.mark.parametrize(
    "fields",
    [
        {"file_ext": None},
        {"file_ext": "JPEG"},
        {"file_ext": "gif"},
        {"file_ext": ""},
        {"file_ext": 1},
        {"file_ext": "PNG\n"},
        {"priority": None},
        {"priority": -1},
        {"priority": 10},
        {"priority": "1"},
        {"priority": 1.5},
        {"priority": True},
        {"images": "http://x"},
        {"images": [""]},
        {"images": [1]},
    ],
)
def test_bad_parameters_are_refused(vendor: Any, fields: dict[str, Any]) -> None:
    """HTTP 200, the envelope with a code other than 0 and an empty data object; the reason says where."""
    answer = vendor.create(**fields)
    assert (answer.status_code, answer.json()) == (
        200,
        {"code": 490002, "msg": "invalid parameter", "data": {}},
    )
    assert answer.headers["X-Greycard-Reason"].startswith("wondershare/fsrtwo.batch#request/")


def test_images_may_not_be_left_out_or_empty(vendor: Any) -> None:
    """S0:18."""
    images: Any
    for images in ({}, {"images": []}, {"images": None}):
        assert vendor.send("fsrtwo", {**images, "file_ext": "png", "priority": 1}).json()["code"] == 490002


@pytest.mark.parametrize("feature", ["fsrtwo", "rw"])
def test_the_edges_of_numbers_hold_in_both_features(vendor: Any, feature: str) -> None:
    """20 images pass and 21 are refused (S0:18, S3:28); priority 0 and 9 pass (S0:20, S3:30)."""
    link = vendor.lab.image("300x300.jpg")
    assert len(vendor.finish(vendor.create(feature, [link] * 20), feature)["list"]) == 20
    refused = vendor.create(feature, [link] * 21)
    assert refused.json()["code"] == 490002
    assert "(S0:18)" in refused.headers["X-Greycard-Reason"] or "(S3:28)" in refused.headers["X-Greycard-Reason"]
    assert [vendor.create(feature, priority=value).json()["code"] for value in (0, 9, -1, 10)] == [
        0,
        0,
        490002,
        490002,
    ]


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Basic",
        "Basic ",
        "Basic !!!",
        "Bearer x",
        "Basic " + base64.b64encode(b"test-key").decode(),
        "Basic " + base64.b64encode(b"test-key:").decode(),
        "Basic " + base64.b64encode(b":x").decode(),
        "Basic " + base64.b64encode(b"real:secret").decode(),
        "Basic " + base64.b64encode(b"\xff\xfe:x").decode(),
        "Basic \xe9\xe9",
        "Basic " + "A" * 50_000,
    ],
)
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_bad_credentials_are_401(vendor: Any, header: str | None, method: str) -> None:
    """HTTP 401 and the envelope with a code other than 0."""
    headers = {} if header is None else {"Authorization": header.encode("latin-1")}
    path = "/v3/pic/fsrtwo/batch" if method == "POST" else "/v3/pic/fsrtwo/result/x"
    answer = vendor.lab.call(method, path, headers=headers)
    assert (answer.status_code, answer.json()) == (
        401,
        {"code": 490001, "msg": "authentication failed", "data": {}},
    )


def test_the_scheme_is_read_in_any_case(vendor: Any) -> None:
    """RFC 7617: `basic` is as good as `Basic`; the world is that of the app key, whatever the secret is."""
    token = vendor.basic("test-key:other")["Authorization"].removeprefix("Basic ")
    task = vendor.create().json()["data"]["task_id"]
    answer = vendor.lab.call("GET", f"/v3/pic/fsrtwo/result/{task}", headers={"Authorization": f"basic {token}"})
    assert answer.json()["code"] == 0


def test_an_unknown_task_has_a_code(vendor: Any) -> None:
    """Also a task of the other feature, and one of another app key."""
    task = vendor.create().json()["data"]["task_id"]
    assert vendor.poll("none").json() == {"code": 490004, "msg": "task not found", "data": {}}
    assert vendor.poll(task, "rw").json()["code"] == 490004
    other = vendor.lab.call("GET", f"/v3/pic/fsrtwo/result/{task}", headers=vendor.basic("test-other:s"))
    assert other.json()["code"] == 490004


def test_content_type_is_needed_where_there_is_a_body(vendor: Any) -> None:
    """S0:13 for the create; on the GET its absence is tolerated, and so is its presence."""
    headers = {**vendor.basic("test-key:s"), "Content-Type": "text/plain"}
    assert vendor.lab.call("POST", "/v3/pic/fsrtwo/batch", headers=headers, data=b"{}").json()["code"] == 490002
    task = vendor.create().json()["data"]["task_id"]
    headers["Content-Type"] = "application/json"
    assert vendor.lab.call("GET", f"/v3/pic/fsrtwo/result/{task}", headers=headers).json()["code"] == 0


def test_the_balance_can_run_out(vendor: Any) -> None:
    """490027, the one number that a page of the vendor names."""
    world = vendor.lab.world("wondershare")
    world.balance = 1
    assert [vendor.create().json()["code"] for _ in range(2)] == [0, 490027]


def test_refusals_under_http_statuses(make: Callable[..., Any]) -> None:
    """error_http=status: 400 and 404 with the same envelope."""
    vendor = make(error_http="status")
    bad, unknown, mask = vendor.create(priority=10), vendor.poll("x"), vendor.create("rw", mask="garbage")
    assert [(one.status_code, one.json()["code"]) for one in (bad, unknown, mask)] == [
        (400, 490002),
        (404, 490004),
        (400, 490005),
    ]


def test_priority_may_be_optional(make: Callable[..., Any]) -> None:
    """priority=optional: both features do without it, its range still holds."""
    vendor = make(priority="optional")
    codes = [
        vendor.create(feature, priority=value).json()["code"] for feature in ("fsrtwo", "rw") for value in (None, 10)
    ]
    assert codes == [0, 490002, 0, 490002]
