"""The same book under several modes, cuts and venues, side by side."""

from ringfence.contrast.compare import Contrast, compare
from ringfence.contrast.contagion import ContagionMatrix
from ringfence.contrast.outcome import ModeOutcome, ShockOutcome

__all__ = ["ContagionMatrix", "Contrast", "ModeOutcome", "ShockOutcome", "compare"]
