"""What a run looks like: the terminal, JSON, JUnit, the page, the comparison, the script that shows a violation.

Takes verdicts and evidence, decides nothing; `keep` writes the folder of evidence.
May import `runner` and what stands below.
"""
