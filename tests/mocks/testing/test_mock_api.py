"""The Python API: worlds of their own, credentials, clocks, receivers, assertions that say what differs."""

from __future__ import annotations

import base64
import io
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import flask
import pytest
from PIL import Image

import greycard_mocks
from greycard_client import Enhancor, MagicTiger, PicWish, Wondershare
from greycard_client.clock import Clock
from greycard_mocks import Mock, Received, VendorMock
from greycard_mocks.core.scenario import ScenarioError
from greycard_mocks.core.settings import SettingError
from greycard_mocks.engine.world_file import WorldFileError
from greycard_mocks.plugin import make_client
from greycard_schemas.errors import ContractError

VENDORS = ("picwish", "wondershare", "magictiger", "enhancor")


@pytest.fixture
def mock() -> Iterator[Mock]:
    """A mock of its own without a port."""
    with Mock(in_process=True, client=make_client) as made:
        yield made


@pytest.fixture
def picwish_here(mock: Mock) -> Iterator[VendorMock]:
    """PicWish without a port."""
    made = mock.vendor("picwish")
    yield made
    made.close()


def scale(vendor: VendorMock, **form: Any) -> Any:
    """Send a PicWish task; returns the answer."""
    data = {"type": "clean", "image_url": vendor.images.link(60, 40), **form}
    return vendor.session().post(f"{vendor.url}/api/tasks/visual/scale", data=data)


def test_nothing_is_loaded_before_it_is_needed() -> None:
    """A mock that nobody uses loads no contract and opens no port; it is closed all the same."""
    with Mock(["nobody"]) as mock:
        assert "engine" not in mock.__dict__


def test_a_vendor_that_does_not_exist_is_told(mock: Mock) -> None:
    """The message lists those that there are."""
    with pytest.raises(LookupError, match="picwish"):
        mock.vendor("nobody")
    with pytest.raises(ContractError, match="known are"):
        Mock(["nobody"]).vendor("nobody")
    with pytest.raises(ValueError, match="'virtual', 'real', or 'real\\*20'"):
        Mock(clock="sundial")


@pytest.mark.parametrize("variants", [{"picwish": {"edition": "current"}}, ["picwish.edition=current"]])
def test_variants_are_given_in_two_forms(variants: Any) -> None:
    """The mapping and the command line's form mean the same: under the newer page `type` may be left out."""
    with Mock(variants=variants, in_process=True) as mock:
        vendor = mock.vendor("picwish")
        assert scale(vendor, type=None).status_code == 200
        vendor.set_variants(edition="document")
        assert scale(vendor, type=None).status_code == 400
        vendor.close()


def test_each_world_is_alone(mock: Mock) -> None:
    """Two worlds of one vendor share neither tasks nor journal nor time."""
    one, other = mock.vendor("picwish"), mock.vendor("picwish")
    task = scale(one).json()["data"]["task_id"]
    one.clock.advance(100)
    assert other.session().get(f"{other.url}/api/tasks/visual/scale/{task}").status_code == 404
    assert len(one.requests) == len(other.requests) == 1
    assert one.clock.now() - other.clock.now() == pytest.approx(100)
    one.close()
    other.close()


def test_a_credential_of_ones_own_begins_with_test(mock: Mock) -> None:
    """It is taken as given; one that the mock would refuse is refused at once."""
    assert mock.vendor("picwish", "test-mine").credentials == {"api_key": "test-mine"}
    with pytest.raises(ValueError, match="must begin with 'test'"):
        mock.vendor("picwish", "mine")


@pytest.mark.parametrize("name", VENDORS)
def test_credentials_and_headers_are_what_the_vendor_wants(mock: Mock, name: str) -> None:
    """Their names are those of the client's parameters, and the header carries them."""
    vendor = mock.vendor(name)
    expected = {"picwish": ["api_key"], "enhancor": ["api_key"], "magictiger": ["token"]}
    assert list(vendor.credentials) == expected.get(name, ["app_key", "app_secret"])
    (header,) = vendor.headers.values()
    if name == "wondershare":
        header = base64.b64decode(header.removeprefix("Basic ")).decode()
    assert next(iter(vendor.credentials.values())) in header


def test_the_client_works_on_the_world_and_its_clock(mock: Mock) -> None:
    """Each vendor's client waits for a task in virtual time and gets a picture."""
    picwish, tiger = mock.vendor("picwish"), mock.vendor("magictiger")
    client: PicWish = picwish.client
    task = client.scale(picwish.images.link(60, 40), type="clean")
    assert task.succeeded
    other: MagicTiger = tiger.client
    assert other.wait(other.create(tiger.images.link(100, 80), 1)).succeeded
    assert isinstance(mock.vendor("enhancor").client, Enhancor)
    assert isinstance(mock.vendor("wondershare").client, Wondershare)
    assert picwish.client is client
    picwish.close()
    tiger.close()
    with Mock(in_process=True) as bare, pytest.raises(RuntimeError, match="without a client"):
        _ = bare.vendor("picwish").client


def test_the_clock_is_one_for_the_client(picwish_here: VendorMock) -> None:
    """It has the two methods of the client's protocol, and sleeping makes what falls due."""
    clock: Clock = picwish_here.clock
    before = clock.now()
    clock.sleep(3)
    clock.sleep(-1)
    assert clock.now() - before == pytest.approx(3)
    for wrong in (-1, float("nan"), float("inf"), 1e12):
        with pytest.raises(ValueError, match="cannot advance"):
            picwish_here.clock.advance(wrong)


def test_sleeping_delivers_in_order(mock: Mock) -> None:
    """While the application sleeps the webhook arrives, at its moment."""
    vendor, heard = mock.vendor("enhancor"), list[float]()
    url = vendor.receiver(lambda _: heard.append(vendor.clock.now()))
    body = {"img_url": vendor.images.link(), "webhookUrl": url, "mode": "fast"}
    begun = vendor.clock.now()
    vendor.session().post(f"{vendor.url}/api/upscaler/v1/queue", json=body)
    vendor.clock.sleep(60)
    assert heard == [pytest.approx(begun + 2)]
    vendor.close()


def test_a_receiver_may_be_an_application_or_a_function(mock: Mock) -> None:
    """A Flask application, a bare WSGI function and a function of one delivery all get the body."""
    heard: list[tuple[str, Any]] = []
    app = flask.Flask("receiver")

    @app.post("/hook")
    def hook() -> tuple[str, int]:
        heard.append(("flask", flask.request.get_json()["status"]))
        return "", 200

    def wsgi(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        heard.append(("wsgi", environ["REQUEST_METHOD"]))
        start_response("200 OK", [])
        return [b""]

    def plain(delivery: Received) -> int:
        heard.append(("plain", delivery.json()["status"]))
        assert delivery.headers["content-type"] == "application/json"
        return 200

    vendor = mock.vendor("enhancor")
    for receiver in (app, wsgi, plain):
        body = {
            "img_url": vendor.images.link(),
            "webhookUrl": vendor.receiver(receiver) + "/hook",
            "mode": "fast",
        }
        vendor.session().post(f"{vendor.url}/api/upscaler/v1/queue", json=body)
    vendor.clock.advance(60)
    assert heard == [("flask", "success"), ("wsgi", "POST"), ("plain", "success")]
    vendor.assert_delivered(times=3)
    vendor.close()


def test_a_receiver_that_raises_is_tried_again_and_told(mock: Mock) -> None:
    """Its exception stands in the journal, and the vendor tries as often as it does."""

    def broken(_: Received) -> None:
        raise KeyError("result")

    vendor = mock.vendor("enhancor")
    body = {"img_url": vendor.images.link(), "webhookUrl": vendor.receiver(broken), "mode": "fast"}
    vendor.session().post(f"{vendor.url}/api/upscaler/v1/queue", json=body)
    assert vendor.clock.advance(60) == 4
    with pytest.raises(AssertionError, match=r"the receiver in this process raised KeyError: 'result'"):
        vendor.assert_delivered()
    vendor.close()


def test_receivers_are_told_apart_by_whole_names(mock: Mock) -> None:
    """What is for receiver-10 does not go to receiver-1."""
    mock.engine.transport.receivers["http://receiver-1.test"] = lambda *_: (201, b"one")
    mock.engine.transport.receivers["http://receiver-1.test0"] = lambda *_: (202, b"other")
    assert mock.engine.transport.post("http://receiver-1.test0/x", {}, b"")[0] == 202
    assert mock.engine.transport.post("http://receiver-1.test?x", {}, b"")[0] == 201


def test_images_are_pictures(picwish_here: VendorMock) -> None:
    """Links and bytes give the size, format and length that were asked for."""
    images = picwish_here.images
    assert Image.open(io.BytesIO(images.bytes(64, 48, "png"))).size == (64, 48)
    assert len(images.bytes(64, 48, "jpg", size=5000)) == 5000
    got = picwish_here.session().get(images.link(64, 48, "bmp", bytes=20_000))
    assert (len(got.content), got.headers["content-type"]) == (20_000, "image/bmp")
    assert picwish_here.session().get(images.failing(418)).status_code == 418
    assert picwish_here.session().get(images.redirecting(), allow_redirects=False).status_code == 302


def test_settings_go_where_they_mean_something(mock: Mock, picwish_here: VendorMock) -> None:
    """A setting that the vendor does not know is refused with the reason."""
    tiger = mock.vendor("magictiger")
    tiger.set_balance(1)
    tiger.set_queue(5)
    tiger.set_callback_url("http://127.0.0.1:9/x")
    picwish_here.set_link_life(5)
    picwish_here.set_rate_limit(None)
    with pytest.raises(SettingError, match="means nothing to picwish"):
        picwish_here.set_balance(1)
    with pytest.raises(SettingError, match="means nothing to enhancor"):
        mock.vendor("enhancor").set_callback_url("http://127.0.0.1:9/x")
    with pytest.raises(SettingError, match="absolute http"):
        tiger.set_callback_url("nowhere")
    with pytest.raises(ScenarioError, match="choose from"):
        picwish_here.scenario("exploded")


def test_a_fulfilled_expectation_gives_the_entries(picwish_here: VendorMock) -> None:
    """The entries that fit are returned, for a closer look."""
    scale(picwish_here, scale_factor=2)
    (entry,) = picwish_here.assert_requested("scale.create", times=1, values={"scale_factor": 2}, status=200)
    assert entry["values"]["type"] == "clean"
    assert picwish_here.assert_requested("scale.get", times=0) == []
    picwish_here.assert_no_refusals()


def test_a_failed_expectation_says_what_differs_and_where_it_is_written(picwish_here: VendorMock) -> None:
    """The message names each request, each difference, and the document's lines."""
    scale(picwish_here, scale_factor=2)
    with pytest.raises(AssertionError) as raised:
        picwish_here.assert_requested("scale.create", values={"scale_factor": 4})
    message = str(raised.value)
    assert "scale_factor is 2, not 4" in message
    assert "S2:22" in message or "S2:2" in message
    with pytest.raises(AssertionError, match=r"choose from scale\.create, scale\.get"):
        picwish_here.assert_requested("scale.make")
    with pytest.raises(AssertionError, match="no field 'factor'"):
        picwish_here.assert_requested("scale.create", values={"factor": 4})


def test_silence_is_explained(picwish_here: VendorMock, mock: Mock) -> None:
    """When nothing came the message asks the right question."""
    with pytest.raises(AssertionError, match=r"does the application use \.url and \.credentials"):
        picwish_here.assert_requested("scale.create")
    with pytest.raises(AssertionError, match="picwish sends no callbacks"):
        picwish_here.assert_delivered()
    vendor = mock.vendor("enhancor")
    with pytest.raises(AssertionError, match="nothing is due"):
        vendor.assert_delivered()
    body = {"img_url": vendor.images.link(), "webhookUrl": vendor.receiver(lambda _: None), "mode": "fast"}
    vendor.session().post(f"{vendor.url}/api/upscaler/v1/queue", json=body)
    with pytest.raises(AssertionError, match=r"is due in 2\.000 s; advance the clock"):
        vendor.assert_delivered()
    vendor.close()


def test_refusals_are_told_with_their_lines(picwish_here: VendorMock) -> None:
    """Refused, unmatched and foreign requests all count; those before the world do not."""
    session = picwish_here.session()
    scale(picwish_here, type="clear")
    session.get(f"{picwish_here.url}/api/tasks/visual/scal")
    session.get(f"{picwish_here.url}/api/tasks/visual/scale/x", headers={"X-API-KEY": "wrong"})
    with pytest.raises(AssertionError) as raised:
        picwish_here.assert_no_refusals()
    message = str(raised.value)
    assert "got 3" in message
    assert "picwish/scale.create#request/type/enum (S2:21)" in message
    assert "the nearest is scale.create" in message
    assert "picwish#auth/enforced" in message
    assert len(picwish_here.unmatched) == 1
    picwish_here.reset()
    picwish_here.assert_no_refusals()
    picwish_here.mock.vendor("picwish").assert_no_refusals()


def test_a_world_is_saved_and_loaded(mock: Mock, picwish_here: VendorMock) -> None:
    """Another world goes on where the first was; a file of another vendor is refused."""
    scale(picwish_here)
    saved = picwish_here.export()
    other = mock.vendor("picwish")
    other.load(saved)
    assert other.export() == saved
    with pytest.raises(WorldFileError, match="/vendor"):
        mock.vendor("enhancor").load(saved)


def test_a_world_in_real_time_lives_beside_virtual_ones(mock: Mock) -> None:
    """Its clock runs, and sped up it delivers by itself."""
    vendor = mock.vendor("enhancor", clock="real", speed=1000)
    heard = threading.Event()
    url = vendor.receiver(lambda _: heard.set())
    body = {"img_url": vendor.images.link(), "webhookUrl": url, "mode": "fast"}
    vendor.session().post(f"{vendor.url}/api/upscaler/v1/queue", json=body)
    assert heard.wait(10)
    vendor.clock.freeze()
    now = vendor.clock.now()
    vendor.clock.sleep(5)
    assert vendor.clock.now() == pytest.approx(now + 5)
    vendor.clock.set_speed(2)
    vendor.clock.resume()
    vendor.close()


def test_contracts_of_ones_own_are_served(tmp_path: Path) -> None:
    """A folder of contract data adds a vendor, whose worlds take other variants too."""
    import json

    from greycard_schemas import loader

    folder = tmp_path / "acme"
    folder.mkdir()
    for path in (loader.CONTRACTS / "enhancor").glob("*.json"):
        text = path.read_text(encoding="utf-8").replace("greycard:enhancor/", "greycard:acme/")
        text = text.replace('"claim": "enhancor/', '"claim": "acme/')
        (folder / path.name).write_text(text, encoding="utf-8")
    vendor_file = folder / "vendor.json"
    data = json.loads(vendor_file.read_text(encoding="utf-8"))
    vendor_file.write_text(json.dumps({**data, "vendor": "acme"}), encoding="utf-8")
    with Mock(["acme"], contracts=[tmp_path], in_process=True) as mock:
        vendor = mock.vendor("acme", webhook_status="completed")
        assert vendor.world.runtime.vendor.variants["webhook_status"] == "completed"
        assert vendor.session().post(f"{vendor.url}/api/upscaler/v1/queue", json={}).status_code == 400
        vendor.close()


def test_public_names_exist() -> None:
    """The package offers the mock, the vendor's view of it, and what a receiver gets."""
    assert set(greycard_mocks.__all__) == {"FrozenClockWarning", "Mock", "Received", "VendorMock"}
