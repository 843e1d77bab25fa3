"""A vendor that signs every request is contract data and one entry in `auth.py`; all parts of greycard know it then."""

from __future__ import annotations

import hashlib
import hmac
import html
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner

from greycard_mocks.engine.engine import Engine
from greycard_mocks.serve import Running, run
from greycard_mocks.testing.mock import Mock
from greycard_mocks.testing.vendor import VendorMock
from greycard_schemas import CONTRACTS, Vendor, load_contracts
from greycard_schemas.drifts.catalogue import drifts_of
from greycard_schemas.examples.requests import addressed, base_request
from greycard_schemas.lint.layers import lint
from greycard_schemas.openapi import openapi
from greycard_suite.cli import cli
from greycard_suite.commands.serving.greeting import greeting
from greycard_suite.reports.curl_script import SERVED, script
from greycard_suite.runner.run import Report, run_suite
from greycard_suite.targets.mock import MockTargets

LIKE = ("enhancor", "picwish")
"""The vendors that the new one is made from: one that sends JSON, one that sends forms with files."""

KEY = "test-canary-4c1b9e"
SECRET = "test-secret"
SIGNATURE = re.compile(rb"\b[0-9a-f]{64}\b")
AUTH: dict[str, Any] = {
    "scheme": "hmac-sha256",
    "header": "X-Acme-Key",
    "time_header": "X-Acme-Time",
    "signature_header": "X-Acme-Signature",
    "error": "unauthorized",
    "enforced": True,
}


def contracts(base: Path, like: str) -> Path:
    """A folder as `--contracts` takes it, with a vendor like another but for its name and the way it is let in."""
    folder = base / "acme"
    folder.mkdir()
    for path in (CONTRACTS / like).glob("*.json"):
        text = path.read_text(encoding="utf-8").replace(f"greycard:{like}/", "greycard:acme/")
        (folder / path.name).write_text(text.replace(f'"claim": "{like}', '"claim": "acme'), encoding="utf-8")
    data = json.loads((folder / "vendor.json").read_text(encoding="utf-8"))
    data |= {"vendor": "acme", "title": "Acme", "credentials": ["api_key", "api_secret"]}
    data["auth"] = {**AUTH, "x-source": dict.fromkeys(AUTH, "assumed: made up"), "error": data["auth"]["error"]}
    (folder / "vendor.json").write_text(json.dumps(data), encoding="utf-8")
    return base


@pytest.fixture(params=LIKE)
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The new vendor's folder."""
    return contracts(tmp_path, request.param)


@pytest.fixture
def vendor(folder: Path) -> Vendor:
    """The new vendor, loaded."""
    return load_contracts(["acme"], folders=[folder])["acme"]


@pytest.fixture(scope="module", params=LIKE)
def judged(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """The suite's report on the mock of it."""
    return report_on(contracts(tmp_path_factory.mktemp("like"), request.param))


def report_on(folder: Path, *patches: dict[str, Any]) -> Report:
    """The suite's report on the mock of the vendor in a folder, changed by patches."""
    judged = load_contracts(["acme"], folders=[folder])
    targets = MockTargets(load_contracts(["acme"], folders=[folder], patches={"acme": patches}), judged)
    try:
        return run_suite(targets, judged, started=0.0)[0]
    finally:
        targets.close()


@pytest.fixture(params=["in process", pytest.param("over a socket", marks=pytest.mark.wire)])
def acme(request: pytest.FixtureRequest, folder: Path) -> Iterator[VendorMock]:
    """A world of it."""
    with Mock(["acme"], contracts=[folder], in_process=request.param == "in process") as mock:
        yield mock.vendor("acme")


def create(acme: VendorMock, session: requests.Session, **options: Any) -> requests.Response:
    """Create one task with a picture of the mock's."""
    operation = acme.world.runtime.vendor.of_kind("create")[0]
    values = addressed(base_request(operation), acme.images.link(300, 300), "http://127.0.0.1/hook")
    form = {"json": values} if "application/json" in operation.encodings else {"files": _parts(values)}
    return session.post(f"{acme.url}{operation.path}", **form, **options, timeout=20)


def _parts(values: dict[str, Any]) -> dict[str, Any]:
    return {name: (None, str(value)) for name, value in values.items()}


def test_its_data_are_good(folder: Path) -> None:
    """The lint knows the scheme."""
    assert lint(folder) == []


def test_headers_that_a_scheme_does_not_know_are_found(folder: Path) -> None:
    """A header too few, one too many, and the wrong number of credentials each are a finding."""
    path = folder / "acme" / "vendor.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    del data["auth"]["time_header"], data["auth"]["x-source"]["time_header"]
    path.write_text(json.dumps(data), encoding="utf-8")
    assert [found.pointer for found in lint(folder)] == ["/auth/time_header"]
    data["auth"]["scheme"] = "header"
    path.write_text(json.dumps(data), encoding="utf-8")
    assert {found.pointer for found in lint(folder)} == {"/auth/signature_header", "/credentials"}


def test_a_signed_request_is_carried_out(acme: VendorMock) -> None:
    """Its body is read for the signature and is there for what follows; a read without a body is signed as well."""
    answer = create(acme, acme.session())
    assert answer.ok, answer.text
    assert acme.requests[-1]["values"]
    assert acme.assert_requested(acme.requests[-1]["operation"], times=1)
    assert acme.credentials == {"api_key": acme.world.credential, "api_secret": SECRET}
    acme.assert_no_refusals()


def test_the_signature_is_what_the_form_says(acme: VendorMock) -> None:
    """HMAC-SHA256 in hex over method, path and time, each with a line feed, and the body: made here by hand."""
    operation = next(one for one in acme.world.runtime.vendor.operations.values() if one.kind == "create")
    body = b"{}"
    text = f"{operation.method}\n{operation.path}?a=%20b\n1700000000\n".encode() + body
    headers = {
        "X-Acme-Key": acme.world.credential,
        "X-Acme-Time": "1700000000",
        "X-Acme-Signature": hmac.new(SECRET.encode(), text, hashlib.sha256).hexdigest().upper(),
        "Content-Type": "application/json",
    }
    session = acme.mock.session() if acme.mock.in_process else requests.Session()
    answer = session.post(f"{acme.url}{operation.path}?a=%20b", data=body, headers=headers, timeout=20)
    assert "#auth/" not in answer.headers["X-Greycard-Reason"]


def spoiled(acme: VendorMock, what: str) -> Any:
    """Signs a request, and then changes one thing of it."""

    def sign(request: requests.PreparedRequest) -> requests.PreparedRequest:
        acme.sign(request)
        if what == "body":
            request.prepare_body(b"another", None)
        elif what == "path":
            request.url = f"{request.url}?more=1"
        elif what == "secret":
            request.headers["X-Acme-Signature"] = hmac.new(b"another", b"", hashlib.sha256).hexdigest()
        elif what == "time":
            request.headers["X-Acme-Time"] = str(int(request.headers["X-Acme-Time"]) + 1)
        elif what == "no key":
            del request.headers["X-Acme-Key"]
        elif what == "key":
            request.headers["X-Acme-Key"] = "live-key"
        else:
            del request.headers[what]
        return request

    return sign


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("body", "does not fit"),
        ("path", "does not fit"),
        ("time", "does not fit"),
        ("secret", "does not fit"),
        ("X-Acme-Signature", "is missing"),
        ("X-Acme-Time", "no whole number"),
        ("no key", "is missing or unreadable"),
        ("key", "is unknown"),
    ],
)
def test_a_request_that_is_not_signed_right_is_refused(acme: VendorMock, what: str, reason: str) -> None:
    """The vendor's own refusal, with a reason that tells neither the secret nor the right signature."""
    session = acme.mock.session() if acme.mock.in_process else requests.Session()
    answer = create(acme, session, auth=spoiled(acme, what))
    error = acme.world.runtime.errors[AUTH["error"]]
    assert answer.status_code == error["http"]
    assert answer.headers["X-Greycard-Reason"].startswith("acme#auth/enforced")
    assert reason in answer.headers["X-Greycard-Reason"]
    assert [entry.facts["reason"] for entry in acme.refused] == [answer.headers["X-Greycard-Reason"]]
    shown = json.dumps([entry.as_json() for entry in acme.refused]).encode() + answer.content
    assert not SIGNATURE.search(shown)
    assert SECRET.encode() not in shown


def test_a_body_beyond_the_limit_is_not_read_for_its_signature(acme: VendorMock) -> None:
    """A body is kept in memory up to the operation's own limit, and refused as too large beyond it."""
    runtime = acme.world.runtime
    operation = runtime.vendor.of_kind("create")[0]
    limit = runtime.rules[operation.name].body_bytes
    answer = acme.session().post(f"{acme.url}{operation.path}", data=b"x" * (limit + 1), timeout=60)
    assert answer.status_code >= 400
    assert f"at most {limit} are read" in answer.headers["X-Greycard-Reason"]


def test_the_suite_finds_the_mock_true_to_its_data(judged: Report) -> None:
    """Every contract test passes, those of wrong and missing credentials among them."""
    assert judged.failures == {}
    assert judged.status == 0
    seen = {one.claim.id: one.verdict for one in judged.all_verdicts}
    assert {seen[f"acme#auth/{key}"] for key in AUTH} == {"confirmed"}


@pytest.mark.parametrize(
    ("key", "value", "refuted"), [("scheme", "header", "enforced"), ("signature_header", "X-Other", "signature_header")]
)
def test_the_suite_sees_a_signature_that_is_not_looked_at(tmp_path: Path, key: str, value: str, refuted: str) -> None:
    """So it does with one that is looked for elsewhere: what was assumed is refuted by name."""
    patch = {"op": "replace", "file": "vendor", "path": f"/auth/{key}", "value": value}
    report = report_on(contracts(tmp_path, "enhancor"), patch)
    assert {one.claim.id: one.verdict for one in report.all_verdicts}[f"acme#auth/{refuted}"] == "refuted"


def test_drifts_of_a_documented_scheme_are_known(vendor: Vendor) -> None:
    """Each header elsewhere, and a signature that nobody looks at."""
    for key in AUTH:
        vendor.data["auth"]["x-source"][key] = "S1:1"
    changed = {name.removeprefix("acme/auth.") for name in drifts_of(vendor) if name.startswith("acme/auth.")}
    wanted = {"header-renamed", "time_header-renamed", "signature_header-renamed", "scheme-unsigned", "enforced-off"}
    assert wanted <= changed


def test_openapi_describes_it(vendor: Vendor) -> None:
    """All three headers are needed, and the description says what is signed."""
    document = openapi(vendor)
    schemes = document["components"]["securitySchemes"]
    assert document["security"] == [{"key": [], "time": [], "signature": []}]
    assert {one["name"] for one in schemes.values()} == {AUTH[key] for key in AUTH if key.endswith("header")}
    assert "HMAC-SHA256" in schemes["signature"]["description"]


@pytest.fixture
def served(folder: Path) -> Iterator[Running]:
    """The mock of it on a port of this machine."""
    with run(Engine(load_contracts(["acme"], folders=[folder]), speed=10.0)) as running:
        yield running


def shell(text: str, folder: Path, **environ: str) -> str:
    """What a shell prints."""
    done = subprocess.run(
        ["bash", "-c", text], cwd=folder, env={"PATH": "/usr/bin:/bin:/usr/local/bin", **environ},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.wire
def test_the_lines_that_serve_prints_can_be_pasted(served: Running, vendor: Vendor, tmp_path: Path) -> None:
    """A create and a read are let in: the mock says so in the journal of the key's world."""
    lines = [line for line in greeting(vendor, served.url) if "curl" in line]
    for line in lines:
        shell(line, tmp_path)
    entries = served.engine.worlds.world("acme", "test-key").journal.of_kind("request")
    assert [entry["operation"] for entry in entries] == [one.name for one in vendor.operations.values() if one.path]
    assert not [entry for entry in entries if entry["claim"].startswith("acme#auth")]
    shell(lines[0].replace("test-secret", "test-another"), tmp_path)
    assert served.engine.worlds.world("acme", "test-key").journal.entries[-1]["claim"] == "acme#auth/enforced"


@pytest.mark.wire
def test_the_line_of_the_page_can_be_pasted(served: Running, vendor: Vendor, tmp_path: Path) -> None:
    """The command that the page shows creates a task; the page shows no signature of it."""
    page = requests.get(f"{served.url}/_mock/", timeout=20).text
    found = re.search(r"<pre[^>]*>(.*?curl.*?)</pre>", page, re.DOTALL)
    assert found is not None
    shell(html.unescape(re.sub(r"<[^>]+>", "", found[1])), tmp_path)
    world = served.engine.worlds.world("acme", "test-me")
    assert [entry["operation"] for entry in world.journal.entries] == [vendor.of_kind("create")[0].name]
    assert len(world.tasks) == 1
    for path in ("/_mock/", f"/_mock/worlds/{world.id}"):
        assert not SIGNATURE.search(requests.get(f"{served.url}{path}", timeout=20).content)


@pytest.mark.wire
def test_a_script_shows_a_call_again(judged: Report, tmp_path: Path) -> None:
    """The calls of a run, its keys taken from the environment, get the same answers from a shell."""
    vendor = judged.judged["acme"]
    operation = vendor.of_kind("create")[0]
    calls = [call for record in judged.calls["acme"] for call in record.calls if call.operation == operation.name]
    keys = {"GREYCARD_ACME_API_KEY": "test-shell", "GREYCARD_ACME_API_SECRET": SECRET}
    good = [call for call in calls if call.credential == "valid" and call.status < 300]
    uploads = [call for call in good if any(" jpeg" in file for file in call.files.values())][:1]
    assert bool(uploads) is ("multipart/form-data" in operation.encodings)
    with run(Engine({"acme": vendor})) as served:
        for call in (good[0], *uploads, next(call for call in calls if call.credential == "wrong")):
            text = script(vendor, [call], {"kind": "mock", "base_url": call.url.removesuffix(operation.path)})
            assert SECRET not in text
            assert str(call.status) in shell(text.replace(SERVED, served.url), tmp_path, **keys).splitlines()[0]
            served.engine.worlds.world("acme", "test-shell").reset()


@pytest.mark.wire
@pytest.mark.slow
def test_a_live_run_keeps_its_evidence_and_no_secret(tmp_path: Path) -> None:
    """`greycard verify` over a socket is green; no file that it writes holds key, secret or a signature."""
    folder, evidence = contracts(tmp_path, "enhancor"), tmp_path / "evidence"
    keys = {"GREYCARD_ACME_API_KEY": KEY, "GREYCARD_ACME_API_SECRET": SECRET}
    with run(Engine(load_contracts(["acme"], folders=[folder]), speed=10.0)) as served:
        where = ["--target", "live", "--vendor", "acme", "--base-url", f"acme={served.url}"]
        arguments = ["verify", *where, "--contracts", str(folder), "-o", str(evidence)]
        result = CliRunner(env=keys).invoke(cli, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    har = (evidence / "exchange.har").read_text(encoding="utf-8")
    assert "$GREYCARD_ACME_API_KEY" in har
    for path in (one for one in evidence.rglob("*") if one.is_file()):
        content = path.read_bytes()
        assert KEY.encode() not in content, path.name
        assert SECRET.encode() not in content, path.name
    headers = [
        header
        for entry in json.loads(har)["log"]["entries"]
        for header in entry["request"]["headers"]
        if header["name"].lower() == AUTH["signature_header"].lower()
    ]
    assert headers
    assert {header["value"] for header in headers} <= {
        "HMAC with $GREYCARD_ACME_API_SECRET",
        "HMAC with greycard-wrong-secret",
    }
