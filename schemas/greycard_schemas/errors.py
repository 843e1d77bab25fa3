"""The one error of the contract data: what is wrong, in which file, and what to do about it."""

from __future__ import annotations


class ContractError(ValueError):
    """Contract data, a variant or a patch cannot be used; the message names the file, the place and the mend."""
