"""Forked children: what they tell arrives, each end is told, and none outlives whoever holds the lifeline."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from greycard_mocks.testing.children import CAN_FORK, TOO_LONG, Children, Job

if TYPE_CHECKING:
    from greycard_mocks.testing.children import Tell

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not CAN_FORK, reason="needs os.fork")]


def wait_for_ever(tell: Tell) -> None:
    """What does nothing and never ends."""
    tell("waits")
    threading.Event().wait()


def compute_for_ever(tell: Tell) -> None:
    """What is busy and never ends."""
    tell("computes")
    while True:
        pass


def break_down(tell: Tell) -> None:
    """What ends with a status of its own."""
    tell("breaks")
    os._exit(7)


def ends_of(*works: Callable[[Tell], None], **options: Any) -> list[tuple[list[Any], str | None]]:
    """What each job told, and how it ended."""
    children, found = Children(2), [([], [""]) for _ in works]  # type: ignore[var-annotated]
    for work, (told, end) in zip(works, found, strict=True):

        def hear(message: Any, told: list[Any] = told) -> None:
            told.append(message)

        def ended(why: str | None, end: list[Any] = end) -> None:
            end[0] = why

        children.add(Job(work, hear, ended, **options))
    children.run()
    children.close()
    return [(told, end[0]) for told, end in found]


def test_what_is_told_arrives_whole() -> None:
    """Several messages, long ones too, of more jobs than run at a time."""
    long = "x" * 3_000_000

    def work(tell: Tell) -> None:
        tell(1)
        tell(long)

    assert ends_of(work, work, work) == [([1, long], None)] * 3


def test_each_end_is_told() -> None:
    """One that waits for ever, one that computes for ever, one that breaks down, beside one that is well."""
    found = ends_of(wait_for_ever, compute_for_ever, break_down, lambda tell: tell("well"), patience=0.3, extensions=0)
    assert found == [
        (["waits"], TOO_LONG), (["computes"], TOO_LONG), (["breaks"], "it ended with status 7"), (["well"], None)
    ]  # fmt: skip


PARENT = """
import os, threading
from greycard_mocks.testing.{module} import {name}
{body}
"""
OF_CHILDREN = """
def work(tell):
    os.write({pipe}, b"here")
    threading.Event().wait()
children = Children(1)
children.add(Job(work, print, print))
children.run()
"""
OF_HELPER = """
def run(test, freedoms):
    os.write({pipe}, b"here")
    threading.Event().wait()
Helper(run, lambda: None).fails("test", ())
"""


@pytest.mark.parametrize(
    ("module", "name", "body"), [("children", "Children, Job", OF_CHILDREN), ("forked", "Helper", OF_HELPER)]
)
def test_none_outlives_a_killed_parent(module: str, name: str, body: str, source_path: str) -> None:
    """Also where there is a helper between: when the pipe ends, nobody is left who could write into it."""
    reading, writing = os.pipe()
    script = PARENT.format(module=module, name=name, body=body.format(pipe=writing))
    env = {**os.environ, "PYTHONPATH": source_path}
    with subprocess.Popen([sys.executable, "-c", script], env=env, pass_fds=[writing]) as parent:
        os.close(writing)
        try:
            assert select.select([reading], [], [], 60)[0], "no child has come so far"
            assert os.read(reading, 10) == b"here"
            parent.kill()
            parent.wait()
            assert select.select([reading], [], [], 20)[0], "a child lives on"
            assert os.read(reading, 1) == b""
        finally:
            parent.kill()
            os.close(reading)
