"""Which operation a request is for: quick look-ups find what going through all patterns in their order finds."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from greycard_mocks.pipeline.router import Router, pattern_of

STEPS = st.sampled_from(["a", "b", "a.b", "{x}", "{y}", "a{x}", "{x}-b"])
PATHS = st.lists(STEPS, min_size=1, max_size=3).map(
    lambda steps: "".join(f"/{step.replace('{', '{' + 'n' * place)}" for place, step in enumerate(steps))
)
OPERATIONS = st.lists(st.tuples(st.sampled_from(["GET", "POST"]), PATHS), min_size=1, max_size=6)
ASKED = st.lists(st.sampled_from(["a", "b", "a.b", "ab", "a-b", "\n", "", "%"]), min_size=1, max_size=3)


@given(operations=OPERATIONS, method=st.sampled_from(["GET", "HEAD", "POST", "PUT"]), steps=ASKED)
def test_the_first_path_that_fits_is_found(operations: list[tuple[str, str]], method: str, steps: list[str]) -> None:
    """A path without a parameter first, then the others in the order of the data, with what the parameter is."""
    data: Any = {"paths": {"tolerate_slashes": False, "prefix": "/"}}
    named = {
        str(number): SimpleNamespace(method=method, path=path, kind="read", name=str(number))
        for number, (method, path) in enumerate(operations)
    }
    router = Router([SimpleNamespace(operations=named, data=data)])  # type: ignore[list-item]
    path, wanted = "/" + "/".join(steps), "GET" if method == "HEAD" else method
    ordered = sorted(named.values(), key=lambda one: "{" in one.path)
    fits = ((one, pattern_of(one.path).fullmatch(path)) for one in ordered if one.method == wanted)
    expected = next(((one, hit.groupdict()) for one, hit in fits if hit), None)
    found = router.match(method, path)
    seen: Any = (found.route and found.route.operation, found.parameters) if found else None
    assert seen == expected
