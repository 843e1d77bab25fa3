"""Drifts: ways in which a vendor could stop doing what its document says, derived from the contract data.

`catalogue` lists them, `model` says what one is, each other module is one family. They are patches of the data:
nothing here changes a file or runs anything.
May import `lint`, `examples`, `claims` and what stands below.
"""
