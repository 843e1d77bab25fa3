"""The report on paper: all of it, light, without the marks of a source text.

What needs a browser is skipped where no Chromium is installed; `.ci/run` installs it on Debian.
"""

from __future__ import annotations

import base64
import re
import shutil
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from greycard_schemas.loader import load_contracts
from greycard_suite.reports.html import render_report
from greycard_suite.reports.json import as_json
from greycard_suite.reports.page import prose
from greycard_suite.reports.words import plain
from greycard_suite.runner.run import Report

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
PATCHES = [{"op": "replace", "file": "vendor", "path": "/errors/unauthorized/http", "value": 418}]
FOLDED = """
return [...document.querySelectorAll('details .facts')]
    .filter(one => !one.checkVisibility({contentVisibilityAuto: true}) || one.offsetHeight === 0).length
"""
COLOURS = "const body = getComputedStyle(document.body); return [body.backgroundColor, body.color]"
CLIPPED = "return [...document.querySelectorAll('pre')].filter(one => one.scrollHeight > one.clientHeight + 2).length"


@pytest.fixture(scope="module")
def page(recorded: Callable[..., Report], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a run in which something is violated."""
    document = as_json(recorded("picwish", patches=PATCHES, select="key or plain"))
    file = tmp_path_factory.mktemp("report") / "report.html"
    file.write_text(render_report(document, load_contracts(["picwish"])), encoding="utf-8")
    return file


def test_sentences_have_no_marks_of_a_source_text(page: Path) -> None:
    """No backticks, and no brackets of a list where commas will do; scripts and bodies stay as they are."""
    text = page.read_text(encoding="utf-8")
    shown = re.sub(r"<pre.*?</pre>|<style.*?</style>", "", text, flags=re.DOTALL)
    assert "`" not in shown
    assert not re.search(r"<dd>\[|expected \[|\['", shown)
    assert "<code>type</code>" in shown


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "nothing"), ("", "nothing"), ([], "nothing"), ("a", "a"), (["a", 1], "a, 1"), ({"b", "a"}, "a, b"),
        ((400, 413), "400, 413"), ({"a": [1]}, '{"a": [1]}'), ([{"é": 1}], '[{"é": 1}]'), (True, "yes"),
    ],
)  # fmt: skip
def test_a_value_is_put_in_words(value: object, words: str) -> None:
    """Lists have commas, what is nested is JSON."""
    assert plain(value) == words


def test_code_in_a_sentence_is_marked_and_stays_harmless() -> None:
    """What stands between backticks is code; a lone one stays, and nothing becomes markup."""
    assert prose("the `a<b` of <i>") == "the <code>a&lt;b</code> of &lt;i&gt;"
    assert prose("one ` alone <") == "one ` alone &lt;"


@pytest.fixture(scope="module")
def chrome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """A headless browser with a fresh profile, which wishes dark pages."""
    from selenium.webdriver import Chrome, ChromeOptions, ChromeService

    options = ChromeOptions()
    options.binary_location = str(CHROMIUM)
    profile = tmp_path_factory.mktemp("profile")
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                 "--disable-background-networking", f"--user-data-dir={profile}"):  # fmt: skip
        options.add_argument(flag)
    driver = Chrome(options=options, service=ChromeService(DRIVER))
    try:
        yield driver
    finally:
        driver.quit()


@pytest.mark.wire
@pytest.mark.slow
@pytest.mark.skipif(
    not (CHROMIUM and DRIVER and find_spec("selenium")),
    reason="needs apt-get install chromium chromium-driver, and pip install selenium",
)
def test_paper_shows_everything(chrome: Chrome, page: Path) -> None:
    """What is folded on the screen is open in print, on white, and no script is cut; the file prints as a PDF."""
    chrome.get(page.as_uri())
    dark = [{"name": "prefers-color-scheme", "value": "dark"}]
    chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "screen", "features": dark})
    assert chrome.execute_script(FOLDED) > 100
    assert chrome.execute_script(COLOURS)[0] != "rgb(255, 255, 255)"
    chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print", "features": dark})
    assert chrome.execute_script(FOLDED) == 0
    assert chrome.execute_script(CLIPPED) == 0
    assert chrome.execute_script(COLOURS) == ["rgb(255, 255, 255)", "rgb(26, 26, 26)"]
    printed = base64.b64decode(chrome.execute_cdp_cmd("Page.printToPDF", {})["data"])
    assert printed.startswith(b"%PDF")
    assert 5 < len(re.findall(rb"/Type\s*/Page\b", printed)) < 80
