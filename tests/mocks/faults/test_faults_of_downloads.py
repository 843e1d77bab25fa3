"""The download of a result stands in the journal and meets faults like every other request."""

from __future__ import annotations

import pytest
import requests

from greycard_mocks import VendorMock
from greycard_mocks.core.faults import KINDS, kinds_of


def read(vendor: VendorMock) -> requests.Response:
    """One request to PicWish whose answer does not matter."""
    return vendor.session().get(f"{vendor.url}/api/tasks/visual/scale/none")


def finished_link(vendor: VendorMock) -> str:
    """The link of a result that is there."""
    form = {"type": "clean", "image_url": vendor.images.link()}
    task = vendor.session().post(f"{vendor.url}/api/tasks/visual/scale", data=form).json()["data"]["task_id"]
    vendor.clock.advance(60)
    link: str = vendor.session().get(f"{vendor.url}/api/tasks/visual/scale/{task}").json()["data"]["image"]
    return link


def test_a_download_is_journalled(picwish_here: VendorMock) -> None:
    """The download of a result stands in the journal, with its task, and so does one that is refused."""
    link = finished_link(picwish_here)
    assert picwish_here.session().get(link).status_code == 200
    (entry,) = picwish_here.assert_requested("result", times=1)
    assert (entry["status"], entry["reason"], entry["method"]) == (200, "", "GET")
    assert entry["task"] in picwish_here.world.tasks
    picwish_here.assert_no_refusals()
    picwish_here.clock.advance(7200)
    assert picwish_here.session().get(link).status_code == 403
    assert [one["status"] for one in picwish_here.downloads] == [200, 403]
    assert {entry["operation"] for entry in picwish_here.requests} == {"scale.create", "scale.get"}
    (entry,) = picwish_here.refused
    assert (entry["status"], entry["claim"]) == (403, "picwish#link/life_seconds")
    assert "the link lived for 3600 s" in entry["reason"]


@pytest.mark.parametrize("kind", kinds_of("wire", "answer"))
def test_a_download_meets_faults_like_everything_else(picwish_here: VendorMock, kind: str) -> None:
    """Each fault strikes a download, and one for downloads alone spares the vendor's operations."""
    link = finished_link(picwish_here)
    whole = picwish_here.session().get(link)
    picwish_here.fault(kind, operation="result", count=1)
    assert read(picwish_here).status_code == 404
    before = picwish_here.clock.now()
    if KINDS[kind].group == "wire" or kind == "truncate":
        with pytest.raises(requests.exceptions.ConnectionError, match=kind):
            picwish_here.session().get(link)
    else:
        struck = picwish_here.session().get(link)
        changed = struck.content != whole.content or struck.headers["Content-Type"] != "image/jpeg"
        assert changed or picwish_here.clock.now() > before
        assert struck.headers["X-Greycard-Fault"] == kind
    assert picwish_here.session().get(link).content == whole.content


@pytest.mark.wire
def test_a_truncated_download_declares_the_whole_picture(picwish: VendorMock) -> None:
    """A client sees a picture that breaks off: its length is declared and only a part of it comes."""
    link = finished_link(picwish)
    picwish.fault("truncate", operation="result", fraction=0.25)
    with pytest.raises(requests.exceptions.RequestException):
        picwish.session().get(link)
