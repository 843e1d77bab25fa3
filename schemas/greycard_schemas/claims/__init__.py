"""Claims: every checkable statement of a document, derived from the contract data.

`derive` finds them and gives them ids, the other modules put them into plain sentences.
May import the tables (auth, signatures, picture limits), the loader, provenance and what stands below.
"""
