"""Keeps the user's keys out of everything that leaves the process: texts, files and the console.

One way to find a key in any spelling, used by all. Knows no vendor; may import nothing of the suite.
"""
