"""The twins run under the engine's own precision, with the invented venue beside the real ones."""

from tests.laws.conftest import engine

__all__ = ["engine"]
