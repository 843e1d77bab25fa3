"""Worlds that several processes share, kept in Redis or Valkey.

Read `section` first: the lock of a world brings what other processes did when it is taken, and keeps what was done, in
one step, when it is let go. So the rules of the vendors are those of the memory of one process, to the line.
"""
