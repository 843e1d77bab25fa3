"""No picture link and no delivery of a mock steers or shows a mock: not itself, and not one of another process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from greycard_mocks import Mock, VendorMock
from greycard_mocks.app import create_app

WORLD = "/_mock/worlds/enhancor:test-victim"


@pytest.fixture
def victim() -> Iterator[Mock]:
    """A mock at a port of its own, with a world that somebody needs; to the sender it is another process's."""
    with Mock(["enhancor"]) as made:
        made.vendor("enhancor", "test-victim")
        yield made


def queue(vendor: VendorMock, link: str, webhook: str) -> int:
    """Queue a picture, and let all that is due be delivered; the status of the create."""
    body = {"img_url": link, "webhookUrl": webhook, "mode": "fast"}
    with vendor.session() as session:
        answer = session.post(f"{vendor.url}/api/upscaler/v1/queue", json=body)
    vendor.clock.advance(600)
    return answer.status_code


@pytest.mark.wire
@pytest.mark.parametrize("path", ["/_mock/reset", f"{WORLD}/reset", f"{WORLD}/scenarios", f"{WORLD}/clock"])
def test_a_webhook_steers_no_mock(victim: Mock, path: str) -> None:
    """Sent by another mock, or by the mock itself, it is refused with 403, and every world is as it was."""
    with Mock(["enhancor"]) as other:
        for sender in (other, victim):
            vendor = sender.vendor("enhancor")
            assert queue(vendor, vendor.images.link(60, 40), victim.url + path) == 200
            assert [one["status"] for one in vendor.deliveries] == [403] * 4
    assert victim.engine.worlds.find("enhancor", "test-victim") is not None


@pytest.mark.wire
def test_a_picture_link_is_shown_no_control_plane(victim: Mock) -> None:
    """The control plane and the page answer a mock that fetches a picture with 403; test pictures are given."""
    with Mock(["enhancor"]) as other:
        vendor = other.vendor("enhancor")
        webhook = vendor.receiver(lambda _: 200)
        for path in ("/_mock/worlds", f"{WORLD}/export", "/_mock/", "/_mock/openapi.json"):
            assert queue(vendor, victim.url + path, webhook) == 400
            assert "HTTP 403" in vendor.requests[-1]["reason"]
        assert queue(vendor, f"{victim.url}/_mock/images/60x40.jpg", webhook) == 200


def test_a_delivery_within_the_process_steers_no_mock() -> None:
    """A mock's own application as the receiver of its deliveries refuses them as well."""
    with Mock(["enhancor"], in_process=True) as mock:
        vendor = mock.vendor("enhancor")
        names = tuple(f"receiver-{number}.greycard.test" for number in range(9))
        address = mock.receiver(create_app(mock.engine, own_hosts=names))
        queue(vendor, vendor.images.link(60, 40), f"{address}/_mock/reset")
        assert [one["status"] for one in vendor.deliveries] == [403] * 4
