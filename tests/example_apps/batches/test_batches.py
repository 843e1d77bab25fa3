"""An ordinary suite for the batches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from example_apps.batches.app import BatchError, Batches


@pytest.fixture
def batches(wondershare: Any) -> Batches:
    """The application at the mock."""
    return Batches(wondershare.url, **wondershare.credentials, pause=wondershare.clock.sleep)


def test_one_picture(wondershare: Any, batches: Batches, tmp_path: Path) -> None:
    """What is written is a PNG."""
    for one in batches.enlarge([wondershare.images.link(512, 512)], tmp_path):
        assert one.suffix == ".png"
        assert one.read_bytes().startswith(b"\x89PNG")


def test_two_pictures(wondershare: Any, batches: Batches, tmp_path: Path) -> None:
    """Two pictures go in one task."""
    links = [wondershare.images.link(512, 512), wondershare.images.link(520, 512)]
    found = batches.enlarge(links, tmp_path)
    assert len(found) == len(set(found))
    wondershare.assert_requested("fsrtwo.batch", times=1)


def test_a_batch_fails(wondershare: Any, batches: Batches, tmp_path: Path) -> None:
    """A batch that fails is told."""
    wondershare.scenario(outcome="failed")
    with pytest.raises(BatchError):
        batches.enlarge([wondershare.images.link(512, 512)], tmp_path)


def test_too_small(wondershare: Any, batches: Batches, tmp_path: Path) -> None:
    """A picture that is too small is told."""
    with pytest.raises(BatchError):
        batches.enlarge([wondershare.images.link(20, 20)], tmp_path)


def test_a_bad_key(wondershare: Any, tmp_path: Path) -> None:
    """A key that is wrong is told."""
    with pytest.raises(BatchError):
        Batches(wondershare.url, "nobody", "wrong").enlarge([wondershare.images.link(512, 512)], tmp_path)
