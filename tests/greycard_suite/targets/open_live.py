"""Opens live targets from what a user says of them: addresses, the environment's keys, what may be spent."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from greycard_schemas.nearest import similar
from greycard_suite.credentials import TEST_KEY, keys_for
from greycard_suite.targets.interruption import Interruption
from greycard_suite.targets.live import LiveError, LiveTargets, is_loopback
from greycard_suite.targets.wire import ANSWER_SECONDS, Budget

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from greycard_schemas.loader import Vendor


def live_urls(texts: Sequence[str], judged: Mapping[str, Vendor], *, option: str = "--base-url") -> dict[str, str]:
    """Base URL by vendor, from texts such as ``picwish=http://127.0.0.1:8420``; the documents' own where none is given.

    Raises LiveError for a vendor without one, or an address that is none; `option` is what the user calls them.
    """
    found: dict[str, str] = {}
    for text in texts:
        name, equals, url = text.partition("=")
        parts = urlsplit(url)
        if not equals or parts.scheme not in ("http", "https") or not parts.hostname:
            msg = f"{option} {text!r}: write VENDOR=URL, for example picwish=http://127.0.0.1:8420"
            raise LiveError(msg)
        if name not in judged:
            msg = f"{option} names {name!r}; this run has {', '.join(judged)}{similar(name, judged)}"
            raise LiveError(msg)
        found[name] = url.rstrip("/")
    for name, vendor in judged.items():
        if name not in found:
            default = vendor.data["base_url"]["value"]
            if not default:
                msg = f"{vendor.title}'s document names no host: give {option} {name}=URL"
                raise LiveError(msg)
            parts = urlsplit(default)
            found[name] = f"{parts.scheme}://{parts.netloc}"
    return found


def budget_for(urls: Mapping[str, str], requests: int | None, credits: int | None) -> Budget:  # noqa: A002 - their word
    """What a run may spend: where nothing is said, paid tasks are created at targets of this machine only."""
    unsaid = credits is None and not all(is_loopback(url) for url in urls.values())
    return Budget(requests=requests, credits=0 if unsaid else credits)


def open_live(  # noqa: PLR0913 - what a user can say of a target, by name
    judged: Mapping[str, Vendor],
    urls: Mapping[str, str],
    environ: Mapping[str, str],
    budget: Budget,
    *,
    image_base: str = "",
    callback_host: str = "",
    callback_port: int = 0,
    patience: float | None = None,
    deadline: float = ANSWER_SECONDS,
    interruption: Interruption | None = None,
) -> LiveTargets:
    """Live targets that are ready to be asked; close them when the run is over.

    Raises LiveError or NoKeyError for what is missing, OSError when a port cannot be had.
    """
    keys = {
        name: keys_for(judged[name], environ, test_key=TEST_KEY if is_loopback(url) else "")
        for name, url in urls.items()
    }
    live = LiveTargets(judged, urls, keys, budget, image_base, callback_host, callback_port, patience, deadline)
    live.interruption = interruption or Interruption()
    try:
        live.prepare()
    except BaseException:
        live.close()
        raise
    return live
