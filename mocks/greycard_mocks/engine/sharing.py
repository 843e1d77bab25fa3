"""Joins an engine to a store, so that its worlds are those of all processes that share it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from greycard_schemas.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from greycard_mocks.core.answer import Request
    from greycard_mocks.core.contract import Runtime
    from greycard_mocks.core.halt import Way
    from greycard_mocks.core.worlds import Worlds
    from greycard_mocks.delivery.schedule import Deliveries
    from greycard_mocks.engine.readings import Readings
    from greycard_mocks.engine.variants import Variants
    from greycard_mocks.pipeline.services import Services
    from greycard_mocks.store.store import Store


def shared_worlds(store: Store, runtimes: Mapping[str, Runtime], readings: Readings) -> Callable[..., Worlds]:
    """What makes the worlds of an engine whose vendors are `runtimes`."""
    from greycard_mocks.store.shared_worlds import SharedWorlds

    def runtime_of(
        vendor: str, variants: Mapping[str, str], drifts: tuple[str, ...], freedoms: tuple[str, ...]
    ) -> Runtime:
        try:
            return readings.runtime(vendor, variants, drifts, freedoms)
        except ContractError:  # another process has other contract data
            return runtimes[vendor]

    store.runtime_of, store.runtimes = runtime_of, runtimes
    return partial(SharedWorlds, store)


def way_of(_: Store) -> Callable[[Services, Request], Way]:
    """The way of a request whose worlds are kept in a store."""
    from greycard_mocks.store.shared_way import shared_way

    return shared_way


def join(store: Store, worlds: Any, variants: Variants, deliveries: Deliveries) -> None:
    """Have this engine see what other processes change that belongs to no world, and look after their deliveries.

    `worlds` are those that `shared_worlds` made.
    """
    worlds.use_vendors = variants.use_vendors
    store.life.world_of, store.life.wake = worlds.by_id, deliveries.wake
