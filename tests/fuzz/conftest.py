"""The invented venue stands beside those that ship: some of the books are its own."""

from collections.abc import Iterator

import pytest

from tests.fuzz.books import VENUES


@pytest.fixture(scope="package", autouse=True)
def invented_venue() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RINGFENCE_PACKS", str(VENUES))
        yield
