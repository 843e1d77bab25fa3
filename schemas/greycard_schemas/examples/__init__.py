"""Requests and answers made from the contract data: examples, Hypothesis strategies, sample values of templates.

What is valid, what just breaks one statement, and what an answer may look like.
May import `judge`, `claims` and what stands below.
"""
