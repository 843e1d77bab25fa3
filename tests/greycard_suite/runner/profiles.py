"""The Hypothesis profiles of the project, all in this one place.

They say how much is tried and whether chance plays a part; what is tried is said by the strategies.
No other module registers or changes a profile.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

VARIABLE: Final = "HYPOTHESIS_PROFILE"
"""The environment variable that names a profile and overrides the choice of `chosen`."""


def register() -> None:
    """Registers `dev`, `ci`, `deep` and `live`. None of them has a deadline: a test owns its clock.

    * `dev`: a few examples, new ones on each run, failures remembered.
    * `ci`: the same examples on each run, so that a red build can be repeated.
    * `deep`: many examples, for a night.
    * `live`: explicit examples only, nothing remembered: a request to a vendor costs money, and what was sent
      to one does not belong into a database of examples.
    """
    from hypothesis import HealthCheck, Phase, settings

    # A loaded machine is slow; that says nothing about the strategy.
    slow_machine = (HealthCheck.too_slow,)
    settings.register_profile("dev", deadline=None, max_examples=50, suppress_health_check=slow_machine)
    settings.register_profile(
        "ci",
        deadline=None,
        max_examples=100,
        derandomize=True,
        database=None,
        print_blob=True,
        suppress_health_check=slow_machine,
    )
    settings.register_profile(
        "deep",
        deadline=None,
        max_examples=2000,
        print_blob=True,
        suppress_health_check=slow_machine,
    )
    settings.register_profile(
        "live",
        deadline=None,
        derandomize=True,
        database=None,
        phases=(Phase.explicit,),
        suppress_health_check=slow_machine,
    )


def chosen(environ: Mapping[str, str]) -> str:
    """The profile for this environment: what `VARIABLE` says, else `ci` where CI is set, else `dev`."""
    return environ.get(VARIABLE) or ("ci" if environ.get("CI") else "dev")


def load(environ: Mapping[str, str]) -> str:
    """Registers all profiles, makes the chosen one current, and returns its name.

    Raises:
        hypothesis.errors.InvalidArgument: `VARIABLE` names a profile that does not exist.
    """
    from hypothesis import settings

    register()
    name = chosen(environ)
    settings.load_profile(name)
    return name
