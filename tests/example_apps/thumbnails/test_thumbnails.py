"""An ordinary suite: what a developer writes on the first afternoon."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from example_apps.thumbnails.app import EnlargeError, Thumbnails, WrongKeyError


@pytest.fixture
def thumbnails(picwish: Any) -> Iterator[Thumbnails]:
    """The application at the mock, with its waiting on the mock's clock."""
    made = Thumbnails(picwish.url, picwish.credentials["api_key"], picwish.clock.sleep)
    yield made
    made.close()


def test_one_picture(picwish: Any, thumbnails: Thumbnails, tmp_path: Path) -> None:
    """A picture is written."""
    found = thumbnails.enlarge_all({"a.jpg": picwish.images.bytes(80, 60)}, tmp_path)
    assert all(one.stat().st_size > 0 for one in found)


def test_two_pictures(picwish: Any, thumbnails: Thumbnails, tmp_path: Path) -> None:
    """Whatever is written is a picture."""
    pictures = {"a.jpg": picwish.images.bytes(80, 60), "b.jpg": picwish.images.bytes(60, 80)}
    for one in thumbnails.enlarge_all(pictures, tmp_path):
        assert one.read_bytes().startswith((b"\xff\xd8", b"\x89PNG"))


def test_a_bad_key(picwish: Any, tmp_path: Path) -> None:
    """A key that is wrong is told."""
    application = Thumbnails(picwish.url, "wrong", picwish.clock.sleep)
    with pytest.raises(WrongKeyError):
        application.enlarge_all({"a.jpg": picwish.images.bytes(80, 60)}, tmp_path)
    application.close()


def test_a_failure(picwish: Any, thumbnails: Thumbnails, tmp_path: Path) -> None:
    """A picture that cannot be enlarged is told."""
    picwish.scenario(outcome="timed_out")
    with pytest.raises(EnlargeError, match="state -8"):
        thumbnails.enlarge_all({"a.jpg": picwish.images.bytes(80, 60)}, tmp_path)


def test_no_pictures(thumbnails: Thumbnails, tmp_path: Path) -> None:
    """Nothing is asked for nothing."""
    assert thumbnails.enlarge_all({}, tmp_path) == []
