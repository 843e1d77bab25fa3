"""A `requests` session for the mock in the same process, without what `requests` does for the network's sake.

A plain request is prepared by `requests`, answered by the adapter, and shown to the hooks. Where more is asked of a
session (cookies, proxies, another host) `requests` does it all itself.
"""

from __future__ import annotations

from typing import Any

from requests import PreparedRequest, Response, Session
from requests.hooks import dispatch_hook
from requests.structures import CaseInsensitiveDict

from greycard_mocks.web.wsgi_adapter import WSGIAdapter

_PREPARED = ("files", "data", "json", "params")
_KNOWN = {*_PREPARED, "headers", "auth", "hooks", "stream", "allow_redirects", "timeout", "verify", "cert"}
"""The options of a plain request; the last three mean nothing where there is no connection."""


class InProcessSession(Session):
    """Takes nothing from the environment: no proxy, no stored credentials. `Response.next` is not set."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False

    def request(self, method: Any, url: Any, *further: Any, **options: Any) -> Response:  # pyright: ignore[reportIncompatibleMethodOverride]
        """As `requests.Session.request`."""
        adapter = self.get_adapter(url)
        plain = options.keys() <= _KNOWN and not (self.cookies or self.params or self.trust_env)
        if further or not plain or not isinstance(adapter, WSGIAdapter):
            return super().request(method, url, *further, **options)
        named = (options.get("hooks") or {}).get("response") or []
        hooks: Any = {"response": [*self.hooks["response"], *(named if isinstance(named, list) else [named])]}
        prepared = PreparedRequest()
        prepared.prepare(
            method.upper(), url, _merged(self.headers, options.get("headers")),
            **{name: options[name] for name in _PREPARED if options.get(name) is not None},
            auth=self.auth if options.get("auth") is None else options["auth"], hooks=hooks,
        )  # fmt: skip
        stream = bool(options.get("stream") or self.stream)
        answer = adapter.send(prepared, stream=stream)
        response: Response = dispatch_hook("response", hooks, answer, stream=stream)  # type: ignore[no-untyped-call]
        if response.is_redirect and options.get("allow_redirects", True):
            history = [response, *self.resolve_redirects(response, prepared, stream=stream)]
            response = history.pop()
            response.history = history
        return response


def _merged(own: Any, given: Any) -> Any:
    """A session's headers and those of one request, which win; None takes one away."""
    merged = CaseInsensitiveDict[Any](own)
    merged.update(given or {})
    return {name: value for name, value in merged.items() if value is not None}
