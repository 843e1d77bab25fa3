"""Judges contract data in layers: shape, meaning, provenance, wording. `python -m greycard_schemas.lint` runs it.

`layers` is the entry; each other module is one layer, half of one, or a finding. It changes nothing.
May import `examples`, `claims` and what stands below.
"""
