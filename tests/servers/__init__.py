"""Servers that tests start, and a plugin that has other tests keep their worlds in one."""
