"""Freedoms: what a vendor may do otherwise without breaking a line of its document, derived from the contract data.

`catalogue` lists and draws them, `model` says what one is, `unfree` why some statements have none, each other module
is one family. May import `drifts` and what stands below.
"""
