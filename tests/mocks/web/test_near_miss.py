"""A request that nearly is one: what is said to its sender names the operation, and the lines of the document."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import requests

from greycard_mocks.pipeline.near_miss import BEYOND, explain_unmatched
from greycard_mocks.pipeline.router import Router
from greycard_mocks.serve import run

KEY = {"X-API-KEY": "test-key"}
CREATE = "/api/tasks/visual/scale"


def said(lab: Any, method: str, path: str) -> str:
    """What the journal says to the sender of a request that no vendor has."""
    assert lab.call(method, path, headers=KEY).status_code == 404
    (entry,) = lab.engine.worlds.unmatched.entries
    return str(entry["reason"])


@pytest.mark.parametrize("path", [CREATE, f"{CREATE}/", f"//{CREATE[1:]}", f"{CREATE.replace('/', '//')}///"])
def test_another_method_of_a_path_is_told_whatever_its_slashes(make_lab: Callable[..., Any], path: str) -> None:
    """A path that an operation has, its slashes doubled or one too many, is told by the right method."""
    reason = said(make_lab("picwish"), "DELETE", path)
    assert f"is POST {CREATE}, not DELETE" in reason


@pytest.mark.parametrize("vendor", ["enhancor", "magictiger", "picwish", "wondershare"])
def test_the_lines_of_the_document_stand_where_it_says_something(make_lab: Callable[..., Any], vendor: str) -> None:
    """Lines of the document are named; an assumption is none, and where nothing is said nothing is named."""
    router = Router(make_lab(vendor).engine.runtimes.values())
    for route in router.routes:
        for key, method, path in (
            ("method", "PURGE", route.path.replace("{", "").replace("}", "")),
            ("path", route.method, f"{route.path.replace('{', '').replace('}', '')}/x/y/z"),
        ):
            _, detail = explain_unmatched(router, _Asked(method, path))  # type: ignore[arg-type]
            (name,) = re.findall(r"(?:^|the nearest is )([\w.]+)(?: is |: )", detail.removesuffix(f"; {BEYOND}"))
            named = next(one for one in router.routes if one.operation.name == name)
            source = str(named.operation.contract.get("x-source", {}).get(key, ""))
            lines = re.search(r" \(([^()]*)\)$", detail.removesuffix(f"; {BEYOND}"))
            assert (lines[1] if lines else "") == ("" if source.startswith("assumed") else source)


def test_an_operation_without_a_source_names_no_lines(make_lab: Callable[..., Any]) -> None:
    """Where the data name no source at all, nothing is made up for it."""
    lab = make_lab("picwish")
    router = Router(lab.engine.runtimes.values())
    for route in router.routes:
        route.operation.contract.pop("x-source", None)
    for method, path in (("PURGE", CREATE), ("GET", f"{CREATE}/x/y")):
        _, detail = explain_unmatched(router, _Asked(method, path))  # type: ignore[arg-type]
        assert not detail.removesuffix(f"; {BEYOND}").endswith(")")


FAMILIES = [
    ("picwish", "POST", "/api/tasks/visual/segmentation"),
    ("picwish", "GET", "/api/tasks/document/ocr/some-task"),
    ("picwish", "POST", "//api/tasks/visual/external/x"),
    ("picwish", "POST", "/api/task/visual/scale"),
    ("enhancor", "POST", "/api/realistic-skin/v1/queue"),
    ("enhancor", "POST", "/api/portrait-upscaler/v1/status"),
    ("enhancor", "POST", "/api/upscaler/v1/cancel"),
    ("wondershare", "POST", "/v3/pic/matting/batch"),
    ("wondershare", "POST", "/v3/video/x"),
    ("magictiger", "POST", "/CreateTask"),
    ("magictiger", "POST", "/createtasks/"),
]
"""Vendor, method, and a path that none of them has, but which is of its family."""


@pytest.mark.parametrize(("vendor", "method", "path"), FAMILIES)
def test_an_unmatched_path_gets_the_refusal_of_its_family(
    make_lab: Callable[..., Any], vendor: str, method: str, path: str
) -> None:
    """The answer is the vendor's own, says nothing of a task, and names no other vendor's operation."""
    lab = make_lab()
    answer = lab.call(method, path)
    (entry,) = lab.engine.worlds.unmatched.entries
    runtime = lab.engine.runtimes[vendor]
    status, _ = runtime.refusal(runtime.data["unmatched"]["error"])
    assert (entry["vendor"], answer.status_code) == (vendor, status)
    assert "no such path" in answer.text
    assert "task" not in answer.text
    assert entry["reason"].startswith(f"{vendor}#unmatched/error")
    assert any(f"the nearest is {name}: " in entry["reason"] for name in runtime.operations)
    assert BEYOND in entry["reason"]
    assert entry["answer"]["body"] == answer.json()


@pytest.mark.parametrize("path", ["/nonsense", "/v1/jobs/queue", "/api/customers/credits", "/api"])
def test_a_path_of_no_family_gets_no_vendor_s_refusal(make_lab: Callable[..., Any], path: str) -> None:
    """Nothing is nearest that is not near; what there is is named in its place."""
    lab = make_lab()
    answer = lab.call("POST", path)
    (entry,) = lab.engine.worlds.unmatched.entries
    assert (answer.status_code, entry["vendor"]) == (404, None)
    assert "nearest" not in entry["reason"]
    assert BEYOND in entry["reason"]
    assert all(name in entry["reason"] for name in lab.engine.runtimes)


def test_the_only_vendor_answers_every_path(make_lab: Callable[..., Any]) -> None:
    """Where one vendor is served, whatever comes was meant for it."""
    lab = make_lab("wondershare")
    assert lab.call("POST", "/nonsense").json()["msg"] == "no such path"


@pytest.mark.wire
def test_a_doubled_slash_reaches_picwish_over_the_socket_too(make_lab: Callable[..., Any]) -> None:
    """A family of public clients joins a base URL that ends in a slash to a path that begins with one."""
    lab = make_lab()
    with run(lab.engine) as running:
        data = {"type": "clean", "image_url": f"{running.url}/_mock/images/60x40.jpg"}
        created = requests.post(f"{running.url}/{CREATE}", headers=KEY, data=data, timeout=10).json()
        read = requests.get(f"{running.url}/{CREATE}/{created['data']['task_id']}", headers=KEY, timeout=10)
    assert (created["status"], read.json()["status"]) == (200, 200)


class _Asked:
    """Method and path of a request."""

    def __init__(self, method: str, path: str) -> None:
        self.method, self.path = method, path


def test_a_delivery_is_no_operation_that_anybody_can_call(make_lab: Callable[..., Any]) -> None:
    """The routes are the operations apart from the deliveries, which go the other way."""
    engine = make_lab().engine
    routed = {(route.runtime.name, route.operation.name) for route in Router(engine.runtimes.values()).routes}
    every = {
        (name, operation.name): operation.kind
        for name, runtime in engine.runtimes.items()
        for operation in runtime.operations.values()
    }
    assert "delivery" in every.values()
    assert routed == {place for place, kind in every.items() if kind != "delivery"}


def test_head_is_answered_as_get_is(make_lab: Callable[..., Any]) -> None:
    """A read that HEAD asks for has the status and the type of the answer to GET, and no body."""
    lab = make_lab("picwish")
    lab.world("picwish").rate_limit = None
    created = lab.call("POST", CREATE, headers=KEY, data={"type": "clean", "image_url": lab.image()})
    path = f"{CREATE}/{created.json()['data']['task_id']}"
    got, asked = (lab.call(method, path, headers=KEY) for method in ("GET", "HEAD"))
    assert (asked.status_code, asked.headers["Content-Type"]) == (got.status_code, got.headers["Content-Type"])
    assert (got.status_code, got.headers["Content-Type"], asked.content) == (200, "application/json", b"")
