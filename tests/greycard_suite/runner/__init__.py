"""Runs the contract tests with pytest and collects the verdicts through its hooks.

`run` starts the sessions of a whole run, `plugin` is what each of them does, `parallel` has several at a time;
`options` and `by_hand` are for one test in somebody's own session; `profiles` are the Hypothesis profiles.
May import `contract` and what stands below.
"""
