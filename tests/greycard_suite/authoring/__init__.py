"""`greycard contracts`: writes the files of a new feature or vendor, and holds contract data against documents.

`watch` sees that a folder has changed. What the files say is made in `greycard_schemas.authoring`.
"""
