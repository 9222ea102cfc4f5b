"""The same book under several modes, cuts and venues, side by side."""

from ringfence.contrast.compare import Contrast, ModeOutcome, ShockOutcome, compare

__all__ = ["Contrast", "ModeOutcome", "ShockOutcome", "compare"]
