"""Magic Tiger's signed callback and Enhancor's webhook, as the client reads them."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greycard_client import (
    BadSignature,
    UnexpectedResponse,
    callback_acknowledgement,
    callback_md5,
    parse_callback,
    parse_webhook,
    verify_callback,
)

TOKEN = "token-123456"
DATA = {"taskid": "t1", "status": 2, "outputurl": "https://e/o.png", "facelist": None, "new": 1}
BODY = json.dumps({"code": 0, "msg": "", "data": DATA}).encode()


def signed(body: bytes = BODY, token: str = TOKEN) -> dict[str, str]:
    """The headers of a callback with this body."""
    return {"token": token, "md5": callback_md5(body, token)}


def test_the_digest_is_md5_of_body_and_token() -> None:
    """The assumed rule: lower-case hex MD5 of the body's bytes followed by the token."""
    assert callback_md5(b"abc", "tök") == hashlib.md5("abctök".encode()).hexdigest()  # noqa: S324


@given(st.binary(), st.text(min_size=1).filter(lambda text: text.strip()))
def test_what_was_signed_is_verified(body: bytes, token: str) -> None:
    """Any body and any token verify, and one more byte does not."""
    assert verify_callback(signed(body, token), body, token).body == body
    with pytest.raises(BadSignature):
        verify_callback(signed(body, token), body + b"!", token)


@pytest.mark.parametrize("names", [("Token", "Md5"), ("TOKEN", "MD5"), ("token", "md5")])
def test_names_and_digest_may_be_in_any_case(names: tuple[str, str]) -> None:
    """Header names are case-insensitive, the digest's hex too, the token is not."""
    token, md5 = names
    headers = {token: TOKEN, md5: f" {callback_md5(BODY, TOKEN).upper()} ", "Host": "me"}
    assert verify_callback(headers, BODY, TOKEN).token_index == 0
    with pytest.raises(BadSignature):
        verify_callback({**headers, token: TOKEN.upper()}, BODY, TOKEN)


def test_tokens_can_be_rotated() -> None:
    """Several tokens may be valid; header and digest have to be of the same one."""
    old, new = "token-old", "token-new"
    assert verify_callback(signed(token=old), BODY, [new, old]).token_index == 1
    assert verify_callback(signed(token=new), BODY, [new, old]).token_index == 0
    crossed = {"token": old, "md5": callback_md5(BODY, new)}
    with pytest.raises(BadSignature):
        verify_callback(crossed, BODY, [new, old])
    with pytest.raises(BadSignature):
        verify_callback(signed(token="token-stolen"), BODY, [new, old])


@pytest.mark.parametrize("missing", ["token", "md5"])
def test_both_headers_are_needed(missing: str) -> None:
    """A callback without one of the headers is not believed."""
    headers = {name: value for name, value in signed().items() if name != missing}
    with pytest.raises(BadSignature, match=missing):
        verify_callback(headers, BODY, TOKEN)


def test_a_header_given_twice_is_refused() -> None:
    """Two different values of one header cannot both be the vendor's; the same one twice is harmless."""

    class Pairs:
        def __init__(self, *pairs: tuple[str, str]) -> None:
            self.pairs = pairs

        def items(self) -> tuple[tuple[str, str], ...]:
            return self.pairs

    good = tuple(signed().items())
    assert verify_callback(Pairs(*good, *good), BODY, TOKEN).token_index == 0
    with pytest.raises(BadSignature, match="twice"):
        verify_callback(Pairs(*good, ("MD5", "0" * 32)), BODY, TOKEN)


@pytest.mark.parametrize("token", ["", [], [TOKEN, ""]])
def test_an_empty_token_verifies_nothing(token: Any) -> None:
    """With an empty token anybody could sign, so it is a mistake of the caller."""
    with pytest.raises(ValueError, match="token"):
        verify_callback({"token": "", "md5": callback_md5(BODY, "")}, BODY, token)


@given(st.text(), st.text())
def test_strange_headers_are_bad_signatures(token: str, md5: str) -> None:
    """No text in the headers breaks the check."""
    with pytest.raises(BadSignature):
        verify_callback({"token": token, "md5": md5}, BODY, TOKEN)
    with pytest.raises(BadSignature):
        verify_callback({"token": "\udcff\udcfe", "md5": "é"}, BODY, TOKEN)


def test_another_rule_can_be_passed() -> None:
    """The rule is one function, for the day when the vendor's is known."""

    def rule(body: bytes, token: str) -> str:
        return hashlib.sha256(token.encode() + body).hexdigest()

    headers = {"token": TOKEN, "md5": rule(BODY, TOKEN)}
    assert parse_callback(headers, BODY, TOKEN, rule=rule).succeeded
    with pytest.raises(BadSignature):
        parse_callback(headers, BODY, TOKEN)


@pytest.mark.parametrize(("status", "state"), [(2, "succeeded"), ("2", "succeeded"), (3, "failed"), (1, "running")])
def test_a_callback_is_typed(status: object, state: str) -> None:
    """The body is read like the answer of gettask (S1:106-142)."""
    body = json.dumps({"code": "0", "msg": "m\n", "data": {**DATA, "status": status}}).encode()
    callback = parse_callback(signed(body), body, [TOKEN])
    assert (callback.code, callback.msg) == (0, "m\\n")
    assert callback.task.taskid == "t1"
    assert callback.task.type is None
    assert callback.task.outputurl == "https://e/o.png"
    assert callback.raw["data"]["new"] == 1
    states = {name for name in ("succeeded", "failed", "running") if getattr(callback, name)}
    assert states == {state}
    assert callback.finished is (state != "running")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"not json",
        b"{}",
        b'{"code": 0}',
        b'{"code": null, "data": {"taskid": "t", "status": 2}}',
        b'{"code": 0, "data": {"status": 2}}',
        b'{"code": 0, "data": {"taskid": "t", "status": 44}}',
    ],
)
def test_a_signed_body_of_another_shape_is_unexpected(body: bytes) -> None:
    """The signature is checked first, the shape then."""
    with pytest.raises(UnexpectedResponse):
        parse_callback(signed(body), body, TOKEN)
    with pytest.raises(BadSignature):
        parse_callback(signed(body), body + b" ", TOKEN)


def test_another_status_table_can_be_passed() -> None:
    """The table of task statuses is not in the document."""
    body = b'{"code": 0, "data": {"taskid": "t", "status": 44}}'
    assert parse_callback(signed(body), body, TOKEN, statuses={44: "failed"}).failed


def test_the_acknowledgement_is_what_the_vendor_expects() -> None:
    """code, msg and data.success (S1:145-152)."""
    assert callback_acknowledgement() == {"code": 0, "msg": "", "data": {"success": True}}
    assert callback_acknowledgement(False)["data"] == {"success": False}


@pytest.mark.parametrize("status", ["success", "completed", "COMPLETED", "Success"])
@pytest.mark.parametrize("name", ["request_id", "requestId"])
def test_a_webhook_of_success(status: str, name: str) -> None:
    """The document's "success" and the newer "COMPLETED" mean the same (S4:110)."""
    body = json.dumps({name: "r1", "status": status, "result": "https://e/r.png", "cost": 58.5, "x": []})
    hook = parse_webhook(body.encode())
    assert (hook.request_id, hook.status, hook.result, hook.cost) == ("r1", status, "https://e/r.png", 58.5)
    assert hook.succeeded
    assert hook.finished
    assert not hook.failed
    assert not hook.running
    assert hook.raw["x"] == []


@pytest.mark.parametrize("status", ["failed", "FAILED", "ERROR", "error"])
def test_a_webhook_of_failure(status: str) -> None:
    """A failure has no result and perhaps no cost."""
    hook = parse_webhook(json.dumps({"request_id": "r1", "status": status}).encode())
    assert hook.failed
    assert (hook.result, hook.cost) == (None, None)


@given(st.binary() | st.fixed_dictionaries({"request_id": st.text(), "status": st.text()}).map(json.dumps))
def test_any_other_webhook_is_unexpected(body: bytes | str) -> None:
    """No body breaks the reader; an unknown status is an error."""
    with pytest.raises(UnexpectedResponse):
        parse_webhook(body if isinstance(body, bytes) else body.encode())
    with pytest.raises(UnexpectedResponse, match="IN_QUEUE"):
        parse_webhook(b'{"request_id": "r1", "status": "IN_QUEUE"}')
    with pytest.raises(UnexpectedResponse, match="status 7"):
        parse_webhook(b'{"request_id": "r1", "status": 7}')
