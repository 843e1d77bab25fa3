"""Fuzzing of a running mock: generated requests, and a judgement of how it took them.

`python -m greycard_suite.tools.fuzz` is the command; see `__main__`.
"""
