"""What an answer proves: reads answers by the contract data and gives verdicts on claims.

It knows no target and imports none, so that the judge owes the judged nothing.
May import `call` and `clock`.
"""
