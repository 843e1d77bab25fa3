"""Independent doubles of the vendors, written from the documents alone by other hands than the mock and the suite.

They import nothing of greycard. What they are for: the judge must keep silent over every personality of a double
and find each of its changes. `double` says what a double is, `judged` runs the suite over one.
"""
