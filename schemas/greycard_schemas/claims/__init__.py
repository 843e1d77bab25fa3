"""Claims: every checkable statement of a document, derived from the contract data.

`derive` finds them and gives them ids, the other modules put them into plain sentences. It judges nothing.
May import the loader, the tables of one subject beside it (such as provenance), and what stands below.
"""
