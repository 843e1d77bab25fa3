"""Who is told of the engines that the `Mock`s of this process make, and how those engines depart from the documents.

For the score of a user's tests, which runs them in processes of its own, one for each drift. Nothing watches unless it
asks for it, and then a `Mock` costs what it did before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from greycard_mocks.engine.engine import Engine
    from greycard_schemas.loader import Vendor


class Watcher(Protocol):
    """What decides by which drifts every engine departs, and sees what is asked of it."""

    def drifts(self, vendors: Mapping[str, Vendor]) -> Mapping[str, tuple[Sequence[str], Sequence[Mapping[str, Any]]]]:
        """Ids and patches of the drifts of each of these vendors that is to depart."""
        ...

    def made(self, engine: Engine) -> None:
        """An engine has been made, and nobody has asked it anything yet."""
        ...


_watchers: list[Watcher] = []


def watch(watcher: Watcher) -> None:
    """Tell `watcher` of every engine that a `Mock` of this process makes from now on."""
    _watchers.append(watcher)


def drifts_wanted(
    vendors: Mapping[str, Vendor],
) -> tuple[dict[str, tuple[str, ...]], dict[str, list[Mapping[str, Any]]]]:
    """Ids and patches of the drifts by which a new engine departs, by vendor; both are empty when nothing watches."""
    ids: dict[str, tuple[str, ...]] = {}
    patches: dict[str, list[Mapping[str, Any]]] = {}
    for watcher in _watchers:
        for name, (named, made) in watcher.drifts(vendors).items():
            ids[name] = (*ids.get(name, ()), *named)
            patches.setdefault(name, []).extend(made)
    return ids, patches


def tell(engine: Engine) -> None:
    """Tell whoever watches of a new engine."""
    for watcher in _watchers:
        watcher.made(engine)
