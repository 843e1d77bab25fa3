"""Certificates of authorities are read when a connection first needs them, in a process that is made for one drift.

Clients such as httpx read a whole file of them for each client that is made, some 20 ms a time, also where nothing but
the mock is asked, which speaks plain HTTP. Nothing is verified less: what was put off is read before a handshake.
"""

from __future__ import annotations

import os
import ssl
import sys
from typing import Any
from weakref import WeakKeyDictionary


def read_late() -> None:
    """From now on, for all of this process; only files of the system and certifi, which tests without a drift read.

    Another file may be there to be refused.
    """
    certifi = sys.modules.get("certifi")
    usual = {str(certifi.where()) if certifi is not None else None, os.environ.get("SSL_CERT_FILE")}
    waiting: WeakKeyDictionary[ssl.SSLContext, str] = WeakKeyDictionary()
    load = ssl.SSLContext.load_verify_locations

    def load_late(self: ssl.SSLContext, cafile: Any = None, capath: Any = None, cadata: Any = None) -> None:
        if capath is None and cadata is None and isinstance(cafile, str) and cafile in usual:
            waiting[self] = cafile
        else:
            load(self, cafile, capath, cadata)

    def before(name: str) -> None:
        original = getattr(ssl.SSLContext, name)

        def loaded(self: ssl.SSLContext, *arguments: Any, **options: Any) -> Any:
            if self in waiting:
                load(self, waiting.pop(self))
            return original(self, *arguments, **options)

        setattr(ssl.SSLContext, name, loaded)

    ssl.SSLContext.load_verify_locations = load_late  # type: ignore[method-assign]
    for name in ("wrap_socket", "wrap_bio", "get_ca_certs", "cert_store_stats"):
        before(name)
