"""Mock servers, client and contract tests for four image-enhancement APIs; this package holds its version only.

The parts are packages of their own: `greycard_mocks`, `greycard_client`, `greycard_schemas`, `greycard_suite`.
"""

from greycard_client import __version__

__all__ = ["__version__"]
