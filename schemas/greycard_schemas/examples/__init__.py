"""Requests and answers made from the contract data: examples, Hypothesis strategies, filled templates.

What is valid, what just breaks one statement, and what an answer may look like; nothing is sent or judged.
May import `claims` and what stands below.
"""
