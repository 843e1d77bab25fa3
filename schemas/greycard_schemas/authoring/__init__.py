"""Helps to write contract data: the files of a new feature or vendor, and the text that nothing cites.

`feature` is the entry for new files, `described` reads what a feature takes from an OpenAPI document or a recording,
`cited` holds a whole folder against the documents. It judges no shape (see `lint`) and writes nothing to a disk.
"""
