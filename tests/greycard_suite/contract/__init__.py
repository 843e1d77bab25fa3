"""The tests of the contract suite: run by `greycard verify`, or by hand with pytest, against the mock or a live target.

Each declares what it checks and what it costs; its body uses the fixtures `target` and `case` and nothing else.
May import `targets`, `judge` and the modules on the ground floor.
"""
