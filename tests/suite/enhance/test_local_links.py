"""Two parts of `greycard enhance` by themselves: the links of local files, and the pace of requests."""

from __future__ import annotations

from pathlib import Path

import pytest

from greycard_suite.clock import Pace
from greycard_suite.enhance.local_links import LocalLinks
from greycard_suite.enhance.pacing import MARGIN_SECONDS


@pytest.mark.wire
def test_local_links_give_only_their_files(tmp_path: Path) -> None:
    """Each file has its own name that cannot be guessed; everything else is 404."""
    import requests

    first, second = tmp_path / "one", tmp_path / "two"
    first.write_bytes(b"1" * 200_000)
    second.write_bytes(b"22")
    with LocalLinks() as links, requests.Session() as session:
        session.trust_env = False
        session.mount("http://", requests.adapters.HTTPAdapter(max_retries=1))  # a server may end a kept connection
        link = links.link(first)
        assert session.get(link).content == b"1" * 200_000
        assert session.get(links.link(second)).content == b"22"
        base = link.rpartition("/")[0]
        for path in ("/", "/one", f"/{first}", "/../one", "/%2e%2e/one"):
            assert session.get(base + path).status_code in (400, 404)
        first.unlink()
        assert session.get(link).status_code == 404
        assert session.post(links.webhook_url, data=b"{}").status_code == 400
        assert session.post(f"{base}/guess", data=b"{}").status_code == 404
        good = b'{"request_id": "r", "status": "success", "result": "http://x/"}'
        assert session.post(links.webhook_url, data=good).status_code == 200
        webhook = links.webhook("r")
        assert webhook is not None
        assert webhook.result == "http://x/"


def test_a_pacer_lets_no_more_pass_than_it_may() -> None:
    """Of any three in a row, the third comes more than a second after the first."""

    class Clock:
        time = 100.0

        def now(self) -> float:
            return self.time

        def sleep(self, seconds: float) -> None:
            self.time += max(0.0, seconds)

    clock = Clock()
    pace = Pace(2, margin=MARGIN_SECONDS)
    passed: list[float] = []
    for _ in range(7):
        pace.wait(clock)
        passed.append(clock.now())
    assert all(later - earlier > 1 for earlier, later in zip(passed, passed[2:], strict=False))
    assert passed[-1] - passed[0] < 4
