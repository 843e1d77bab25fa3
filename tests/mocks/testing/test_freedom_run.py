"""`pytest --greycard-freedom`: planted reliances are found and named, markers hold, every failure has the seed."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

import pytest

pytest_plugins = ["pytester"]

pytestmark = pytest.mark.slow

PLANTED = """
import pytest

SCALE = "/api/tasks/visual/scale"

def created(picwish):
    session = picwish.session()
    data = {"type": "clean", "sync": 0, "image_url": picwish.images.link(60, 40)}
    return session, session.post(picwish.url + SCALE, data=data).json()["data"]["task_id"]

def answers(picwish):
    picwish.set_rate_limit(None)
    session, task = created(picwish)
    found = []
    while not found or found[-1]["data"]["state"] not in (1, -1) and len(found) < 300:
        picwish.clock.sleep(0.1)
        found.append(session.get(f"{picwish.url}{SCALE}/{task}").json())
    return found

def queued(enhancor, receiver):
    data = {"img_url": enhancor.images.link(60, 40), "webhookUrl": enhancor.receiver(receiver), "mode": "fast"}
    return enhancor.session().post(enhancor.url + "/api/upscaler/v1/queue", json=data).json()["requestId"]

def test_order_of_states(picwish):
    assert list(dict.fromkeys(one["data"]["state"] for one in answers(picwish))) == [0, 2, 3, 4, 1]

def test_form_of_ids(picwish):
    assert len(created(picwish)[1]) == 36

def test_message(picwish):
    assert answers(picwish)[-1]["message"] == "success"

def test_one_webhook_only(enhancor):
    got = []
    queued(enhancor, got.append)
    enhancor.clock.advance(3600)
    assert len(got) == 1

def test_webhook_after_the_answer(enhancor):
    known, strangers = set(), []
    def receive(delivery):
        if not known:
            strangers.append(delivery)
    known.add(queued(enhancor, receive))
    enhancor.clock.advance(3600)
    assert strangers == []

def test_two_at_the_same_time(picwish):
    session, task = created(picwish)
    assert session.get(f"{picwish.url}{SCALE}/{task}").text.startswith('{"status"') or len(task) == 36

def test_sound(picwish, enhancor):
    assert picwish.client.scale(picwish.images.link(60, 40), type="clean").succeeded
    assert enhancor.client.wait(queued(enhancor, lambda _: None)).succeeded

def test_broken_by_itself(picwish):
    assert picwish.url == ""
"""

RELIES_ON = {
    "test_order_of_states": ["picwish/free.life.*", "picwish/free.late-answers"],
    "test_form_of_ids": ["picwish/free.ids-*"],
    "test_message": ["picwish/free.final-message-*"],
    "test_one_webhook_only": ["enhancor/free.webhook.twice"],
    "test_webhook_after_the_answer": ["enhancor/free.webhook.early"],
    "test_two_at_the_same_time": ["picwish/free.ids-*", "picwish/free.json-*", "picwish/free.answers.*"],
}

SETTINGS = """
[pytest]
greycard_freedom_exclude = picwish/free.async-disabled
    free.error-transport-*
"""


def test_planted_reliances_are_found_and_nothing_else(pytester: pytest.Pytester) -> None:
    """Each is named by the freedom that shows it, the seed is in every line, and what relies on nothing passes."""
    pytester.makepyfile(test_planted=PLANTED)
    pytester.makeini(SETTINGS)
    found: dict[str, set[str]] = {}
    for seed in (2, 4, 5):
        result = pytester.runpytest_subprocess("-p", "no:cacheprovider", f"--greycard-freedom={seed}", "--tb=short")
        text = result.stdout.str()
        lines = re.findall(r"^FAILED \S+::(\w+) - \[--greycard-freedom=(\d+)", text, re.MULTILINE)
        assert len(lines) == text.count("\nFAILED ") > 1
        assert {number for _, number in lines} == {str(seed)}
        summary = text.partition(f"greycard freedom, seed {seed}")[2]
        assert "test_broken_by_itself fails without any freedom, too." in summary
        for test, rest, runs in re.findall(r"^(\w+) relies on (.*)\((\d+) runs, ", summary, re.MULTILINE):
            named = re.findall(r"\[(\w+/free\.[\w.-]+);", rest)
            assert 0 < len(named) <= 2
            assert all(any(fnmatchcase(one, known) for known in RELIES_ON[test]) for one in named), (test, named)
            assert int(runs) <= 2 * 7 + 3
            found.setdefault(test, set()).update(named)
        assert "nothing was reduced" not in text
        assert "not by itself" not in text
    assert found.keys() == RELIES_ON.keys(), "in these seeds each reliance shows once at least"


def test_markers_pin_and_exclude(pytester: pytest.Pytester) -> None:
    """What is pinned is there without a seed too, what is excluded never; named variants win over what is drawn."""
    pytester.makepyfile("""
        import pytest

        @pytest.mark.greycard_freedom(pin="picwish/free.json-reversed", exclude=["free.*"])
        def test_pinned(picwish, request):
            assert picwish.world.freedoms == ("picwish/free.json-reversed",)

        @pytest.mark.greycard_freedom(exclude="free.*")
        def test_none(picwish, greycard_mock):
            assert picwish.world.freedoms == greycard_mock("enhancor").world.freedoms == ()

        def test_drawn(picwish, greycard_mock, request):
            seed = request.config.getoption("--greycard-freedom")
            assert bool(picwish.world.freedoms) == bool(seed)
            other = greycard_mock("picwish", edition="current", final_message="present")
            assert not [one for one in other.world.freedoms if "final-message" in one]
            assert greycard_mock("picwish").world.freedoms == picwish.world.freedoms

        @pytest.mark.greycard_freedom(pin="picwish/free.json-revers")
        def test_unknown(picwish):
            pass

        @pytest.mark.greycard_freedom("picwish/free.close")
        def test_no_marker(picwish):
            pass
    """)
    for options in ((), ("--greycard-freedom=11",), ("--greycard-freedom", "-n2")):
        result = pytester.runpytest_subprocess("-p", "no:cacheprovider", *options)
        result.assert_outcomes(passed=3, errors=2)
        result.stdout.fnmatch_lines_random(["*json-reversed*", "*write greycard_freedom(exclude='ID')*"])
        if options:
            result.stdout.fnmatch_lines(["greycard: vendors drawn from the seed *"])


@pytest.mark.parametrize("options", [(), ("-n1",)])
def test_reduced_where_nothing_can_be_forked(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    """Fresh interpreters find the same."""
    monkeypatch.setenv("GREYCARD_FORK", "off")
    pytester.makepyfile(
        test_planted="""
        def test_order(picwish):
            found = picwish.session().get(picwish.url + "/api/tasks/visual/scale/1", headers=picwish.headers).text
            assert found.startswith('{"status":404')
    """
    )
    pytester.makeini("[pytest]\ngreycard_freedom_exclude = free.[!j]*")
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "--greycard-freedom=1", *options)
    result.stdout.fnmatch_lines(["test_order relies on something*[[]picwish/free.json-indented*"])


def test_a_word_that_is_no_seed_is_refused(pytester: pytest.Pytester) -> None:
    """A path that follows the bare option is taken for its value: the message says how to write it."""
    pytester.makepyfile(test_one="def test_one(): pass")
    result = pytester.runpytest_subprocess("--greycard-freedom", "test_one.py")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*'test_one.py' is no seed; write --greycard-freedom=NUMBER*"])


def test_what_is_only_excluded_costs_nothing_without_a_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    """No catalogue of freedoms is made where none is on and none is pinned."""
    from greycard_mocks.testing.freedom import apply_marks
    from greycard_mocks.testing.mock import Mock

    with Mock(in_process=True, client=lambda _: None) as mock:
        vendor = mock.vendor("picwish")
        monkeypatch.setattr(mock.engine.readings, "freedoms_of", lambda *_: pytest.fail("a catalogue is made"))
        apply_marks(vendor, ("free.json-*",), ())
