"""Why a test failed: an assertion noticed, an error was raised on purpose, or one that nobody meant. Reads tracebacks.

Knows no drift and no tape.
"""

from __future__ import annotations

import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

import greycard_mocks
import greycard_schemas
from greycard_suite.score.sort import Failure

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest

_STANDARD = Path(sysconfig.get_paths()["stdlib"])
_OURS = tuple(Path(str(package.__file__)).parent for package in (greycard_mocks, greycard_schemas))
_DELIBERATE = (AssertionError, OSError, KeyboardInterrupt, SystemExit)
_BY_ACCIDENT = frozenset({"JSONDecodeError", "UnicodeDecodeError"})
MOST_CHARACTERS = 160


def failure_of(excinfo: pytest.ExceptionInfo[BaseException], test_files: Sequence[Path]) -> Failure:
    """Why a test failed, by what was raised and where."""
    error, words = excinfo.value, _words(excinfo)
    frames = [(Path(str(entry.path)), entry) for entry in excinfo.traceback]
    path = frames[-1][0] if frames else Path()
    if any(path.is_relative_to(folder) for folder in _OURS) and "web" not in path.parts:
        return Failure("mock", words, is_set_up=not isinstance(error, AssertionError))
    if isinstance(error, AssertionError) or type(error).__module__.startswith(("_pytest", "pytest")):
        return Failure("assertion", words)
    stray = type(error).__module__ == "builtins" or type(error).__name__ in _BY_ACCIDENT
    mine = [one for one in frames if not is_library(one[0])]
    if stray and not isinstance(error, _DELIBERATE) and (mine or frames):
        place, entry = (mine or frames)[-1]
        if place not in test_files:
            line = str(entry.statement).strip()  # for which its whole file is parsed
            if not line.startswith("raise"):
                return Failure("crash", f"{words} ({place.name}: {line})"[:MOST_CHARACTERS])
    return Failure("error", words)


def is_library(path: Path) -> bool:
    """Whether a file belongs to the standard library or to an installed package."""
    return path.is_relative_to(_STANDARD) or "site-packages" in path.parts or "<" in path.name


def _words(excinfo: pytest.ExceptionInfo[BaseException]) -> str:
    line = excinfo.exconly(tryshort=True).strip().splitlines()
    return (line[0] if line else type(excinfo.value).__name__)[:MOST_CHARACTERS]
