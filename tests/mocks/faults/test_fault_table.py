"""One table holds all kinds of fault: what each takes, what is refused, and how a new one is added."""

from __future__ import annotations

import math

import pytest
import requests

from greycard_mocks import Mock, Received, VendorMock
from greycard_mocks.core.answer import Answer
from greycard_mocks.core.faults import KINDS, Fault, FaultError, Kind, make_fault


def read(vendor: VendorMock) -> requests.Response:
    """One request to PicWish whose answer does not matter."""
    return vendor.session().get(f"{vendor.url}/api/tasks/visual/scale/none")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"kind": "latancy"}, "choose from"),
        ({"count": 0}, "count must be"),
        ({"probability": 1.5}, "probability must be"),
        ({"probability": math.nan}, "probability must be"),
        ({"seconds": -1}, "seconds must be"),
        ({"seconds": True}, "seconds must be"),
        ({"kind": "outage", "status": 99}, "status must be"),
        ({"distribution": "normal"}, "distribution must be"),
        ({"ttl": 0}, "ttl must be"),
        ({"ttl": math.inf}, "ttl must be"),
        ({"chance": 1}, "latency has no option 'chance'; it takes seconds"),
        ({"operation": "scale.make"}, "choose from"),
    ],
)
def test_a_wrong_fault_is_refused_with_what_is_possible(
    picwish_here: VendorMock, options: dict[str, object], told: str
) -> None:
    """The message says what to write instead, and nothing is switched on."""
    wish = {"kind": "latency", **options}
    with pytest.raises(FaultError, match=told):
        picwish_here.fault(str(wish.pop("kind")), **wish)
    assert picwish_here.world.faults == []


OPTIONS = {"seconds": 1, "distribution": "fixed", "spread": 0, "status": 500, "fraction": 0.5, "chunks": 2}


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_takes_its_own_options_and_no_others(kind: str, option: str) -> None:
    """An option of another kind is refused, not silently ignored; the message names those of this kind."""
    if option in KINDS[kind].options:
        assert getattr(make_fault(kind, {option: OPTIONS[option]}, now=0), option) == OPTIONS[option]
    else:
        with pytest.raises(FaultError, match=f"{kind} has no option '{option}'; it takes .*operation, count"):
            make_fault(kind, {option: OPTIONS[option]}, now=0)


def test_every_option_belongs_to_some_kind() -> None:
    """No option is left that no kind takes."""
    assert {option for kind in KINDS.values() for option in kind.options} == set(OPTIONS)


def test_a_new_kind_is_one_entry(picwish_here: VendorMock, monkeypatch: pytest.MonkeyPatch) -> None:
    """An entry in the table is all that a kind needs: it can be switched on, strikes, and is listed everywhere."""

    def shout(fault: Fault, answer: Answer) -> None:
        answer.body = answer.body.upper() + b"!" * fault.chunks

    monkeypatch.setitem(KINDS, "shout", Kind("answer", ("chunks",), changes=shout))
    with pytest.raises(FaultError, match="shout has no option 'seconds'; it takes chunks"):
        picwish_here.fault("shout", seconds=1)
    picwish_here.fault("shout", chunks=3)
    answer = read(picwish_here)
    assert answer.text.startswith('{"STATUS":404')
    assert answer.text.endswith("}!!!")
    assert answer.headers["X-Greycard-Fault"] == "shout"
    assert read(picwish_here).json()["status"] == 404
    listed = picwish_here.session().get(f"{picwish_here.url}/_mock/vendors").json()["faults"]
    assert "shout" in listed["answer"]


def test_a_new_kind_of_delivery_fault_is_one_entry(mock: Mock, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a delivery fault does is said in its entry alone: here each delivery goes out three times."""
    monkeypatch.setitem(KINDS, "thrice", Kind("delivery", copies=3))
    enhancor = mock.vendor("enhancor")
    got: list[Received] = []
    address = enhancor.receiver(got.append)
    enhancor.fault("thrice")
    body = {"img_url": enhancor.images.link(), "mode": "fast", "type": "portrait", "webhookUrl": address}
    enhancor.session().post(f"{enhancor.url}/api/upscaler/v1/queue", json=body).raise_for_status()
    enhancor.clock.advance(600)
    assert len(got) == 3
