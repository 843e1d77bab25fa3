"""What a live run sends and receives is on the disk at once, and paid for once however often it is killed."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import Any

import pytest

from greycard_schemas.loader import load_contracts
from greycard_suite.call import Call, Delivery, DigestedBody, reduce, weight
from greycard_suite.evidence.archive import ARCHIVE, JOURNAL, open_archive, read_har
from greycard_suite.evidence.har import EvidenceError, har_of, har_pieces, load_har, records_of
from greycard_suite.evidence.journal import EvidenceUnwritableError, Journal
from greycard_suite.evidence.recording import LargeBodies, Record, compact
from greycard_suite.targets.interruption import Interruption, RunInterruptedError
from greycard_suite.targets.journaled import CutOffError, JournaledWire
from greycard_suite.targets.read_body import read_body
from greycard_suite.targets.wire import BudgetSpentError, NotSentError, UnreachableError

VENDORS = load_contracts(["enhancor"])
URL = "http://127.0.0.1:9001/api/upscaler/v1"
CANARY = "canary-5f1d8c7e9b"
SETTING = {"kind": "live", "base_url": "http://127.0.0.1:9001", "receiver": None}


def create(number: int = 1, *, port: int = 4000) -> dict[str, Any]:
    """The values of a create; the suite's own server has another port in each run."""
    return {"img_url": f"http://127.0.0.1:{port}/images/{number}.jpg"}


def answer(operation: str, fields: Any, body: Any, status: int = 200) -> Call:
    """One call with a JSON answer."""
    content = json.dumps(body).encode()
    url = f"{URL}/{operation}"
    return Call(
        operation, "POST", url, fields, {}, "application/json", "valid", status, {}, content, body, 100.0, 0.25, 1
    )


class Wire:
    """A wire that answers as it is told, or breaks off; `sent` is what has left it."""

    def __init__(self, *answers: Any) -> None:
        self.session: Any = None
        self.pace: Any = None
        self.calls: list[Call] = []
        self.answers, self.sent = list(answers), list[Any]()

    def send(self, operation: str, *_: str, **more: Any) -> Call:
        """The next answer; what is an exception is raised."""
        found = self.answers.pop(0)
        self.sent.append(more["fields"])
        if isinstance(found, BaseException):
            raise found
        call = answer(operation, more["fields"], found)
        call = dataclasses.replace(call, number=len(self.calls) + 1)
        self.calls.append(call)
        return call


def begun(journal: Journal, wire: Wire, *, interruption: Interruption | None = None) -> JournaledWire:
    """The wire of the one try of these tests."""
    record = Record("enhancor", "test_it", 1, 99.0, 99.0, (), (), SETTING, {})
    return JournaledWire(wire, VENDORS["enhancor"], journal, record, interruption or Interruption(), LargeBodies())


def send(wire: JournaledWire, operation: str, fields: Any) -> Call:
    """One request with a valid credential."""
    return wire.send(operation, "POST", f"{URL}/{operation}", credential="valid", fields=fields, headers={})


def opened(folder: Path, *, secrets: dict[str, str] | None = None) -> Journal:
    """A journal in this folder, which goes on with what is there."""
    journal = Journal(folder, VENDORS, secrets or {})
    if folder.exists():
        journal.go_on_with(folder)
    return journal


def test_what_was_paid_for_is_not_sent_again(tmp_path: Path) -> None:
    """What has a known answer is answered from the record, in any run that goes on; what comes after it is sent."""
    wire = begun(opened(tmp_path / "run"), Wire({"success": True, "requestId": "a"}, {"status": "IN_QUEUE"}))
    send(wire, "queue", create())
    send(wire, "status", {"request_id": "a"})
    told = ["IN_QUEUE"]
    for port, state in ((4001, "IN_PROGRESS"), (4002, "COMPLETED")):
        again = Wire({"status": state})
        wire = begun(opened(tmp_path / "run"), again)
        told.append(state)
        assert wire.goes_on
        assert send(wire, "queue", create(port=port)).json == {"success": True, "requestId": "a"}
        assert [send(wire, "status", {"request_id": "a"}).json["status"] for _ in told] == told
        assert again.sent == [{"request_id": "a"}]
        assert [call.number for call in wire.calls] == list(range(1, len(told) + 2))


def test_what_may_have_cost_is_not_sent_again(tmp_path: Path) -> None:
    """A create whose answer is not known stops its test, and nothing is sent."""
    wire = begun(opened(tmp_path / "run"), Wire({"requestId": "a"}, KeyboardInterrupt()))
    send(wire, "queue", create(1))
    with pytest.raises(KeyboardInterrupt):
        send(wire, "queue", create(2))
    again = Wire()
    wire = begun(opened(tmp_path / "run"), again)
    send(wire, "queue", create(1))
    with pytest.raises(CutOffError, match="may have cost something; --pay-again sends it again"):
        send(wire, "queue", create(2))
    assert again.sent == []


def test_nothing_else_is_paid_for_in_its_place(tmp_path: Path) -> None:
    """A test that would now create something else does not, as long as what it had paid for was not asked for."""
    send(begun(opened(tmp_path / "run"), Wire({"requestId": "a"})), "queue", create(1))
    wire = begun(opened(tmp_path / "run"), Wire())
    with pytest.raises(CutOffError):
        send(wire, "queue", create(2))
    send(wire, "queue", create(1))
    wire._inner.answers.append({"requestId": "b"})  # type: ignore[attr-defined]
    assert send(wire, "queue", create(2)).json == {"requestId": "b"}


@pytest.mark.parametrize("error", [BudgetSpentError("spent"), RunInterruptedError("interrupted"), NotSentError("gone")])
def test_what_was_not_sent_has_not_cost(tmp_path: Path, error: Exception) -> None:
    """Where the budget or the user keeps a create back, or nobody is there, the next run may send it."""
    wire = begun(opened(tmp_path / "run"), Wire(error))
    with pytest.raises(type(error)):
        send(wire, "queue", create())
    wire = begun(opened(tmp_path / "run"), Wire({"requestId": "a"}))
    assert not wire.goes_on
    assert send(wire, "queue", create()).json == {"requestId": "a"}


def test_what_was_refused_has_not_cost(tmp_path: Path) -> None:
    """A refusal on record keeps no other create back."""
    refused = {"error": {"message": "no"}, "success": False}
    wire = begun(opened(tmp_path / "run"), Wire(refused))
    send(wire, "queue", create(1))
    wire = begun(opened(tmp_path / "run"), Wire({"requestId": "b"}))
    assert send(wire, "queue", create(2)).json == {"requestId": "b"}


def test_an_answer_that_never_came_is_not_taken_for_none(tmp_path: Path) -> None:
    """A connection that broke after a create was sent leaves open whether it cost something."""
    with pytest.raises(UnreachableError):
        send(begun(opened(tmp_path / "run"), Wire(UnreachableError("gone"))), "queue", create())
    with pytest.raises(CutOffError):
        send(begun(opened(tmp_path / "run"), Wire()), "queue", create())


def test_an_interrupted_run_sends_nothing_more(tmp_path: Path) -> None:
    """Not even what is free."""
    interruption, wire = Interruption(), Wire({"requestId": "a"})
    written = begun(opened(tmp_path / "run"), wire, interruption=interruption)
    interruption.ask(2)
    with pytest.raises(RunInterruptedError):
        send(written, "status", {})
    assert wire.sent == []


@pytest.mark.parametrize("kept", range(0, 200, 7))
def test_a_line_that_was_cut_off_is_dropped(tmp_path: Path, kept: int) -> None:
    """Wherever a kill cuts the last line, all before it is read, and the next run appends whole lines."""
    wire = begun(opened(tmp_path / "run"), Wire({"requestId": "a"}, {"status": "IN_QUEUE"}))
    send(wire, "queue", create())
    path = tmp_path / "run" / JOURNAL
    whole = path.stat().st_size
    send(wire, "status", {"request_id": "a"})
    os.truncate(path, whole + kept)
    assert len(open_archive(tmp_path / "run").records[0].calls) == 1
    wire = begun(opened(tmp_path / "run"), Wire({"status": "COMPLETED"}))
    send(wire, "queue", create())
    send(wire, "status", {"request_id": "a"})
    assert [json.loads(line)["_greycard"]["kind"] for line in path.read_text().splitlines()] == [
        "run", "begin", "intent", "call", "begin", "call",
    ]  # fmt: skip


def test_no_secret_is_written(tmp_path: Path) -> None:
    """A key that a vendor sends back stands in the journal as its variable, in whichever field of a line it is."""
    journal = opened(tmp_path / "run", secrets={"GREYCARD_ENHANCOR_API_KEY": CANARY})
    send(begun(journal, Wire({"requestId": "a", "echo": f"your key is {CANARY}"})), "queue", create())
    text = (tmp_path / "run" / JOURNAL).read_text()
    assert CANARY not in text
    assert "your key is $GREYCARD_ENHANCOR_API_KEY" in text
    journal._append({"kind": "run", "format": 1, "words": CANARY})
    assert CANARY not in (tmp_path / "run" / JOURNAL).read_text()


def test_a_journal_that_cannot_be_written_sends_nothing(tmp_path: Path) -> None:
    """Before a create is sent its intent must be on the disk."""
    (tmp_path / "run").write_text("a file where the folder should be")
    wire = Wire({"requestId": "a"})
    with pytest.raises(EvidenceUnwritableError, match="cannot be written"):
        begun(Journal(tmp_path / "run", VENDORS), wire)
    journal = opened(tmp_path / "other")
    written = begun(journal, wire)
    journal.close()
    with pytest.raises(EvidenceUnwritableError):
        send(written, "queue", create())
    assert wire.sent == []


def test_deliveries_are_kept_as_they_come(tmp_path: Path) -> None:
    """What arrives before its test is over is on record, and belongs to the test when that has ended."""
    journal = opened(tmp_path / "run")
    wire = begun(journal, Wire({"requestId": "a"}))
    send(wire, "queue", create())
    came = Delivery(
        "/deliveries/enhancor?greycard=greycard-1-1", {}, b'{"request_id":"a"}', {"request_id": "a"}, 101, 200
    )
    journal.arrived("enhancor", "http://127.0.0.1:1/deliveries", {}, came)
    known = open_archive(tmp_path / "run")
    assert [one.json for one in known.deliveries("enhancor")] == [{"request_id": "a"}]
    assert [len(one.deliveries) for one in known.records] == [0]
    journal.end(Record("enhancor", "test_it", 1, 99.0, 102.0, (), (came,), SETTING, {}))
    (record,) = open_archive(tmp_path / "run").records
    assert (len(record.deliveries), record.ended, record.cut_off) == (1, 102.0, False)


def test_a_journal_of_another_kind_is_refused(tmp_path: Path) -> None:
    """A line that is none of ours is named with its number."""
    (tmp_path / JOURNAL).write_text('{"_greycard": {"kind": "run", "format": 9}}\n')
    with pytest.raises(EvidenceError, match="format 9"):
        open_archive(tmp_path)
    (tmp_path / JOURNAL).write_text('{"_greycard": {"kind": "run", "format": 1}}\n{"log": {}}\n')
    with pytest.raises(EvidenceError, match="line 2"):
        open_archive(tmp_path)


def test_an_archive_is_read_line_by_line_and_as_a_whole_alike(tmp_path: Path) -> None:
    """However an archive is laid out, it gives the same records, and a run goes on with either."""
    journal = opened(tmp_path / "run")
    wire = begun(journal, Wire({"requestId": "a"}, {"status": "COMPLETED"}))
    send(wire, "queue", create())
    send(wire, "status", {"request_id": "a"})
    journal.end(Record("enhancor", "test_it", 1, 99.0, 102.0, (), (), SETTING, {}))
    journal.decided("enhancor", "test_it", [{"claim": "enhancor#x", "holds": True}])
    records = {"enhancor": journal.archive.records}
    lines, whole = tmp_path / "lines", tmp_path / "whole"
    for folder in (lines, whole):
        folder.mkdir()
    (lines / ARCHIVE).write_text("".join(har_pieces(records, VENDORS, secrets={}, version="0")))
    (whole / ARCHIVE).write_text(json.dumps(load_har((lines / ARCHIVE).read_text()), indent=1))
    journal.remove()
    found = [read_har(folder / ARCHIVE) for folder in (lines, whole)]
    assert [one.whole is None for one in found] == [True, False]
    calls = [[dataclasses.astuple(call) for record in one.records for call in record.calls] for one in found]
    assert calls[0] == calls[1]
    assert len(calls[0]) == 2
    for folder in (lines, whole):
        other = opened(folder)
        assert list(other.archive.done) == [("enhancor", "test_it")]
        assert [len(one.calls) for one in other.archive.records] == [2]


@pytest.mark.parametrize("words", [50, 5000])
def test_a_large_answer_is_judged_in_outline_now_and_later(words: int) -> None:
    """An answer larger than any document speaks of keeps what lies on top, the same in a run and in its replay."""
    content = json.dumps({"junk": [{"words": "x"}] * (1_000_000 // words), "success": True, "requestId": "a"}).encode()
    body, document = read_body(iter([content]))
    call = compact(dataclasses.replace(answer("queue", create(), {}), body=body, json=document))
    har = har_of({"enhancor": [Record("enhancor", "t", 1, 0.0, 0.0, (call,), (), SETTING, {})]}, VENDORS)
    (record,) = records_of(har)
    assert (record.calls[0].json, len(record.calls[0].body)) == (document, len(content))


def test_answers_are_bounded_in_sum() -> None:
    """Of many large answers only the newest stay whole; the newest does whatever its size."""
    large = LargeBodies(most=600_000)
    calls = [answer("status", {}, {"image": "A" * 150_000, "status": "COMPLETED"}) for _ in range(20)]
    for call in calls:
        large.add(call)
    whole = [not isinstance(call.body, DigestedBody) for call in calls]
    assert whole == [False] * 17 + [True] * 3
    assert all(call.json["status"] == "COMPLETED" for call in calls)
    assert sum(weight(call.json, 1 << 30) for call in calls[:17]) < 17 * 20_000
    huge = answer("status", {}, {"image": "A" * 3_000_000})
    large.add(huge)
    assert len(huge.json["image"]) == 3_000_000


def test_what_was_let_go_of_elsewhere_is_counted_out_as_it_was_counted_in() -> None:
    """The end of a test reduces its answers; that may not use up the room of those that follow."""
    large = LargeBodies(most=500_000)
    for _ in range(20):
        call = answer("status", {}, {"image": "A" * 150_000})
        large.add(call)
        reduce(call, 4096)
    last = [answer("status", {}, {"image": "A" * 150_000}) for _ in range(2)]
    for call in last:
        large.add(call)
    assert not any(isinstance(call.body, DigestedBody) for call in last)
