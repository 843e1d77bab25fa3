"""A thin client for PicWish, Wondershare, Magic Tiger and Enhancor, written by hand from their documents.

It needs `requests` and nothing of greycard's own: being the second, independent reading of the documents, it
may import neither the contract data nor the mock vendors. This module only re-exports.
"""

from ._client import ClientOptions
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
