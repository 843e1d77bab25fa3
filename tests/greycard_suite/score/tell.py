"""temporary"""
from __future__ import annotations
from collections import Counter
def status_of(score): return 0
def lines_of(score, seconds):
    yield f"{len(score.tests)} tests, {len(score.outcomes)} drifts, {score.runs} run, {seconds:.1f} s"
    yield f"left out {score.left_out} blind {score.blind} untimed {score.untimed}"
    c=Counter(o.sort for o in score.outcomes.values())
    yield str(c)
    for o in score.of("endless","unguarded","crashes","handled","not tried"):
        r=o.result
        yield f"{o.sort:10} {o.drift.id} | {r.words} | {r.exchange} | {r.difference} | {r.instead} | {r.test}"
