"""The contract tests: each holds a target, whichever it is, against documented statements.

A test names the claims that it checks in its declaration (`declare`) and uses nothing but its `target` and
`case`, so that it never knows whether a mock or a vendor answers. `greycard verify` runs them through `runner`.
May import `targets` and what stands below; knows neither `runner` nor pytest's items.
"""
