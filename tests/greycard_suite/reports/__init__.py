"""What a run looks like: the terminal, JSON, JUnit, the page, the comparison, the script that shows a violation.

Takes verdicts and evidence, decides nothing.
May import `evidence`, `judge` and what stands below.
"""
