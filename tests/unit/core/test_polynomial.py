"""Real roots of small polynomials, to every digit that the engine keeps."""

from decimal import Decimal, localcontext

import pytest

from ringfence.core.number import EXACT
from ringfence.core.polynomial import derivative, roots_between, value

ROOTS: dict[str, tuple[list[str], str, str | None, list[str]]] = {
    "nothing has no roots": ([], "0", None, []),
    "a constant has no roots": (["3"], "0", None, []),
    "zero everywhere has no root of its own": (["0", "0", "0"], "0", None, []),
    "a line has one": (["-6", "2"], "0", None, ["3"]),
    "a line may have it below the interval": (["6", "2"], "0", None, []),
    "an end of the interval belongs to it": (["-6", "2"], "3", "3", ["3"]),
    "a parabola has two": (["6", "-5", "1"], "0", None, ["2", "3"]),
    "a parabola may touch": (["9", "-6", "1"], "0", None, ["3"]),
    "a parabola may miss": (["5", "-2", "1"], "0", None, []),
    "only those of the interval are given": (["6", "-5", "1"], "2.5", None, ["3"]),
    "leading zeros do not raise the degree": (["-6", "2", "0", "0"], "0", None, ["3"]),
    "roots far apart keep their digits": (["1e-30", "-1", "1e-30"], "1", None, ["1e30"]),
    "a cubic has three": (["-6", "11", "-6", "1"], "0", None, ["1", "2", "3"]),
    "a cubic may have one": (["-8", "0", "0", "1"], "0", None, ["2"]),
    "a cubic with a double root has both": (["-2", "5", "-4", "1"], "0", None, ["1", "2"]),
    "a quartic is cut to its interval": (["24", "-50", "35", "-10", "1"], "1.5", "3.5", ["2", "3"]),
}


@pytest.mark.parametrize(("coefficients", "low", "high", "expected"), ROOTS.values(), ids=ROOTS)
def test_roots_are_found_in_order(
    coefficients: list[str], low: str, high: str | None, expected: list[str]
) -> None:
    with localcontext(EXACT):
        end = None if high is None else Decimal(high)
        found = roots_between([Decimal(c) for c in coefficients], Decimal(low), end)
    assert len(found) == len(expected)
    for root, known in zip(found, map(Decimal, expected), strict=True):
        assert abs(root - known) <= known * Decimal("1e-45")


@pytest.mark.parametrize("degree", [2, 3, 4, 5])
def test_a_root_that_is_no_fraction_is_right_in_every_digit(degree: int) -> None:
    coefficients = [Decimal(-2), *[Decimal(0)] * (degree - 1), Decimal(1)]
    with localcontext(EXACT) as exact:
        (root,) = roots_between(coefficients, Decimal(0), None)
        exact.prec = 70
        assert abs(root**degree - 2) < Decimal("1e-48")


def test_a_value_is_the_sum_of_its_powers() -> None:
    assert value([Decimal(1), Decimal(2), Decimal(3)], Decimal(10)) == 321
    assert value([Decimal(7)], Decimal(10)) == 7


def test_a_derivative_drops_the_constant() -> None:
    assert derivative([Decimal(5), Decimal(4), Decimal(3)]) == [4, 6]
    assert derivative([Decimal(5)]) == []
