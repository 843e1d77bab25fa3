"""The page in a real browser: forms without scripts, keyboard, phone width, dark mode, hostile text.

Skipped where no Chromium is installed; `.ci/run` installs it on Debian.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest
import requests

from greycard_mocks.app import create_app
from greycard_mocks.clock import VirtualClock
from greycard_mocks.core.world import World
from greycard_mocks.engine.engine import Engine
from greycard_mocks.web.server import start
from greycard_schemas.loader import load_contracts

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")

pytestmark = [
    pytest.mark.wire,
    pytest.mark.slow,
    pytest.mark.skipif(
        not (CHROMIUM and DRIVER and find_spec("selenium")),
        reason="needs apt-get install chromium chromium-driver, and pip install selenium",
    ),
]

FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-dev-shm-usage",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
    # a name that does not end on this machine has no address: the page must work without any network
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)  # fmt: skip
UNFOLD = "document.querySelectorAll('details').forEach(one => { one.open = true })"
HOSTILE = "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>"


@pytest.fixture(scope="module")
def chrome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """A headless browser with a fresh profile."""
    from selenium.webdriver import Chrome, ChromeOptions, ChromeService

    options = ChromeOptions()
    options.binary_location = str(CHROMIUM)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    driver = Chrome(options=options, service=ChromeService(str(DRIVER), log_output=os.devnull))
    driver.set_page_load_timeout(60)
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def engine() -> Engine:
    """All vendors on a clock that stands still."""
    return Engine(load_contracts(), clock=VirtualClock())


@pytest.fixture(scope="module")
def url(engine: Engine) -> Iterator[str]:
    """Where the mock listens."""
    with start(create_app(engine), way=engine.way) as server:
        engine.origin = server.url
        yield server.url


@pytest.fixture
def world(engine: Engine, url: str, request: pytest.FixtureRequest) -> World:
    """A world of its own for each test, with one task and a few requests."""
    key = request.node.name  # begins with test, as a credential must
    found = engine.worlds.world("picwish", key)
    found.rate_limit = None
    headers = {"X-API-KEY": key, "User-Agent": HOSTILE}
    fields = {"type": "clean", "image_url": f"{url}/_mock/images/64x48.png"}
    scale = f"{url}/api/tasks/visual/scale"
    assert requests.post(scale, data=fields, headers=headers, timeout=30).status_code == 200
    requests.post(scale, data={"type": HOSTILE, "x" * 400: "y" * 400}, headers=headers, timeout=30)
    requests.get(f"{scale}/{HOSTILE}\u202e", headers=headers, timeout=30)
    return found


@pytest.fixture
def page(chrome: Chrome, world: World, url: str) -> Iterator[Chrome]:
    """The page of the world, at desktop width and in light mode; nothing may be logged as an error."""
    look(chrome, 1280, "light")
    log(chrome)
    chrome.get(f"{url}/_mock/page/{world.id}")
    yield chrome
    assert [entry for entry in log(chrome) if entry["level"] == "SEVERE"] == []


def log(chrome: Chrome) -> Any:
    """What the browser has logged since it was last asked."""
    return chrome.get_log("browser")  # type: ignore[no-untyped-call]


def look(chrome: Chrome, width: int, scheme: str) -> None:
    """Give the browser a width in pixels and a colour scheme, without motion."""
    wishes = {"prefers-color-scheme": scheme, "prefers-reduced-motion": "reduce"}
    features = [{"name": name, "value": value} for name, value in wishes.items()]
    chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600}
    chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def run(chrome: Chrome, script: str, *arguments: Any) -> Any:
    """The value of an expression in the page."""
    return chrome.execute_script(f"return {script}", *arguments)


def press(chrome: Chrome, css: str) -> None:
    """Press a button and wait for the page that follows."""
    from selenium.webdriver.common.by import By

    button = chrome.find_element(By.CSS_SELECTOR, css)
    run(chrome, "document.documentElement.dataset.before = '1'")
    button.click()
    deadline = time.monotonic() + 30
    while run(chrome, "document.readyState !== 'complete' || 'before' in document.documentElement.dataset"):
        assert time.monotonic() < deadline, f"no page followed {css}"


def test_forms_work_in_a_browser(page: Chrome, world: World) -> None:
    """Scenario, fault, clock and reset are set by clicking; the browser's own headers pass the guard."""
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import Select

    Select(page.find_element(By.ID, "scenario-outcome")).select_by_value("failed")
    press(page, "#scenario button.main")
    assert [scenario.outcome for scenario, _ in world.scenarios] == ["failed"]
    assert "Scenario set" in page.find_element(By.CSS_SELECTOR, "#scenario [role=status]").text
    Select(page.find_element(By.ID, "fault-kind")).select_by_visible_text("outage")
    press(page, "#fault button.main")
    assert [fault.kind for fault in world.faults] == ["outage"]
    before = world.clock.now()
    press(page, "#clock button[value=freeze]")
    field = page.find_element(By.ID, "clock-seconds")
    field.clear()
    field.send_keys("12")
    press(page, "#clock .with-button button[value=advance]")
    assert (world.clock.frozen, world.clock.now() - before) == (True, 12)
    page.find_element(By.CSS_SELECTOR, "#reset summary").click()
    press(page, "#reset button.danger")
    assert not world.tasks


def test_results_are_seen(page: Chrome, engine: Engine, world: World) -> None:
    """The thumbnail of a finished task is loaded under the page's own security policy."""
    from selenium.webdriver.common.by import By

    engine.time.advance(world, 10)
    page.refresh()
    image = page.find_element(By.CSS_SELECTOR, ".thumbs img")
    deadline = time.monotonic() + 30
    while not run(page, "arguments[0].complete", image):
        assert time.monotonic() < deadline
    assert run(page, "arguments[0].naturalWidth", image) > 0


def test_hostile_text_stays_text(page: Chrome, url: str) -> None:
    """Recorded markup makes no element and runs nothing, neither on the world's page nor on the first."""
    for address in (page.current_url, f"{url}/_mock/"):
        page.get(address)
        assert "greycard" in page.title
        assert run(page, "document.querySelectorAll('script, img[src=x], [onerror]').length") == 0
    page.back()
    assert "onerror" in run(page, "document.body.textContent")


@pytest.mark.parametrize("width", [320, 375, 768, 1280])
def test_nothing_is_wider_than_the_screen(page: Chrome, url: str, width: int) -> None:
    """At no width does the page scroll sideways, with every fold open."""
    for address in (page.current_url, f"{url}/_mock/"):
        page.get(address)
        look(page, width, "light")
        run(page, UNFOLD)
        assert run(page, "document.documentElement.scrollWidth") <= width


def test_tables_become_cards_on_a_phone(page: Chrome) -> None:
    """At phone width each row is a block of its own, the request first, then time, status and task in one line."""
    assert run(page, "getComputedStyle(document.querySelector('#requests tr td')).display") == "table-cell"
    look(page, 375, "light")
    assert run(page, "getComputedStyle(document.querySelector('#requests tbody tr')).display") == "grid"
    when, what, status = (
        run(page, f"document.querySelector('#requests tbody tr td:nth-child({n})').getBoundingClientRect().top")
        for n in (1, 2, 3)
    )
    assert what < when
    assert abs(when - status) < 8


CONTRAST = """(() => {
  const parts = text => text.match(/[0-9.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(c => c / 255)
    .map(c => c <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [.2126, .7152, .0722][i], 0);
  const low = [];
  for (const one of document.querySelectorAll('body *')) {
    const own = [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    if (!own || one.closest('svg') || !one.checkVisibility()) continue;
    if (one.matches('.skip, option, optgroup, button.default')) continue;
    let under = one, colour;
    do {
      colour = parts(getComputedStyle(under).backgroundColor);
      under = under.parentElement;
    } while (colour[3] === 0 && under);
    const [a, b] = [light(parts(getComputedStyle(one).color)), light(colour)].sort((x, y) => y - x);
    if ((a + .05) / (b + .05) < 4.5) low.push(one.outerHTML.slice(0, 120));
  }
  return low;
})()"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read(page: Chrome, scheme: str) -> None:
    """Every text has a contrast of at least 4.5 to its background, in light and in dark mode."""
    look(page, 1280, scheme)
    run(page, UNFOLD)
    assert run(page, CONTRAST) == []
    dark = run(page, "getComputedStyle(document.body).backgroundColor") == "rgb(20, 20, 20)"
    assert dark == (scheme == "dark")


def test_keyboard_reaches_everything(page: Chrome) -> None:
    """Tab goes first to the skip link, then to every link, field and button, each with a visible outline."""
    from selenium.webdriver import ActionChains, Keys

    seen: list[str] = []
    run(page, "document.body.focus()")
    for _ in range(200):
        ActionChains(page).send_keys(Keys.TAB).perform()
        name = run(page, "document.activeElement.id || document.activeElement.textContent.trim().slice(0, 30)")
        if run(page, "document.activeElement === document.body") or (seen and name == seen[0]):
            break
        assert run(page, "getComputedStyle(document.activeElement).outlineStyle") == "solid", name
        seen.append(name)
    assert seen[0] == "Skip to the content"
    assert {"clock-seconds", "scenario-outcome", "fault-kind", "Set scenario", "Switch on"} <= set(seen)


def test_enter_advances_the_clock(page: Chrome, world: World) -> None:
    """Enter in the field of seconds advances; it does not freeze, which comes first on the page."""
    from selenium.webdriver import Keys
    from selenium.webdriver.common.by import By

    before = world.clock.now()
    field = page.find_element(By.ID, "clock-seconds")
    field.clear()
    field.send_keys("5", Keys.ENTER)
    deadline = time.monotonic() + 30
    while world.clock.now() == before:
        assert time.monotonic() < deadline
    assert (world.clock.now() - before, world.clock.frozen) == (5, False)


def test_login_by_form(chrome: Chrome, engine: Engine) -> None:
    """With a token the browser logs in once and stays in."""
    from selenium.webdriver.common.by import By

    with start(create_app(engine, control_token="s3cret-token"), way=engine.way) as server:
        chrome.get(f"{server.url}/_mock/")
        assert chrome.title.startswith("Token")
        chrome.find_element(By.ID, "token").send_keys("s3cret-token")
        press(chrome, "button.main")
        chrome.get(f"{server.url}/_mock/")
        assert chrome.find_element(By.TAG_NAME, "h1").text == "Worlds"
        assert "greycard" not in run(chrome, "document.cookie")
        chrome.delete_all_cookies()
