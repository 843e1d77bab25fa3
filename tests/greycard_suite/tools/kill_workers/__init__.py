"""Kills workers, and the store, of a mock under load, and says whether anything was lost that had been answered."""
