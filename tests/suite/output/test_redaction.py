"""Nothing leaves the suite's memory that is not known to be harmless."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greycard_client import callback_md5
from greycard_schemas.loader import load_vendor
from greycard_suite.evidence.recording import Record
from greycard_suite.evidence.redaction import Redactor, delivery_headers, redacted_link, shortened
from greycard_suite.evidence.secret_gate import SecretGate, SecretLeakError
from greycard_suite.redact.secrets import Secrets

CANARY = 'canary/"kéy"+Zq71&<x>'
REDACTOR = Redactor(load_vendor("picwish"), {"GREYCARD_PICWISH_API_KEY": CANARY})


def spellings(secret: str) -> dict[str, str]:
    """Ways in which a secret may slip into a text."""
    raw = secret.encode()
    return {
        "plain": f"x{secret}y",
        "json": json.dumps({"key": secret}),
        "json letters": json.dumps({"key": secret}, ensure_ascii=False),
        "url": f"https://h/?k={quote(secret, safe='')}",
        "basic": base64.b64encode(raw + b":" + b"another-secret").decode(),
        "basic second": base64.b64encode(b"another-secret:" + raw).decode(),
        "base64 at 1": base64.b64encode(b"a" + raw + b"bc").decode(),
        "base64 at 2": base64.b64encode(b"ab" + raw + b"c").decode(),
        "base64 url": base64.urlsafe_b64encode(raw).decode(),
        "html": f"<td>{secret.replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;')}</td>",
        "repr": repr(secret),
    }


@pytest.mark.parametrize("way", spellings(CANARY))
def test_the_vault_writes_no_secret_in_any_spelling(tmp_path: Path, way: str) -> None:
    """A configured secret is found however it is spelled, and its variable stands in its place."""
    SecretGate({"K": CANARY}).write(tmp_path / "out.txt", f"before {spellings(CANARY)[way]} after")
    written = (tmp_path / "out.txt").read_bytes()
    assert not Secrets({"K": CANARY}).found_in(written)
    assert b"$K" in written
    assert written.startswith(b"before ")
    assert written.endswith(b" after")


def test_a_secret_in_a_file_name_is_refused(tmp_path: Path) -> None:
    """Nothing is written, and the sentence does not repeat the secret."""
    with pytest.raises(SecretLeakError) as caught:
        SecretGate({"K": "canary-71-and-more"}).write(tmp_path / "canary-71-and-more.txt", "harmless")
    assert list(tmp_path.iterdir()) == []
    assert "canary-71" not in str(caught.value)


@pytest.mark.parametrize("way", spellings(CANARY))
def test_a_secret_in_a_text_is_replaced_by_its_variable(tmp_path: Path, way: str) -> None:
    """The variable stands where the secret stood, the rest is as it was, and the gate accepts what comes out."""
    text = f"before {spellings(CANARY)[way]} after"
    redacted = REDACTOR.text(text)
    if way == "url":  # a parameter that is not known to be harmless goes whatever it holds
        assert redacted == "before https://h/?k=redacted after"
    else:
        before, found, after = redacted.partition("$GREYCARD_PICWISH_API_KEY")
        assert found
        assert before.startswith("before ")
        assert after.endswith(" after")
        assert text.startswith(before)
        assert text.endswith(after)
    SecretGate({"K": CANARY}).write(tmp_path / "out.txt", redacted)
    assert (tmp_path / "out.txt").read_text(encoding="utf-8") == redacted


def test_the_vault_writes_whole_files_and_hides_its_secrets(tmp_path: Path) -> None:
    """A file is replaced at once and nothing is left beside it; the gate's own text shows no secret."""
    gate = SecretGate({"K": CANARY, "L": ""})
    gate.write(tmp_path / "deep" / "a.txt", "one")
    gate.write(tmp_path / "deep" / "a.txt", b"two")
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["a.txt"]
    assert (tmp_path / "deep" / "a.txt").read_bytes() == b"two"
    assert CANARY not in repr(gate)


def test_headers_pass_by_allow_list() -> None:
    """A header that nobody has declared harmless is left out, with its value."""
    kept = REDACTOR.headers(
        {"Content-Type": "a/b", "Set-Cookie": "s=1", "X-API-KEY": CANARY, "Location": "http://h/?sig=1"}
    )
    assert kept == {"content-type": "a/b", "location": "http://h/?sig=redacted"}


@pytest.mark.parametrize(
    ("link", "kept"),
    [
        ("https://h/a.jpg?Expires=17&Signature=ab%2Fc", "https://h/a.jpg?Expires=17&Signature=redacted"),
        ("http://user:word@h:81/p", "http://h:81/p"),
        ("http://h/64x64.jpg?bytes=5", "http://h/64x64.jpg?bytes=5"),
        ("http://h/?just-a-token", "http://h/?just-a-token=redacted"),
        ("http://h/p#access_token=1", "http://h/p"),
        ("http://[::1", "http://redacted.invalid/"),
    ],
)
def test_parameters_of_links_pass_by_allow_list(link: str, kept: str) -> None:
    """The end of a link's life stays, its signature does not."""
    assert redacted_link(link) == kept


def test_a_link_in_xml_stays_xml() -> None:
    """Redacting a file leaves its entities whole."""
    text = '<a b="say &quot;http://h/?Expires=1&amp;Signature=2&quot;">http://h/?a=1&amp;b=2&lt;x</a>'
    assert (
        REDACTOR.text(text)
        == '<a b="say &quot;http://h/?Expires=1&amp;Signature=redacted&quot;">http://h/?a=redacted&amp;b=redacted&lt;x</a>'
    )


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(f"http://h/?a={CANARY}"),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=8,
    )
)
def test_redacting_twice_changes_nothing(value: object) -> None:
    """A redacted value is its own redaction, is plain JSON, and holds no secret."""
    once = REDACTOR.value(value)
    assert REDACTOR.value(once) == once
    assert CANARY not in json.dumps(once, allow_nan=False, ensure_ascii=False)


def test_a_long_text_is_cut_without_losing_what_it_is() -> None:
    """Base64 keeps its beginning, which still tells the picture.

    Other long texts become length and digest.
    """
    picture = base64.b64encode(b"\x89PNG" + bytes(9000)).decode()
    assert base64.b64decode(shortened(picture), validate=True).startswith(b"\x89PNG")
    assert shortened("word " * 3000).startswith("(15000 characters, sha256 ")


@pytest.mark.parametrize(("token", "md5", "right"), [("the-real-token", "", True), ("another", "0" * 32, False)])
def test_a_delivery_keeps_whether_it_was_signed_and_not_how(token: str, md5: str, *, right: bool) -> None:
    """A right signature is made anew with the placeholder, for it would let anybody try out tokens.

    A wrong one says so.
    """
    vendor = load_vendor("magictiger")
    record = Record("magictiger", "t", 1, 0.0, 0.0, (), (), {}, {"token": "the-real-token"})
    headers = {"token": token, "md5": md5 or callback_md5(b"{}", "the-real-token"), "x-other": "1"}
    kept = delivery_headers(Redactor(vendor), record, headers, b"{}", b"{}")
    place = "$GREYCARD_MAGICTIGER_TOKEN"
    wrong = {"token": "redacted", "md5": "$GREYCARD_WRONG_SIGNATURE"}
    assert kept == ({"token": place, "md5": callback_md5(b"{}", place)} if right else wrong)
