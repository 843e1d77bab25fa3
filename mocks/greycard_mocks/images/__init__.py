"""Pictures: looking at those that came, making test cards, enlarging, keeping, fetching those behind links.

Knows formats and pixels, no vendor; what a vendor refuses is decided elsewhere. Everything is bounded in bytes
and pixels.
May import `egress` and `clock`.
"""
