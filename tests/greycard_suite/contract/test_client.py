"""The reference client, written from the documents by hand, gets along with the target: two readings that agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greycard_suite.contract.declare import Case, suite_test

if TYPE_CHECKING:
    from collections.abc import Iterable

    from greycard_schemas.loader import Vendor
    from greycard_suite.targets.target import Target


def _known(vendor: Vendor) -> Iterable[Case]:
    needs = () if vendor.name == "picwish" else ("links",)
    return [Case("enhance", needs=needs)] if vendor.name in ("picwish", "wondershare", "magictiger", "enhancor") else []


@suite_test(standing="mock_only", cases=_known, requests=30, credits=2)
def test_the_client_brings_a_picture_home(target: Target, case: Case) -> None:
    """Create, wait and result through the client alone."""
    del case
    from greycard_client import Enhancor, MagicTiger, PicWish, Wondershare

    options: dict[str, Any] = {"session": target.wire.session, "clock": target.clock}
    keys = target.credentials
    link = target.images.link(300, 300, "jpg")
    if target.vendor.name == "picwish":
        with PicWish(keys["api_key"], target.base_url, **options) as picwish:
            task = picwish.scale(target.images.bytes(120, 80, "jpg"), timeout=60)
            assert task.succeeded
            assert task.image
    elif target.vendor.name == "wondershare":
        with Wondershare(keys["app_key"], keys["app_secret"], target.base_url, **options) as wondershare:
            batch = wondershare.wait(wondershare.upscale_8x([link, link], priority=1))
            assert batch.succeeded
            assert len(batch.succeeded_items) == 2
    elif target.vendor.name == "magictiger":
        with MagicTiger(keys["token"], target.base_url, **options) as tiger:
            found = tiger.wait(tiger.create(link, 1, "mine"))
            assert found.succeeded
            assert found.chtaskid == "mine"
            assert tiger.delete(found.taskid).succeeded
    else:
        with Enhancor(keys["api_key"], target.base_url, **options) as enhancor:
            address = target.delivery_address() or "https://example.com/"
            assert enhancor.wait(enhancor.queue(link, address, "fast")).succeeded
