"""What the suite runs against: the mock, a live vendor, a recorded run. All are made as `protocol.Targets` says.

A target has a judge and gives the tests client, clock, pictures, receiver and capabilities.
May import `evidence`, `judge` and what stands below.
"""
