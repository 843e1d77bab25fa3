"""An ordinary suite for the portraits."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from example_apps.portraits.app import PortraitError, Portraits


@pytest.fixture
def portraits(enhancor: Any) -> Portraits:
    """The application, which takes its webhooks."""
    webhook = enhancor.receiver(lambda received: made.take(received.json()))
    made: Portraits = Portraits(enhancor.url, enhancor.credentials["api_key"], webhook, enhancor.clock.asleep)
    return made


def test_one_portrait(enhancor: Any, portraits: Portraits) -> None:
    """A portrait has its price."""
    found = asyncio.run(portraits.upscale([enhancor.images.link(400, 500, "png")]))
    assert len(found) == 1


def test_two_portraits(enhancor: Any, portraits: Portraits) -> None:
    """Two portraits are two requests."""
    links = [enhancor.images.link(400, 500, "png"), enhancor.images.link(300, 500, "png")]
    assert len(asyncio.run(portraits.upscale(links))) == 2


def test_a_failure(enhancor: Any, portraits: Portraits) -> None:
    """A portrait that cannot be upscaled is told."""
    enhancor.scenario(outcome="failed")
    with pytest.raises(PortraitError):
        asyncio.run(portraits.upscale([enhancor.images.link(400, 500, "png")]))


def test_a_portrait_is_delivered(enhancor: Any, portraits: Portraits) -> None:
    """Each portrait is delivered once."""
    asyncio.run(portraits.upscale([enhancor.images.link(400, 500, "png")]))
    enhancor.clock.advance(60)
    assert len(portraits.delivered) == 1


def test_a_bad_key(enhancor: Any) -> None:
    """A key that is wrong is told."""
    application = Portraits(enhancor.url, "wrong", "https://example.com/", enhancor.clock.asleep)
    with pytest.raises(PortraitError):
        asyncio.run(application.upscale([enhancor.images.link(400, 500, "png")]))
