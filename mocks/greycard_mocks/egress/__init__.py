"""The only way out of the mock: every outgoing connection passes `guard`, which knows where it may go.

Addresses are judged after the name is resolved; time, size and redirects are bounded.
May import `clock`.
"""
