"""What is kept of a run: recorded calls, HAR, timelines, fields of answers; nothing leaves unredacted.

Also what is made of two kept runs: comparison and calibration.
May import `judge` and what stands below.
"""
