"""The mock as a test sees it: `Mock`, one vendor, its clock, test pictures, assertions over the journal.

A user's Python code meets only this folder and the fixtures in `plugin`. It starts what stands below it and
asks; it decides nothing about what a vendor answers.
May import every room of the mocks but `plugin`.
"""
