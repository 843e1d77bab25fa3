"""What `greycard serve` prints: the first lines, a line for each request, and the thread that writes those.

May import `terminal` and the mocks; decides nothing about what is served.
"""
