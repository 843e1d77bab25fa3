"""What stands before the engines of a child: it sees everything, and asks for nothing that nobody reads."""

from __future__ import annotations

import pytest

from greycard_mocks import Mock
from greycard_mocks.engine.readings import Readings
from greycard_suite.score.tapes.recorder import Recorder


def test_no_other_reading_is_made_for_a_refused_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """To say which would accept it needs the drifts of each reading, which takes longer than most tests."""
    made: list[object] = []
    runtime = Readings.runtime

    def counted(readings: Readings, *given: object) -> object:
        made.append(given)
        return runtime(readings, *given)  # type: ignore[arg-type]

    with Mock(in_process=True) as mock:
        vendor = mock.vendor("picwish")
        recorder = Recorder()
        recorder.made(mock.engine)
        monkeypatch.setattr(Readings, "runtime", counted)
        statuses = [
            vendor.session().get(f"{vendor.url}/api/tasks/visual/scale/1", headers=vendor.headers).status_code
            for _ in range(3)
        ]
        assert statuses == [404, 404, 429]
        assert made == []
        assert [one.status for one in recorder.seen] == statuses
        assert "rate" in recorder.seen[-1].reason


def test_what_is_broken_is_broken_in_deliveries_too() -> None:
    """A suite that goes by callbacks alone is no less looked after than one that polls."""
    got: list[bytes] = []
    with Mock(in_process=True) as mock:
        vendor = mock.vendor("enhancor")
        Recorder(broken=True).made(mock.engine)
        order = {
            "img_url": vendor.images.link(300, 300), "mode": "fast",
            "webhookUrl": vendor.receiver(lambda received: got.append(received.body)),
        }  # fmt: skip
        answer = vendor.session().post(f"{vendor.url}/api/upscaler/v1/queue", json=order, headers=vendor.headers)
        vendor.clock.advance(10)
    assert answer.content == got[0]
    assert b"broken" in got[0]
