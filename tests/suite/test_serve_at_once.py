"""`greycard serve` answers while its control plane is still being made, whatever is asked first."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

PICTURE = "/_mock/images/40x30.jpg"


@pytest.mark.slow
@pytest.mark.wire
@pytest.mark.parametrize("run", range(4))
def test_whatever_is_asked_first_is_answered(run: int, source_path: str) -> None:
    """Vendors, multipart, control plane, page and a picture, all at once, at the moment at which it listens."""
    del run
    command = [sys.executable, "-c", "from greycard_suite.cli import main; main()", "serve", "--port", "0"]
    env = {**os.environ, "PYTHONPATH": source_path, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
            assert found is not None
            url, api = found[0], f"{found[0]}/api/tasks/visual/scale"

            def ask(number: int) -> int:
                headers = {"X-API-KEY": f"test-{number}"}
                form = {"type": "clean", "image_url": f"{url}{PICTURE}"}
                asked = [
                    lambda: requests.post(api, headers=headers, data=form, timeout=30),
                    lambda: requests.post(api, headers=headers, data={"type": "clean"}, files=files, timeout=30),
                    lambda: requests.get(f"{url}/_mock/", timeout=30),
                    lambda: requests.get(f"{url}/_mock/worlds", timeout=30),
                    lambda: requests.get(f"{url}{PICTURE}", timeout=30),
                ]
                return asked[number % len(asked)]().status_code

            files = {"image_file": ("a.png", b"no picture")}
            with ThreadPoolExecutor(10) as pool:
                codes = list(pool.map(ask, range(20)))
        finally:
            process.terminate()
            _, words = process.communicate(timeout=30)
    assert set(codes) <= {200, 413, 415, 400}, words
    assert "Traceback" not in words
