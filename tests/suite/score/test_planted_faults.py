"""The score names faults that were planted into the example applications and that their own tests do not find."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

APPLICATIONS = Path(__file__).parents[2] / "example_apps"

PLANTED = {
    "rate-ends": ("thumbnails", "picwish/rate.limit*", "picwish/rate.limit-up"),
    "no-timeout": ("thumbnails", "picwish/lifecycle.states.*-never-left", "-never-left"),
    "late-link": ("thumbnails", "picwish/link.*", "picwish/link.life_seconds-early"),
    "unknown-state-loops": ("thumbnails", "picwish/lifecycle.states.succeeded.*", "succeeded.value-renamed"),
    "reads-message": ("thumbnails", "picwish/scale.create.message*", "scale.create.message-dropped"),
    "ignores-failed-item": ("batches", "wondershare/fsrtwo.result.data.list.image*", "list.image_result-"),
    "reads-wait-time": ("batches", "wondershare/fsrtwo.result.data.wait_time*", "wait_time-dropped"),
    "unverified": ("orders", "magictiger/callback.headers*", "callback.headers."),
    "counts-twice": ("orders", "magictiger/callback.copies*", "callback.copies-doubled"),
    "unknown-state-crashes": ("portraits", "enhancor/lifecycle.running*", "lifecycle.running-new-state"),
}
"""Each fault with its application, the drifts that are tried, and what has to stand in the table of findings."""


@pytest.mark.slow
@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_fault_is_named(scored: Callable[..., Any], planted: str) -> None:
    """Its drift stands in the table of findings, though every test of the application passes."""
    application, drifts, named = PLANTED[planted]
    found = scored(APPLICATIONS / application, drifts, PLANTED=planted)
    assert found.status == 0, found.lines
    assert [line for line in found.table if named in line], "\n".join(found.lines)


@pytest.mark.slow
@pytest.mark.parametrize("application", sorted({one for one, _, _ in PLANTED.values()}))
def test_a_sound_application_is_not_blamed(scored: Callable[..., Any], application: str) -> None:
    """Without the faults none of the same drifts is a finding."""
    mine = [(drifts, named) for folder, drifts, named in PLANTED.values() if folder == application]
    found = scored(APPLICATIONS / application, ",".join(drifts for drifts, _ in mine), PLANTED="")
    assert found.status == 0, found.lines
    assert not [line for line in found.table if any(named in line for _, named in mine)], "\n".join(found.lines)
