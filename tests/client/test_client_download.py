"""Results on their way to the disk: all or nothing, without the key, up to a cap."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests

from greycard_client import (
    LinkExpired,
    NotFound,
    RateLimited,
    ScaleTask,
    ServerError,
    TransportError,
    UnexpectedResponse,
    Wondershare,
)
from greycard_client._download import write_atomically
from greycard_client.picwish import PicWish
from greycard_client.wondershare import BatchItem

PICTURE = b"\x89PNG\r\n\x1a\n and so on"
LINK = "https://oss.example/r.png?Expires=1&Signature=sig-123456"


def client(vendor: Any) -> Wondershare:
    """The client, talking to the prepared vendor."""
    return Wondershare("app-123456", "secret-123456", **vendor.options)


class Parts:
    """A body that comes in parts and may break off."""

    def __init__(self, *parts: bytes, error: Exception | None = None) -> None:
        self.parts = list(parts)
        self.error = error

    def read(self, *_: Any) -> bytes:
        """The next part."""
        if self.parts:
            return self.parts.pop(0)
        if self.error:
            raise self.error
        return b""

    def close(self) -> None:
        """Nothing is open."""


def test_a_link_is_streamed_to_its_place(vendor: Any, tmp_path: Path) -> None:
    """The file appears whole, replaces an older one, and no temporary file is left."""
    target = tmp_path / "r.png"
    target.write_bytes(b"old")
    vendor.reply(Parts(PICTURE[:5], PICTURE[5:]))
    assert client(vendor).save(BatchItem("3", LINK, ""), target) == target
    assert target.read_bytes() == PICTURE
    assert [path.name for path in tmp_path.iterdir()] == ["r.png"]
    assert vendor.sent[0].url == LINK


def test_the_key_does_not_go_to_the_host_of_the_result(vendor: Any, tmp_path: Path) -> None:
    """A result lies on another host, which is none of the vendor's business partners that know the key."""
    vendor.reply(PICTURE)
    client(vendor).save(LINK, tmp_path / "r")
    PicWish("key-123456", **vendor.options).save(ScaleTask("t", 1, image=LINK), tmp_path / "r")
    for request in vendor.sent:
        assert not {"authorization", "x-api-key", "cookie"} & {name.lower() for name in request.headers}
    assert vendor.sent_with[0]["timeout"] == (5.0, 30.0)


def test_a_download_follows_redirects(vendor: Any, tmp_path: Path) -> None:
    """Storage services redirect; without a key there is nothing to lose."""
    vendor.reply(b"", 302, {"Location": "https://cdn.example/r"}).reply(PICTURE)
    assert client(vendor).save(LINK, tmp_path / "r").read_bytes() == PICTURE


@pytest.mark.parametrize(("status", "kind"), [(403, LinkExpired), (404, NotFound), (410, NotFound), (500, ServerError)])
def test_a_link_that_gives_nothing(vendor: Any, tmp_path: Path, status: int, kind: type[Exception]) -> None:
    """403 says that the link has expired (S2:117); the older file stays, and the link is not shown."""
    target = tmp_path / "r"
    target.write_bytes(b"old")
    vendor.reply(b"<Error>AccessDenied</Error>", status)
    with pytest.raises(kind) as caught:
        client(vendor).save(LINK, target)
    assert type(caught.value) is kind
    assert ("expired" in str(caught.value)) is (status == 403)
    assert "sig-123456" not in str(caught.value)
    assert target.read_bytes() == b"old"


def test_a_download_that_breaks_off_is_tried_again(vendor: Any, tmp_path: Path) -> None:
    """A second try starts anew; when all break off, nothing is written."""
    cut = requests.exceptions.ChunkedEncodingError("cut")
    vendor.reply(Parts(PICTURE[:9], error=cut)).reply(b"", 429, {"Retry-After": "1"}).reply(Parts(PICTURE))
    assert client(vendor).save(LINK, tmp_path / "r").read_bytes() == PICTURE
    hopeless = type(vendor)().reply(Parts(PICTURE, error=cut))
    with pytest.raises(TransportError):
        client(hopeless).save(LINK, tmp_path / "s")
    busy = type(vendor)().reply(b"", 429)
    with pytest.raises(RateLimited):
        client(busy).save(LINK, tmp_path / "s")
    assert [path.name for path in tmp_path.iterdir()] == ["r"]


def test_a_download_has_a_cap(vendor: Any, tmp_path: Path) -> None:
    """Exactly max_bytes is fine, one more is refused and leaves nothing behind."""
    vendor.reply(PICTURE)
    api = client(vendor)
    assert api.save(LINK, tmp_path / "r", max_bytes=len(PICTURE)).read_bytes() == PICTURE
    with pytest.raises(UnexpectedResponse, match="max_bytes"):
        api.save(LINK, tmp_path / "s", max_bytes=len(PICTURE) - 1)
    assert [path.name for path in tmp_path.iterdir()] == ["r"]


@pytest.mark.parametrize("location", ["ftp://e/r", "file:///etc/passwd", "HTTPS:", "\xff\xfe\x1b"])
def test_a_download_is_not_led_away_from_the_web(vendor: Any, tmp_path: Path, location: str) -> None:
    """A redirect leads to http and https links only, wherever it says that the picture is."""
    vendor.reply(b"", 302, {"Location": location}).reply(b"", 404)
    with pytest.raises((UnexpectedResponse, TransportError, NotFound)) as caught:
        client(vendor).save(LINK, tmp_path / "r")
    assert str(caught.value).isprintable()
    assert all((request.url or "").startswith("http") for request in vendor.sent)


def test_redirects_of_a_download_have_an_end(vendor: Any, tmp_path: Path) -> None:
    """A link that redirects to itself is given up after the fifth time."""
    vendor.reply(b"", 302, {"Location": LINK})
    with pytest.raises(UnexpectedResponse, match="more than 5 times"):
        client(vendor).save(LINK, tmp_path / "r")
    assert len(vendor.sent) == 6


PICTURES = {
    "jpeg": b"\xff\xd8\xff\xe0", "png": PICTURE, "gif": b"GIF89a", "old gif": b"GIF87a", "tiff": b"II*\x00",
    "motorola": b"MM\x00*", "webp": b"RIFF\x04\x03\x02\x01WEBPVP8 ", "bmp": b"BM\x04\x03\x02\x01" + bytes(4),
}  # fmt: skip


@pytest.mark.parametrize("body", PICTURES.values(), ids=PICTURES)
def test_what_begins_as_a_picture_is_kept(vendor: Any, tmp_path: Path, body: bytes) -> None:
    """Each format of the documents is kept, also when it comes byte by byte."""
    vendor.reply(Parts(*(bytes([one]) for one in body)))
    assert client(vendor).save(LINK, tmp_path / "r").read_bytes() == body


NO_PICTURES = [
    b"",
    b"<!DOCTYPE html><html>sig-123456",
    b'{"code": 403}',
    b"BMW and others",
    b"RIFF\1\1\1\1WAVEfmt ",
    b"\xff\xd8",
]


@pytest.mark.parametrize("body", NO_PICTURES)
def test_what_is_no_picture_is_kept_only_on_request(vendor: Any, tmp_path: Path, body: bytes) -> None:
    """A page or JSON that came with 200 is no result and leaves no file; any_body=True takes what there is."""
    vendor.reply(body)
    api = client(vendor)
    with pytest.raises(UnexpectedResponse, match="any_body=True"):
        api.save(LINK, tmp_path / "r")
    task = ScaleTask("t", 1, return_type=3, content=body)
    with pytest.raises(UnexpectedResponse, match="any_body=True"):
        PicWish("key-123456", **vendor.options).save(task, tmp_path / "r")
    assert list(tmp_path.iterdir()) == []
    assert api.save(LINK, tmp_path / "r", any_body=True).read_bytes() == body
    assert PicWish("key-123456", **vendor.options).save(task, tmp_path / "r", any_body=True).read_bytes() == body


@pytest.mark.parametrize("link", ["ftp://e/r", "file:///etc/passwd", "/r.png", "data:,x", "\x1b[31m"])
def test_only_http_links_are_followed(vendor: Any, tmp_path: Path, link: str) -> None:
    """A vendor that names a file of this machine does not get it."""
    with pytest.raises(UnexpectedResponse, match="not an http") as caught:
        client(vendor).save(link, tmp_path / "r")
    assert str(caught.value).isprintable()
    assert vendor.sent == []


def test_a_link_that_is_no_url_is_a_transport_error(vendor: Any, tmp_path: Path) -> None:
    """A link without a host cannot be followed."""
    with pytest.raises(TransportError, match="InvalidURL"):
        client(vendor).save("http://", tmp_path / "r")


def test_an_item_without_a_result_is_not_saved(vendor: Any, tmp_path: Path) -> None:
    """Saving a failed picture is a mistake of the caller."""
    with pytest.raises(ValueError, match="no result"):
        client(vendor).save(BatchItem("4", "", "small"), tmp_path / "r")


def test_errors_of_the_file_system_are_passed_on(vendor: Any, tmp_path: Path) -> None:
    """A missing folder is not the vendor's fault; a failing write leaves nothing behind."""
    vendor.reply(b"x")
    with pytest.raises(FileNotFoundError):
        client(vendor).save(LINK, tmp_path / "missing" / "r")
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="irectory"):
        write_atomically(tmp_path / "folder", [b"x"])
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
