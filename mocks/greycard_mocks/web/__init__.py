"""HTTP between the machine and the core: requests read, answers sent, the server, the in-process transport.

Knows WSGI and sockets, no vendor and no task. Who may use the control plane stands in `access`.
May import `core` and what stands below.
"""
