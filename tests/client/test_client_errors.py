"""The tree of errors: complete, picklable, and worded to be acted on."""

from __future__ import annotations

import copy
import pickle

import pytest

import greycard_client
from greycard_client import errors

SAMPLES = [
    errors.GreycardError("a"),
    errors.TransportError("a", maybe_accepted=True),
    errors.ConnectFailed("a"),
    errors.TimedOut("a", maybe_accepted=True),
    errors.ApiError(418, 7, "tea", 1.5, "acme brew"),
    errors.AuthError(401),
    errors.InvalidRequest(400, "E1", "bad"),
    errors.TooLarge(413),
    errors.RateLimited(429, None, "", 3.0),
    errors.InsufficientBalance(200, 490027),
    errors.NotFound(404),
    errors.LinkExpired(403),
    errors.ServerError(500),
    errors.TaskFailed("acme", "t1", -7, "no picture"),
    errors.WaitTimeout("acme", "t1", 4, 30.0),
    errors.BadSignature("a"),
    errors.UnexpectedResponse("a", 200, "{"),
]


def test_the_samples_are_the_whole_tree() -> None:
    """Every class of the tree is tested here, and drawn in the docstring."""
    classes = {value for value in vars(errors).values() if isinstance(value, type)}
    assert {type(error) for error in SAMPLES} == {kind for kind in classes if issubclass(kind, Exception)}
    for error in SAMPLES:
        assert type(error).__name__ in (errors.__doc__ or "")


@pytest.mark.parametrize("error", SAMPLES, ids=lambda error: type(error).__name__)
def test_errors_travel(error: errors.GreycardError) -> None:
    """An error is the same after pickling and copying: class, text and fields."""
    for other in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):  # noqa: S301
        assert type(other) is type(error)
        assert str(other) == str(error)
        assert vars(other) == vars(error)


def test_messages_say_what_where_and_what_to_do() -> None:
    """An ApiError names the operation, the status, the code, the vendor's words and a way on."""
    assert str(errors.AuthError(401, 1, "no", None, "acme brew")) == (
        "acme brew: HTTP 401, code 1: no (check the key and that the service is enabled for it)"
    )
    assert str(errors.ApiError(400, 400)) == "HTTP 400"
    assert "no reason given" in str(errors.TaskFailed("acme", "t1", 4))
    assert "the body starts: {" in str(errors.UnexpectedResponse("odd", 200, "{"))


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (400, "InvalidRequest"),
        (401, "AuthError"),
        (402, "InsufficientBalance"),
        (403, "AuthError"),
        (404, "NotFound"),
        (410, "NotFound"),
        (413, "TooLarge"),
        (429, "RateLimited"),
        (500, "ServerError"),
        (599, "ServerError"),
        (200, "ApiError"),
        (600, "ApiError"),
    ],
)
def test_a_status_has_one_class(status: int, name: str) -> None:
    """The HTTP status chooses the class (S2:58-65)."""
    assert errors.error_class(status).__name__ == name


def test_all_public_names_are_there_and_sorted() -> None:
    """``__all__`` is sorted, complete and true."""
    names = greycard_client.__all__
    assert names == sorted(names)
    assert len(names) == len(set(names))
    for name in names:
        assert getattr(greycard_client, name).__doc__
    tree = {kind.__name__ for kind in map(type, SAMPLES)}
    assert tree <= set(names)
