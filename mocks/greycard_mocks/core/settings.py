"""What a user sets about one account, and whether it fits: balance, rate, queue, life of links, callback address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greycard_mocks.core.bounds import is_number, is_whole
from greycard_schemas.nearest import similar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from greycard_mocks.core.world import World


class SettingError(ValueError):
    """A setting does not exist, does not fit, or means nothing to this vendor; the message says what to write."""


def settings_of(world: World) -> dict[str, Any]:
    """The settings as plain JSON: balance in units, rate_limit in requests per window, link_life in seconds."""
    return {name: getattr(world, name) for name in _FORMS}


def apply_settings(world: World, wanted: Mapping[str, Any]) -> None:
    """Change some settings at once; raises SettingError, and changes nothing, when one does not fit."""
    for name, value in wanted.items():
        if name not in _FORMS:
            msg = f"no setting {name!r}; known are {', '.join(_FORMS)}{similar(name, _FORMS)}"
            raise SettingError(msg)
        words, fits = _FORMS[name]
        if not fits(value):
            msg = f"{name} must be {words}, not {value!r:.100}"
            raise SettingError(msg)
        if name in _NEEDS and not _NEEDS[name](world):
            msg = f"{name} means nothing to {world.runtime.name}: its document knows nothing like it"
            raise SettingError(msg)
    if "callback_url" in wanted:
        checked_address(wanted["callback_url"])
    with world.lock:
        for name, value in wanted.items():
            setattr(world, name, value)


def checked_address(url: str | None) -> None:
    """Raises SettingError unless `url` is None or an absolute http or https address by its form."""
    from greycard_mocks.egress.guard import EgressError, check_url_form

    if url is None:
        return
    try:
        check_url_form(url)
    except EgressError as error:
        msg = f"callback_url: {error}; write an absolute http or https address, or null"
        raise SettingError(msg) from None


_FORMS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "balance": ("a number of units", lambda v: is_number(v, -1e12, 1e12)),
    "rate_limit": ("a whole number of requests per window, or null for no limit",
                   lambda v: v is None or is_whole(v, 0, 1_000_000)),
    "queue_length": ("a whole number of tasks that wait before a new one", lambda v: is_whole(v, 0, 1_000_000)),
    "link_life": ("a number of seconds after the end of the task, or null for ever",
                  lambda v: v is None or is_number(v, 0, 1e10)),
    "callback_url": ("an absolute http or https address, or null", lambda v: v is None or isinstance(v, str)),
}  # fmt: skip

_NEEDS: dict[str, Callable[[World], bool]] = {
    "balance": lambda world: world.runtime.balance is not None,
    "rate_limit": lambda world: world.runtime.rate is not None,
    "callback_url": lambda world: any(
        "account" in one.contract["address"] for one in world.runtime.deliveries.values()
    ),
}
