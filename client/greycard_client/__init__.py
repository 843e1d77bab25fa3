"""A thin client for PicWish, Wondershare, Magic Tiger and Enhancor, written by hand from their documents.

It needs `requests` and nothing of greycard's own: being the second, independent reading of the documents, it
may import neither the contract data nor the mock vendors. This module only re-exports, and loads
each module when something of it is first asked for: an application pays for the vendors that it uses.
"""

from typing import TYPE_CHECKING

__version__ = "0.2.0"

if TYPE_CHECKING:
    from ._client import ClientOptions
    from ._download import SaveOptions
    from .bounded import BoundedAdapter
    from .callbacks import (
        Callback,
        VerifiedCallback,
        Webhook,
        callback_acknowledgement,
        callback_md5,
        parse_callback,
        parse_webhook,
        verify_callback,
    )
    from .clock import Clock, SystemClock
    from .enhancor import Enhancor, QueuedRequest, RequestStatus
    from .errors import (
        ApiError,
        AuthError,
        BadSignature,
        ConnectFailed,
        GreycardError,
        InsufficientBalance,
        InvalidRequest,
        LinkExpired,
        NotFound,
        RateLimited,
        ServerError,
        TaskFailed,
        TimedOut,
        TooLarge,
        TransportError,
        UnexpectedResponse,
        WaitTimeout,
    )
    from .magictiger import Deletion, EnhancedImage, EnhanceTask, MagicTiger
    from .picwish import PicWish, ScaleTask
    from .wondershare import BatchItem, BatchResult, BatchTask, Wondershare

__all__ = [
    "ApiError",
    "AuthError",
    "BadSignature",
    "BatchItem",
    "BatchResult",
    "BatchTask",
    "BoundedAdapter",
    "Callback",
    "ClientOptions",
    "Clock",
    "ConnectFailed",
    "Deletion",
    "EnhanceTask",
    "EnhancedImage",
    "Enhancor",
    "GreycardError",
    "InsufficientBalance",
    "InvalidRequest",
    "LinkExpired",
    "MagicTiger",
    "NotFound",
    "PicWish",
    "QueuedRequest",
    "RateLimited",
    "RequestStatus",
    "SaveOptions",
    "ScaleTask",
    "ServerError",
    "SystemClock",
    "TaskFailed",
    "TimedOut",
    "TooLarge",
    "TransportError",
    "UnexpectedResponse",
    "VerifiedCallback",
    "WaitTimeout",
    "Webhook",
    "Wondershare",
    "callback_acknowledgement",
    "callback_md5",
    "parse_callback",
    "parse_webhook",
    "verify_callback",
]

_MODULES = {
    "_client": ("ClientOptions",),
    "_download": ("SaveOptions",),
    "bounded": ("BoundedAdapter",),
    "callbacks": (
        "Callback",
        "VerifiedCallback",
        "Webhook",
        "callback_acknowledgement",
        "callback_md5",
        "parse_callback",
        "parse_webhook",
        "verify_callback",
    ),
    "clock": ("Clock", "SystemClock"),
    "enhancor": ("Enhancor", "QueuedRequest", "RequestStatus"),
    "errors": (
        "ApiError",
        "AuthError",
        "BadSignature",
        "ConnectFailed",
        "GreycardError",
        "InsufficientBalance",
        "InvalidRequest",
        "LinkExpired",
        "NotFound",
        "RateLimited",
        "ServerError",
        "TaskFailed",
        "TimedOut",
        "TooLarge",
        "TransportError",
        "UnexpectedResponse",
        "WaitTimeout",
    ),
    "magictiger": ("Deletion", "EnhancedImage", "EnhanceTask", "MagicTiger"),
    "picwish": ("PicWish", "ScaleTask"),
    "wondershare": ("BatchItem", "BatchResult", "BatchTask", "Wondershare"),
}
"""What is exported, by the module that has it."""


if not TYPE_CHECKING:  # who checks types knows all names, and shall find the others

    def __getattr__(name: str) -> object:
        from importlib import import_module

        if name in _MODULES:
            return import_module(f"{__name__}.{name}")
        for module, names in _MODULES.items():
            if name in names:
                found: object = getattr(import_module(f"{__name__}.{module}"), name)
                globals()[name] = found
                return found
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
