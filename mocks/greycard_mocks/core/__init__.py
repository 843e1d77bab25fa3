"""The state of the mocks and its rules: contract, world, plan, scenario, fault, rate window, journal, settings.

Frozen data and pure functions with `now` passed in; the only locks are those of a world and of the table of
worlds. Nothing here reads a clock by itself, opens a connection or knows HTTP beyond an `Exchange`.
May import `images`, `egress` and `clock`.
"""
