"""What one edition of a contract allows that another one does not, decided by inclusion of schemas with a witness.

`algebra` decides it for two schemas, `documents` makes the witness, `statements` takes a schema apart into the
statements that it consists of, `editions` compares two editions of a vendor, `fingerprint` tells whether two are one.
May import `examples`, `judge`, `claims`, `compiled` and what stands below.
"""
