"""Tools of the project itself: generated tables of the pages, runs of every drift.

Nothing of the suite imports them.
May import every room of the suite.
"""
