"""The closed form beside a ledger, on the five-asset book of the literature: three longs and two short hedges."""

from functools import cache

import pytest

import ringfence
from ringfence.contrast.in_model import InModel
from ringfence.contrast.on_paths import PathContrast
from ringfence.contrast.simulate import simulate

COINS = ("BTC", "ETH", "SOL", "XRP", "DOGE")
NOTIONAL = (4.0, 2.5, -1.5, 0.8, -0.7)
VOLS = (0.55, 0.75, 1.0, 1.3, 0.9)
WORTH = 10_000.0
"""Of one unit of notional."""
EXPECTED = (
    (0.673683382353, 0.295641313941, 0.0078737787466, 0.385915847158),
    (0.648057250377, 0.295641313941, 0.013875214502, 0.366291150938),
    (0.637458238348, 0.295641313941, 0.149558068016, 0.491374992423),
    (0.61876032392, 0.295641313941, 0.0299461184321, 0.353065128412),
    (0.643140977642, 0.295641313941, 0.161281125142, 0.508780788843),
)
"""Alone, shared, contagion, rescue: vectors/literature, contagion-closed-form."""


@cache
def found() -> PathContrast:
    book = {
        "venue": "binance-usdm",
        "on": "2024-10-24",
        "collateral": {"USDT": f"{0.55 * WORTH}"},
        "position": [
            {
                "symbol": f"{coin}/USDT:USDT",
                "side": "long" if notional > 0 else "short",
                "contracts": f"{abs(notional) * WORTH / 100:g}",
                "entry_price": "100",
                "mark_price": "100",
                "leverage": "10",
                "maintenance_rate": "0.01",
            }
            for coin, notional in zip(COINS, NOTIONAL, strict=True)
        ],
        "vols": {coin: str(vol) for coin, vol in zip(COINS, VOLS, strict=True)},
        "correlation": {"default": "0.6"},
    }
    return simulate(
        ringfence.read(book),
        paths=20_000,
        days=7.0,
        step=1800.0,
        modes=["isolated", "cross"],
        cut="risk",
        monitoring="continuous",
    )


def model() -> tuple[InModel, ...]:
    (one,) = (m.positions for m in found().modelled if (m.mode, m.against) == ("cross", "risk"))
    assert isinstance(one, tuple)
    return one


def test_it_is_that_of_the_literature() -> None:
    for one, (alone, shared, contagion, rescue) in zip(model(), EXPECTED, strict=True):
        assert one.died_alone == pytest.approx(alone, abs=1e-9)
        assert one.died_shared == pytest.approx(shared, abs=1e-9)
        assert one.contagion == pytest.approx(contagion, abs=1e-9)
        assert one.rescue == pytest.approx(rescue, abs=1e-9)


def test_paths_of_geometric_brownian_motion_stay_within_the_points_that_the_literature_states() -> None:
    (ledger,) = (one for one in found().ledgers if (one.mode, one.against) == ("cross", "risk"))
    for one, known in zip(ledger.positions, model(), strict=True):
        for name in ("contagion", "rescue"):
            paths, closed = getattr(one, name), getattr(known, name)
            assert abs(paths.value - closed) <= 0.025, (one.position, name)


def test_the_hedges_are_the_victims() -> None:
    (ledger,) = (one for one in found().ledgers if (one.mode, one.against) == ("cross", "risk"))
    chances = {one.position: one.contagion.value for one in ledger.positions if one.contagion}
    hedges = [chances[f"{coin}/USDT:USDT:short"] for coin in ("SOL", "DOGE")]
    longs = [chances[f"{coin}/USDT:USDT:long"] for coin in ("BTC", "ETH", "XRP")]
    assert min(hedges) > 3.0 * max(longs)
    assert ledger.index is not None
    assert ledger.index.value == pytest.approx(0.152, abs=0.006)


def test_shares_of_variance_and_of_blame_add_up() -> None:
    assert sum(one.loss_share or 0.0 for one in model()) == pytest.approx(1.0)
    assert sum(one.but_for or 0.0 for one in model()) == pytest.approx(model()[0].died_shared)
    assert all((one.but_for or 0.0) < 0.0 for one, n in zip(model(), NOTIONAL, strict=True) if n < 0.0)
