"""Paths that are drawn oftener than they come, and weighed for it, say of every figure what plain paths say."""

from functools import cache

import numpy as np
import pytest

import ringfence
from ringfence.contrast.estimates import Estimate
from ringfence.contrast.on_paths import PathContrast
from ringfence.contrast.simulate import simulate
from ringfence.paths.laws import Tilt
from tests.unit.books import reference

KNOWN = {"vols": {"BTC": "0.6", "ETH": "0.8", "SOL": "1.0"}, "correlation": {"default": "0.7"}}


@cache
def drawn(*shift: float) -> PathContrast:
    return simulate(
        ringfence.read(reference(**KNOWN)),
        paths=20_000,
        days=7.0,
        step=7200.0,
        cut="equal-leverage",
        modes=("isolated", "cross"),
        seed=len(shift),
        tilt=Tilt(shift=shift) if shift else None,
    )


def agree(one: Estimate | None, other: Estimate | None) -> bool:
    assert one is not None
    assert other is not None
    if one.error is None or other.error is None:
        return False
    return bool(abs(one.value - other.value) <= 4.5 * np.hypot(one.error, other.error) + 1e-7)


def test_no_weight_is_beyond_what_plain_paths_among_them_allow_and_their_mean_is_one() -> None:
    weight = drawn(-0.12, 0.05, -0.12).simulation.weight
    assert weight is not None
    assert weight.max() <= 10.0
    assert abs(weight.mean() - 1.0) <= 4.0 * weight.std() / np.sqrt(len(weight))


@pytest.mark.parametrize("name", ["liquidation", "loss", "bad_debt", "fees", "mean_days"])
def test_means_and_chances_are_those_of_plain_paths(name: str) -> None:
    for plain, tilted in zip(drawn().modes, drawn(-0.12, 0.05, -0.12).modes, strict=True):
        if plain.mode == "isolated":
            assert agree(getattr(plain, name), getattr(tilted, name)), (plain.cut, name)


def test_quantiles_and_shortfalls_are_those_of_plain_paths() -> None:
    for plain, tilted in zip(drawn().modes, drawn(-0.12, 0.05, -0.12).modes, strict=True):
        for one, other in zip(plain.tails[:4], tilted.tails[:4], strict=True):
            assert agree(one.quantile, other.quantile), (plain.mode, plain.cut, one.level)
            assert agree(one.shortfall, other.shortfall), (plain.mode, plain.cut, one.level)


def test_the_ledger_is_that_of_plain_paths() -> None:
    for plain, tilted in zip(drawn().ledgers, drawn(-0.12, 0.05, -0.12).ledgers, strict=True):
        for one, other in zip(plain.positions, tilted.positions, strict=True):
            for name in ("contagion", "rescue", "days_lost"):
                assert agree(getattr(one, name), getattr(other, name)), (one.position, name)
        assert tilted.identity.residual < 1e-12


def test_the_capital_for_a_chance_is_that_of_plain_paths() -> None:
    plain, tilted = drawn().frontiers[-1], drawn(-0.12, 0.05, -0.12).frontiers[-1]
    assert plain.mode == "cross"
    for one, other in zip(plain.points, tilted.points, strict=True):
        assert one.chance == other.chance
        assert agree(one.capital, other.capital), one.chance


def test_what_no_plain_path_meets_is_told_by_tilted_ones() -> None:
    plain, tilted = drawn().modes[-1].liquidation, drawn(-0.12, 0.05, -0.12).modes[-1].liquidation
    assert plain.value == 0.0
    assert 0.0 < tilted.value < 1e-6
    assert tilted.error is not None
    assert tilted.error < 0.5 * tilted.value
