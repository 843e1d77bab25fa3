"""`greycard enhance`: sends pictures of a folder through a vendor with the client and saves the results.

An example of an application, built on `greycard_client` alone.
May import `terminal` and `credentials` on the ground floor.
"""
