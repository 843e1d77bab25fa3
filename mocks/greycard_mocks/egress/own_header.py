"""The header that everything carries which a mock sends, so that each mock knows what comes from one.

Nothing but its name, so that whoever judges a request needs to import nothing else.
"""

DEPTH_HEADER = "x-greycard-depth"
"""Counts how many deliveries led to a request, so that mocks that call mocks come to an end."""
