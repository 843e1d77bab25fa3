"""What stands at the base URL itself: a browser is led to the page, a program is told where things are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from greycard_mocks.core.answer import Answer
from greycard_mocks.core.paths import OWN

if TYPE_CHECKING:
    from greycard_mocks.core.answer import Request
    from greycard_mocks.pipeline.router import Router


def is_base_url(request: Request) -> bool:
    """Whether somebody looks at the base URL."""
    return request.path == "/" and request.method in ("GET", "HEAD")


def at_base_url(router: Router, request: Request) -> Answer:
    """A redirect to the page for whoever accepts HTML; otherwise JSON with the addresses of all that there is."""
    if "text/html" in request.header("accept"):
        return Answer(302, b"", "text/plain", [("Location", f"{OWN}/"), ("Vary", "Accept")])
    own = f"{request.origin}{OWN}"
    vendors = {
        runtime.name: {
            "title": runtime.vendor.title,
            "base_url": request.origin,
            "base_path": runtime.data["paths"]["prefix"],
            "operations": [f"{route.method} {route.path}" for route in router.routes if route.runtime is runtime],
        }
        for runtime in router.runtimes
    }
    told = {
        "greycard": "mock vendors; every key that begins with 'test' is valid and has a world of its own",
        "page": f"{own}/",
        "health": f"{own}/health",
        "control_plane": f"{own}/openapi.json",
        "worlds": f"{own}/worlds",
        "journal": f"{own}/worlds/VENDOR:KEY/requests",
        "har": f"{own}/worlds/VENDOR:KEY/har",
        "unmatched": f"{own}/unmatched",
        "vendors": vendors,
    }
    return Answer(200, json.dumps(told).encode(), headers=[("Vary", "Accept")])
