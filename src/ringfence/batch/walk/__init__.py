"""Kernels for runs over paths: blocks of paths side by side, drawn and looked at in lanes."""

from typing import Final

LANES: Final = 128
"""Paths of a block. Path number n is lane n % LANES of block n // LANES; what is random in a block has its own seed."""
