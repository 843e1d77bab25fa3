"""All mock vendors of one process, without a web server: one call answers one request.

`engine` puts the parts together, `time` moves worlds, `variants` changes how a world behaves, `snapshot` writes
and reads a world. No Flask, no socket.
May import `pipeline` and what stands below.
"""
