"""An independent fuzzer, fed by the exported OpenAPI documents, finds no server error in any mock vendor."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from greycard_mocks.engine.engine import Engine
from greycard_mocks.serve import run
from greycard_schemas.loader import load_contracts
from greycard_schemas.openapi import openapi
from greycard_suite.runner import profiles

pytestmark = [pytest.mark.wire, pytest.mark.slow]

HEADERS = {
    "picwish": "X-API-KEY: test-fuzzer",
    "wondershare": "Authorization: Basic dGVzdDpzZWNyZXQ=",
    "magictiger": "token: test-fuzzer",
    "enhancor": "x-api-key: test-fuzzer",
}
EXAMPLES = "40" if profiles.chosen(os.environ) == "deep" else "12"
"""How many requests are drawn for each operation, besides those that cover each rule of its schema."""
FUZZER = shutil.which("schemathesis", path=str(Path(sys.executable).parent))


@pytest.mark.skipif(FUZZER is None, reason="schemathesis is not installed; pip install -e '.[dev]' brings it")
@pytest.mark.parametrize("vendor", sorted(HEADERS))
def test_schemathesis_finds_no_server_error(vendor: str, tmp_path: Path) -> None:
    """Hundreds of requests, valid and broken, get no answer of 500 or above."""
    contracts = load_contracts([vendor])
    document = tmp_path / "openapi.json"
    document.write_text(json.dumps(openapi(contracts[vendor])), encoding="utf-8")
    with run(Engine(contracts, speed=50.0)) as running:
        done = subprocess.run(
            [
                str(FUZZER), "run", str(document), "--url", running.url, "-H", HEADERS[vendor],
                "--checks", "not_a_server_error", "--phases", "coverage,fuzzing",
                "--max-examples", EXAMPLES, "--seed", "1",
            ],
            capture_output=True, text=True, timeout=120, check=False, cwd=tmp_path,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert "generated" in done.stdout
