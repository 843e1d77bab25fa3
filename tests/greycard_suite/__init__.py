"""The contract suite and the `greycard` command; the modules are imported by their names.

Rooms, top to ground: `tools`, `cli`, `commands`, `enhance`, `reports`, `runner`, `contract`, `targets`, `evidence`,
`judge`, and on the ground floor `terminal`, `credentials`, `call` and `clock`. Each imports only what stands below it.
"""

__all__: list[str] = []
