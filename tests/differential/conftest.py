"""Twins are compared under the engine's own precision, with the invented venue beside the real ones."""

from collections.abc import Iterator
from decimal import localcontext

import pytest

from ringfence.core.number import EXACT
from tests.laws.stages import VENUES


@pytest.fixture(autouse=True)
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Count as the engine does, and let the doors find every pack that a stage names."""
    monkeypatch.setenv("RINGFENCE_PACKS", str(VENUES))
    with localcontext(EXACT):
        yield
