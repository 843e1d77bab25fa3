"""Makes the two pictures of the README from the real thing: ``python -m project.pages.readme_pictures``.

Needs Chromium and its driver. The page is that of a mock with one refused request, the report that of a run against
a vendor that has drifted.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import click
import requests
from PIL import Image
from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.by import By

ROOT = Path(__file__).parents[3]
REFUSAL = ROOT / "mocks/pictures/refusal.png"
REPORT = ROOT / "tests/pictures/report.png"
WIDTH = 1000
COLOURS = 64
DRIFT = "enhancor/queue.result.enlarges-off"


@contextmanager
def chrome() -> Generator[Chrome]:
    """A headless browser with sharp text."""
    options = ChromeOptions()
    options.binary_location = shutil.which("chromium") or shutil.which("google-chrome") or ""
    with tempfile.TemporaryDirectory() as profile:
        for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                     "--force-device-scale-factor=1.5",
                     f"--window-size={WIDTH},900", f"--user-data-dir={profile}"):  # fmt: skip
            options.add_argument(flag)
        driver = Chrome(options=options, service=ChromeService(shutil.which("chromedriver")))
        try:
            yield driver
        finally:
            driver.quit()


def keep(screenshot: bytes, file: Path) -> None:
    """Write a screenshot with few colours, so that the repository stays small."""
    file.parent.mkdir(exist_ok=True)
    picture = Image.open(io.BytesIO(screenshot)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    picture.save(file, optimize=True)
    click.echo(f"{file.relative_to(ROOT)}: {picture.size}, {file.stat().st_size} bytes")


@contextmanager
def served(*options: str) -> Generator[str]:
    """The address of `greycard serve` with these options."""
    command = [sys.executable, "-m", "greycard", "serve", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        found = re.search(r"http://[\w.:]+", process.stdout.readline())
        assert found is not None
        try:
            yield found[0]
        finally:
            process.terminate()


def refusal(driver: Chrome) -> None:
    """A create without `type`, as the page of its account shows it."""
    with served("picwish") as url:
        order = {"image_url": f"{url}/_mock/images/400x300.jpg"}
        requests.post(f"{url}/api/tasks/visual/scale", headers={"X-API-KEY": "test-anna"}, data=order, timeout=10)
        driver.get(f"{url}/_mock/")
        driver.find_element(By.CSS_SELECTOR, "table a").click()
        keep(driver.find_element(By.ID, "requests").screenshot_as_png, REFUSAL)


def report(driver: Chrome) -> None:
    """The top of the report on an Enhancor that no longer enlarges."""
    with tempfile.TemporaryDirectory() as folder, served("enhancor", "--speed", "50", "--drift", DRIFT) as url:
        command = [sys.executable, "-m", "greycard", "verify", "--target", "live", "--vendor", "enhancor"]
        command += ["--base-url", f"enhancor={url}", "--output", f"{folder}/run"]
        subprocess.run(command, check=False)
        driver.get(Path(f"{folder}/run/report.html").as_uri())
        keep(driver.get_screenshot_as_png(), REPORT)


if __name__ == "__main__":
    with chrome() as browser:
        refusal(browser)
        report(browser)
