"""The control plane below ``/_mock/``, as JSON: worlds, scenarios, faults, clocks, journals.

`blueprint` holds the routes, `actions` what changes something, `views` what shows something. It is the mock's
own interface, never part of a vendor's API, and its OpenAPI document lies beside it.
May import `engine` and what stands below; knows Flask.
"""
