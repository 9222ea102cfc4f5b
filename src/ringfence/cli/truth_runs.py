"""Truths that are simulated: books made up for them, led through the engine that judges everybody's."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ringfence.contrast.audit import SIGMAS, Truth, audit
from ringfence.contrast.estimates import Estimate, Sample
from ringfence.contrast.ledger import ContagionLedger, ledger_of
from ringfence.formula.model.diversification import joint_covariance
from ringfence.formula.model.first_passage import chance_at_leverage
from ringfence.formula.model.gaps import chance_of_rise
from ringfence.formula.model.looks import chance_at_looks
from ringfence.formula.model.pairs import chance_in_profit, each_in_a_pool
from ringfence.importers import read
from ringfence.paths.coins import Coins
from ringfence.paths.fates import NEVER, Clock, Simulation
from ringfence.paths.laws import DoubleExponentialJumps, Gbm, Jumps, Law, StudentT
from ringfence.paths.simulate import simulate

if TYPE_CHECKING:
    from ringfence.paths.pack import Monitoring

NAMES: Final = ("BTC", "ETH", "SOL", "XRP", "DOGE")
START: Final = datetime(2025, 9, 1, tzinfo=UTC)
YEAR: Final = 365 * 86400.0
SMALL: Final = 0.05
"""Part of a week's moves that the Gaussian books see: so small that prices move in a straight line."""
_UNIT: Final = 1e6
_KOU: Final = DoubleExponentialJumps(rate=150.0, up=0.3, mean_up=0.02, mean_down=0.03)
_BIAS: Final = 0.004
"""What is left of corrections for looks, and of moves that are small and no more, in a chance."""


@dataclass(frozen=True, slots=True)
class Asked:
    """How many paths, from which seed."""

    paths: int
    seed: int


def books(count: int, seed: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield made-up books of one to four positions, each with its venue."""
    draws = np.random.Generator(np.random.PCG64(seed))
    prices = dict(zip(NAMES, (100_000.0, 4_000.0, 200.0, 2.0, 0.2), strict=True))
    for number in range(count):
        venue = ("binance-usdm", "bybit", "dydx")[number % 3]
        quote = "USDC" if venue == "dydx" else "USDT"
        held = draws.choice(NAMES[:4], size=int(draws.integers(1, 5)), replace=False)
        worth = {str(coin): 10.0 ** draws.uniform(3.5, 5.5) for coin in held}
        leverage = {coin: int(draws.choice((3, 5, 10, 20))) for coin in worth}
        up = sum(value / leverage[coin] for coin, value in worth.items()) * draws.uniform(0.9, 1.4)
        rows = [
            {
                "symbol": f"{coin}/{quote}:{quote}",
                "side": "long" if draws.uniform() < 0.6 else "short",  # noqa: PLR2004 - as it comes
                "contracts": f"{value / prices[coin]:.4f}",
                "contract_size": "1",
                "entry_price": f"{prices[coin] * draws.uniform(0.98, 1.02):.6g}",
                "mark_price": f"{prices[coin]:g}",
                "leverage": str(leverage[coin]),
                "margin_mode": "cross",
            }
            for coin, value in worth.items()
        ]
        tiers = [
            _tier(row["symbol"], rate, floor)
            for row in rows
            for floor, rate in (("0", "0.005"), ("100000", "0.01"))
        ]
        yield venue, {
            "venue": venue, "on": "2025-09-01", "collateral": {quote: f"{up:.2f}"}, "position": rows, "tier": tiers,
        }  # fmt: skip


def fair_books(asked: Asked) -> Iterator[Truth]:
    """Yield conservation and the identities on made-up books: under several laws, in coarse and fine steps."""
    laws: dict[str, Law] = {
        "geometric Brownian motion": Gbm(),
        "Student's law": StudentT(4.0),
        "jumps": Jumps(_KOU),
    }
    for law, prices in laws.items():
        for steps in (12, 96):
            found: list[Truth] = []
            for number, (_, book) in enumerate(books(3, asked.seed)):
                held = tuple(row["symbol"].partition("/")[0] for row in book["position"])
                simulation = simulate(
                    read(book), prices, clock=Clock(START, 4 * 86400.0 / steps, steps), paths=asked.paths,
                    seed=asked.seed + number, coins=_alike(held, 1.0, 0.5), ribbons=0, cut="equal-leverage",
                )  # fmt: skip
                found += audit(simulation)
            for name in dict.fromkeys(truth.name for truth in found):
                yield _worst(
                    [truth for truth in found if truth.name == name], f"{law}, {steps} steps of 4 days"
                )


def _worst(truths: Sequence[Truth], of: str) -> Truth:
    """Return the one that is furthest off, for what it may be."""
    worst = max(
        truths, key=lambda one: abs(one.difference) / one.within if one.within else abs(one.difference)
    )
    case = f"worst of {len(truths)}: {worst.case}; {of}"
    return Truth(worst.name, worst.statement, case, worst.expected, worst.found, worst.within, worst.error)


def _alike(names: Sequence[str], vol: float, together: float) -> Coins:
    matrix = np.full((len(names), len(names)), together)
    np.fill_diagonal(matrix, 1.0)
    return Coins(tuple(names), np.full(len(names), vol), matrix)


@dataclass(frozen=True, slots=True)
class Gaussian:
    """A book whose buffers move in a straight line with prices, and how they move.

    notional, buffers   signed, and what each has above its requirement; of a week, of a unit
    rate                maintenance
    """

    notional: tuple[float, ...]
    vols: tuple[float, ...]
    together: float
    buffers: tuple[float, ...]
    rate: float = 0.01
    years: float = 7 / 365

    @property
    def exposures(self) -> list[float]:
        """Return what the buffers move by."""
        return [n - self.rate * abs(n) for n in self.notional]

    @property
    def correlation(self) -> list[list[float]]:
        """Return the matrix."""
        count = range(len(self.notional))
        return [[1.0 if one == other else self.together for other in count] for one in count]

    def led(self, asked: Asked, monitoring: "Monitoring", steps: int) -> Simulation:
        """Return it on paths: each position alone with its own buffer, and all of them in one pool."""
        rows = [
            {
                "symbol": f"{coin}/USDT:USDT",
                "side": "long" if n > 0.0 else "short",
                "contracts": f"{abs(n) * _UNIT:.6f}",
                "contract_size": "1",
                "entry_price": "1",
                "mark_price": "1",
                "leverage": "20",
                "margin_mode": "isolated",
                "collateral": f"{(SMALL * b + self.rate * abs(n)) * _UNIT:.6f}",
            }
            for coin, n, b in zip(NAMES, self.notional, self.buffers, strict=False)
        ]
        tiers = [_tier(row["symbol"], str(self.rate)) for row in rows]
        book = {
            "venue": "binance-usdm",
            "on": "2025-09-01",
            "collateral": {},
            "position": rows,
            "tier": tiers,
        }
        coins = Coins(NAMES[: len(rows)], np.array(self.vols), np.array(self.correlation))
        length = self.years * YEAR * SMALL * SMALL
        return simulate(
            read(book), clock=Clock(START, length / steps, steps), paths=asked.paths, seed=asked.seed,
            coins=coins, modes=("as-held", "cross"), monitoring=monitoring, ribbons=0,
        )  # fmt: skip


PAIR: Final = Gaussian((1.0, 1.0), (1.0, 1.0), 0.3, (0.137, 0.137))
FIVE: Final = Gaussian(
    (4.0, 2.5, -1.5, 0.8, -0.7),
    (0.55, 0.75, 1.0, 1.3, 0.9),
    0.6,
    (0.127011732229, 0.117339544513, 0.0988716356108, 0.0709510006901, 0.0408260869565),
)
ALIKE: Final = Gaussian((1.0,) * 4, (0.6,) * 4, 0.0, (0.0411,) * 4)


def _tier(symbol: str, rate: str, floor: str = "0") -> dict[str, str]:
    return {
        "symbol": symbol, "floor": floor, "unit": "quote", "maintenance_rate": rate, "max_leverage": "20",
    }  # fmt: skip


def _ledger(simulation: Simulation) -> ContagionLedger:
    alone, shared = simulation.modes
    return ledger_of(simulation, shared, alone, Sample(simulation.paths))


def _truth(
    name: str, says: str, case: str, expected: float, seen: Estimate | None, bias: float = _BIAS
) -> Truth:
    found = Estimate(math.nan, None) if seen is None else seen
    error = 0.0 if found.error is None else found.error
    return Truth(name, says, case, expected, found.value, SIGMAS * error + bias, found.error)


def contagion(asked: Asked) -> Iterator[Truth]:
    """Yield contagion, rescue, days and shares of two positions and of five, closed form beside simulation."""
    for name, book in (("two longs", PAIR), ("three longs and two hedges", FIVE)):
        simulation = book.led(asked, "continuous", 256)
        horizon = simulation.clock.horizon / 86400.0
        exact = each_in_a_pool(book.exposures, book.vols, book.correlation, book.buffers, book.years)
        for row, seen in zip(exact, _ledger(simulation).positions, strict=True):
            case = f"{seen.position.partition('/')[0]} of {name}"
            yield _truth("dies alone", "2 Phi(-b / s)", case, row.alone, seen.died_alone)
            yield _truth(
                "contagion",
                "the pool takes down what would have lived alone",
                case,
                row.contagion,
                seen.contagion,
            )
            yield _truth(
                "rescue", "the pool keeps alive what would have died alone", case, row.rescue, seen.rescue
            )
            days = None if seen.days_lost is None else Estimate(
                -seen.days_lost.value / horizon, (seen.days_lost.error or 0.0) / horizon
            )  # fmt: skip
            says = "a position lives longer in a pool by rescue less contagion, over the horizon; share of it"
            yield _truth("longer life", says, case, row.longer, days)


def bystanders(asked: Asked) -> Iterator[Truth]:
    """Yield how often a position is in profit when its pool dies, of four alike and of five."""
    for name, book in (("four alike", ALIKE), ("three longs and two hedges", FIVE)):
        moved = [w * vol * math.sqrt(book.years) for w, vol in zip(book.exposures, book.vols, strict=True)]
        joint = math.sqrt(joint_covariance(moved, moved, book.correlation))
        found = _ledger(book.led(asked, "continuous", 256)).positions
        for place, (own, seen) in enumerate(zip(moved, found, strict=True)):
            alone = [own if other == place else 0.0 for other in range(len(moved))]
            shared = joint_covariance(alone, moved, book.correlation)
            case = f"{seen.position.partition('/')[0]} of {name}"
            chance = chance_in_profit(shared / (abs(own) * joint), math.fsum(book.buffers) / joint)
            says = "P(Y > d, W < 0) / Phi(-d): in profit when the pool dies"
            yield _truth("bystander", says, case, chance, seen.bystander, 3.0 * _BIAS)
            says = "Euler's share of the risk is the mean share of the loss at liquidation"
            yield _truth("share of the loss", says, case, shared / joint**2, seen.loss_share, 2.0 * _BIAS)


def looks(asked: Asked) -> Iterator[Truth]:
    """Yield first passage: at leverage all the time, at a few looks, and with jumps."""
    risk = 0.8 * math.sqrt(7 / 365)
    for side, name in ((1, "long"), (-1, "short")):
        seen = _one(asked, side, Gbm(), 0.8, "continuous", 512)
        says = "geometric Brownian motion meets the liquidation price within a week"
        exact = chance_at_leverage(10.0, 0.005, side, risk)
        yield _truth("first passage", says, f"{name} at ten times, volatility 80 %", exact, _died(seen))
    book = Gaussian((1.0,), (1.0,), 0.0, (0.137,))
    own = book.exposures[0] * math.sqrt(book.years)
    for number in (24, 168):
        seen = book.led(asked, "discrete", number)
        says = "looks at a trigger move it outwards by 0.5826 deviations of a step"
        yield _truth("looks", says, f"{number} looks", chance_at_looks(0.137, own, number), _died(seen))
    jumps, vol = DoubleExponentialJumps(rate=60.0, up=0.5, mean_up=0.03, mean_down=0.02), 0.4
    gain = jumps.up / (1.0 - jumps.mean_up) + (1.0 - jumps.up) / (1.0 + jumps.mean_down) - 1.0
    level = math.log((1.0 + 1.0 / 10.0) / 1.005)
    drift = -0.5 * vol * vol - jumps.rate * gain
    exact = chance_of_rise(level, drift, vol, jumps.rate, jumps.up, jumps.mean_up, jumps.mean_down, 7 / 365)
    seen = _one(asked, -1, Jumps(jumps), vol, "continuous", 512)
    says = "first passage with double exponential jumps, by Kou and Wang's transform"
    yield _truth("jumps", says, "short at ten times, 60 jumps a year", exact, _died(seen))


def gaps(asked: Asked) -> Iterator[Truth]:
    """Yield what jumps leave unpaid: exponential past the trigger, whatever the distance was."""
    mean = 0.03
    jumps = DoubleExponentialJumps(rate=100.0, up=0.3, mean_up=0.02, mean_down=mean)
    seen = _one(asked, 1, Jumps(jumps), 1e-4, "discrete", 1024).modes[0]
    dead = seen.died[:, 0] != NEVER
    # The trigger is at 0.9 / 0.995 of the entry and the bankruptcy price at 0.9: 0.995 of the trigger.
    beyond = 0.995 ** (1.0 / mean)
    sample = Sample(len(dead))
    says = "a jump passes a trigger by an exponential number without memory"
    case = "long at ten times, jumps of 3 % down"
    yield _truth("gap past bankruptcy", says, case, beyond, sample.ratio(seen.bad_debt > 0.0, dead))
    owed = sample.ratio(seen.bad_debt, dead * seen.notional[0] * 0.9)
    says = "bad debt of a unit at its bankruptcy price: exp(-m / J) J / (1 + J), J of logarithms"
    yield _truth("bad debt after a gap", says, case, beyond * mean / (1.0 + mean), owed, 2e-4)


def _one(asked: Asked, side: int, law: Law, vol: float, monitoring: "Monitoring", steps: int) -> Simulation:
    """Return an isolated position at ten times in one tier of 0.5 %, on a week of paths."""
    row = {
        "symbol": "BTC/USDT:USDT",
        "side": "long" if side > 0 else "short",
        "contracts": str(int(_UNIT)),
        "contract_size": "1",
        "entry_price": "1",
        "mark_price": "1",
        "leverage": "10",
        "margin_mode": "isolated",
        "collateral": str(int(_UNIT / 10)),
    }
    tier = {
        "symbol": row["symbol"],
        "floor": "0",
        "unit": "quote",
        "maintenance_rate": "0.005",
        "max_leverage": "20",
    }
    book = {"venue": "binance-usdm", "on": "2025-09-01", "collateral": {}, "position": [row], "tier": [tier]}
    return simulate(
        read(book), law, clock=Clock(START, 7 * 86400.0 / steps, steps), paths=asked.paths, seed=asked.seed,
        coins=Coins(("BTC",), np.array([vol]), np.eye(1)), modes=("as-held",), monitoring=monitoring, ribbons=0,
    )  # fmt: skip


def _died(simulation: Simulation) -> Estimate:
    mode = simulation.modes[0]
    return Sample(simulation.paths).mean(mode.died[:, 0] != NEVER)


RUNS: Final[dict[str, Callable[[Asked], Iterator[Truth]]]] = {
    "first passage and looks": looks,
    "gaps": gaps,
    "contagion and rescue": contagion,
    "bystanders": bystanders,
    "books made up": fair_books,
}
"""What is simulated, in order."""
