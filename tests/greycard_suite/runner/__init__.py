"""Runs the contract tests with pytest and collects the verdicts through its hooks.

`run` starts pytest, `plugin` is the plugin, `profiles` the Hypothesis profiles.
May import `contract` and what stands below.
"""
