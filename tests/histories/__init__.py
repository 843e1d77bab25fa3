"""Histories that are told to several mocks: what is drawn (`drawn`), and the mocks side by side (`sides`)."""
