"""Drifts: ways in which a vendor could stop doing what its document says, derived from the contract data.

`catalogue` lists them, `model` says what one is, each other module is one family.
May import `examples`, `judge`, `claims` and what stands below.
"""
