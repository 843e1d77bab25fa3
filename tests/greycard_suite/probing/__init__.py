"""Finds out how a create operation has to be asked to accept, where it refuses what its document allows.

`changes` lists what can be done otherwise, without sending; `accepted` sends, within bounds, and says what it found.
May import `targets` and what stands below; the judge never imports it.
"""
