"""What the pytest plugin answers to typical mistakes: a sentence that says what to do, none of our code."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

PLAIN = "def test_it(picwish, greycard_env):\n    assert picwish"

SETTINGS: tuple[tuple[str, tuple[str, ...]], ...] = (
    # (lines of pytest.ini, words of the answer)
    ("greycard_variants = picwish.edition", ("write VENDOR.VARIANT=OPTION",)),
    ("greycard_variants = picwhish.edition=current", ("did you mean 'picwish'?",)),
    ("greycard_variants = picwish.edtion=current", ("did you mean 'edition'?",)),
    ("greycard_variants = picwish.edition=curent", ("did you mean 'current'?",)),
    ("greycard_preset = observd", ("did you mean 'observed'?",)),
    ("greycard_clock = realy", ("'auto', 'virtual', 'real', or 'real*20'",)),
    ("greycard_speed = fast", ("greycard_speed", "a number", "'fast'")),
    ("greycard_allow = http://10.0.0.1", ("leave out the scheme",)),
    ("greycard_contracts = none", ("none",)),
    ("greycard_env = URL", ("NAME=VENDOR.VALUE",)),
    ("greycard_env = URL=picwhish.url", ("did you mean 'picwish'?",)),
    ("greycard_env = URL=picwish.adress", ("write picwish.url or picwish.api_key",)),
)

OPTIONS: tuple[tuple[str, int, tuple[str, ...]], ...] = (
    # (options of pytest, exit status, words of the answer)
    ("--greycard-variant picwish.edition=curent", 1, ("did you mean 'current'?",)),
    ("--greycard-preset observd", 1, ("did you mean 'observed'?",)),
    ("--greycard-freedom many", 4, ("'many' is no seed", "--greycard-freedom=NUMBER")),
    ("--greycard-score picwhish", 4, ("no vendor 'picwhish'", "did you mean 'picwish'?")),
    ("--greycard-score picwish --greycard-shard 5/4", 4, ("write K/N",)),
    ("--greycard-score picwish --greycard-score-json no/x.json", 4, ("no/x.json", "no is no folder", "name a file")),
    ("--greycard-drift picwish/rate.limitup", 4, ("no drift", "picwish/rate.limit-up")),
    ("--greycard-drift picwhish/rate.limit-up", 4, ("did you mean 'picwish'?",)),
)

MARKERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("greycard_env('picwish.url')", ("NAME='VENDOR.VALUE' by name",)),
    ("greycard_env(A='picwhish.url')", ("did you mean 'picwish'?",)),
    ("greycard_env(A='picwish.tokn')", ("write picwish.url or picwish.api_key",)),
    ("greycard_clock('reel')", ("'auto', 'virtual', 'real', or 'real*20'",)),
    ("greycard_clock()", ("write greycard_clock(CLOCK)",)),
    ("greycard_clock('real', patch_sleep='yes')", ("patch_sleep=True",)),
    ("greycard_preset('observd')", ("did you mean 'observed'?",)),
    ("greycard_preset()", ("takes one name",)),
    ("greycard_freedom('json')", ("greycard_freedom(exclude='ID')",)),
    ("greycard_freedom(pin='free.json-revers')", ("picwish/free.json-reversed",)),
    ("greycard_ends_within('soon')", ("greycard_ends_within", "SECONDS")),
)

CALLS: tuple[tuple[str, tuple[str, ...]], ...] = (
    # (the line of a test, words of the answer)
    ("greycard_mock('picwhish')", ("did you mean 'picwish'?",)),
    ("greycard_mock('picwish', edtion='current')", ("did you mean 'edition'?",)),
    ("greycard_mock('picwish', 'my-key')", ("must begin with 'test'",)),
    ("greycard_mock('picwish', clock='fast')", ("'auto', 'virtual', 'real', or 'real*20'",)),
    ("picwish.scenario(outcom='failed')", ("no 'outcom'", "did you mean 'outcome'?")),
    ("picwish.scenario(outcome='faild')", ("choose from", "did you mean 'failed'?")),
    ("picwish.scenario(stuck='procesing')", ("no running state", "did you mean 'processing'?")),
    ("picwish.scenario(finish='soon')", ("finish must be a number of seconds",)),
    ("picwish.scenario(count=0)", ("count must be at least 1",)),
    ("picwish.scenario(operation='scale.creat')", ("did you mean 'scale.create'?",)),
    ("picwish.fault('latensy')", ("no fault 'latensy'", "did you mean 'latency'?")),
    ("picwish.fault('latency', second=3)", ("no option 'second'", "did you mean 'seconds'?")),
    ("picwish.fault('latency', seconds='long')", ("a number from 0 to",)),
    ("picwish.fault('latency', operation='scale.creat')", ("did you mean 'scale.create'?",)),
    ("picwish.fault('lose')", ("sends no callbacks or webhooks",)),
    ("picwish.set_drifts('rate.limitup')", ("no drift", "picwish/rate.limit-up")),
    ("picwish.set_freedoms('free.json-revers')", ("no freedom", "picwish/free.json-reversed")),
    ("picwish.set_freedoms('free.json-reversed', seed=3)", ("ids or a seed, not both",)),
    ("picwish.set_variants(edition='curent')", ("did you mean 'current'?",)),
    ("picwish.use_preset('observd')", ("did you mean 'observed'?",)),
    ("picwish.set_callback_url('http://x/')", ("picwish",)),
    ("picwish.set_rate_limit(-1)", ("rate_limit",)),
    ("picwish.deliver('x')", ("picwish",)),
    ("picwish.receiver(3)", ("WSGI", "ASGI")),
    ("picwish.clock.advance('long')", ("seconds",)),
    ("picwish.images.bytes(400, 300, size=1)", ("give size_bytes=",)),
    ("picwish.images.bytes(format='jpgg')", ("jpeg, png, bmp",)),
    ("picwish.assert_requested('scale.creat')", ("did you mean 'scale.create'?",)),
    ("picwish.assert_requested('scale.create', values={'typ': 1})", ("no field 'typ'", "did you mean 'type'?")),
    ("picwish.assert_delivered()", ("sends no callbacks or webhooks",)),
    ("greycard_env(A='picwish')", ("NAME='VENDOR.VALUE'",)),
)


def answer(project: pytest.Pytester, *arguments: str) -> tuple[int, str]:
    """The exit status and what is printed; any code of greycard's fails."""
    plugins = ("greycard_mocks.plugin", "greycard_suite.score.options")
    loaded = [part for name in plugins for part in ("-p", name)]
    found = project.runpytest_inprocess(*loaded, "-p", "no:cacheprovider", *arguments)
    text = found.stdout.str() + found.stderr.str()
    assert "INTERNALERROR" not in text, text
    assert "Traceback" not in text, text
    assert not any(one in text for one in ("greycard_mocks/", "greycard_schemas/", "greycard_suite/")), text
    return int(found.ret), text


def told(text: str, words: tuple[str, ...]) -> None:
    """One line of the answer has all the words."""
    assert any(all(one in line for one in words) for line in text.splitlines()), text


@pytest.mark.parametrize(("line", "words"), SETTINGS, ids=[one[0] for one in SETTINGS])
def test_a_mistake_in_the_settings(project: pytest.Pytester, line: str, words: tuple[str, ...]) -> None:
    """The test that wants a vendor is told."""
    project.makeini(f"[pytest]\n{line}\n")
    project.makepyfile(PLAIN)
    status, text = answer(project)
    assert status == 1
    told(text, words)


@pytest.mark.parametrize(("options", "status", "words"), OPTIONS, ids=[one[0] for one in OPTIONS])
def test_a_mistake_in_the_options(project: pytest.Pytester, options: str, status: int, words: tuple[str, ...]) -> None:
    """The run is told, with pytest's own status for wrong use where it is known at once."""
    project.makepyfile(PLAIN)
    (project.path / "no").touch()
    found, text = answer(project, *options.split())
    told(text, words)
    assert found == status


@pytest.mark.parametrize(("marker", "words"), MARKERS, ids=[one[0] for one in MARKERS])
def test_a_mistake_in_a_marker(project: pytest.Pytester, marker: str, words: tuple[str, ...]) -> None:
    """The test that has the marker is told."""
    project.makepyfile(f"import pytest\n\n@pytest.mark.{marker}\n{PLAIN}")
    status, text = answer(project)
    assert status == 1
    told(text, words)


@pytest.mark.parametrize(("call", "words"), CALLS, ids=[one[0] for one in CALLS])
def test_a_mistake_in_a_test(project: pytest.Pytester, call: str, words: tuple[str, ...]) -> None:
    """The report shows the user's own line and the sentence."""
    project.makepyfile(f"def test_it(picwish, greycard_mock, greycard_env):\n    {call}")
    status, text = answer(project)
    assert status == 1
    told(text, words)
    assert call in text
