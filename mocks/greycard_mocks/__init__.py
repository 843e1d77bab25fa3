"""Mock vendor servers of image-enhancement APIs: they do what the vendors' documents say, on real pictures."""

from __future__ import annotations
