"""Judges contract data in layers: shape, meaning, provenance, wording. `python -m greycard_schemas.lint` runs it.

`layers` is the entry; each other module is one layer or what findings are made of. It changes nothing.
May import `examples`, `judge`, `claims` and what stands below.
"""
