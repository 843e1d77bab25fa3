"""What is kept of a run: recorded calls, HAR, timelines, fields of answers; nothing leaves unredacted.

Reads folders of evidence, compares two of them, and says what one shows of the assumptions; `reports` writes them.
May import `judge` and the modules on the ground floor.
"""
