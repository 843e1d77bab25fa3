"""What an answer proves: reads answers by the contract data and gives verdicts on claims.

It knows neither targets nor the mock and imports none of them, so that the judge owes the judged nothing.
May import the modules on the ground floor, and `greycard_schemas`.
"""
