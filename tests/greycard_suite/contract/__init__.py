"""The tests of the contract suite: run by `greycard verify`, against the mock or a live target."""
