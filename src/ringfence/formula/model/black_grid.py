"""Options times scenarios, compiled: the prices of ``black.py`` for books and paths in their thousands.

``black.black_price`` is the definition; this is the same number to within 1e-13 of the larger of forward and strike.
It costs about a second to import and, once per machine, two more to compile: for many prices only.

How it is quick, with F the forward today, m a move, w = sigma sqrt(T):

    ln(F m / K) = ln(F / K) + ln m                      no logarithm in the grid
    d1 = (ln(F / K) / w + w / 2) + ln m / w             one multiplication where scenarios share volatilities
    N(-x) = exp(-x^2 / 2) R(x), x >= 0                  R = P / Q, a quotient of polynomials
    K exp(-d2^2 / 2) = F m exp(-d1^2 / 2)               one exponential for both ends
    P1 / Q1 - P2 / Q2 = (P1 Q2 - P2 Q1) / (Q1 Q2)       one division for both ends

A row of the grid is the work of one thread from end to end: results do not depend on how many there are.
"""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar, cast

import numpy as np
from numba import njit, prange

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats: TypeAlias = npt.NDArray[np.float64]
    Rows: TypeAlias = npt.NDArray[np.int64]

_F = TypeVar("_F", bound=Callable[..., object])

_LEAST_WIDTH: Final = 1e-14
"""A width below which an option is worth its intrinsic value, to the last digit of its forward."""
_LEAST_SHOCK: Final = 1e-300
_LEAST_EXPONENT: Final = -700.0
_PER_LN_TWO: Final = 1.0 / math.log(2.0)
_LN_TWO: Final = 6.93147180369123816490e-01
_LN_TWO_REST: Final = 1.90821492927058770002e-10
_CHUNK: Final = 8
"""Moves that a thread takes at once."""
THREADS_FROM: Final = 4_000_000
"""Prices in one call from which threads share the work: ten milliseconds of one. To wake a thread takes microseconds
on a machine at rest, and milliseconds on one that is busy."""
_WHOLE: Final = 6755399441055744.0
"""1.5 * 2**52: added to a small number it leaves the nearest integer in the low bits of the sum."""


def _compiled(*, parallel: bool = False) -> Callable[[_F], _F]:
    """Return a decorator: compiled when first called, kept on disk; products may be fused with sums, no more."""

    def decorate(function: _F) -> _F:
        made = njit(fastmath={"contract", "nsz"}, error_model="numpy", cache=True, parallel=parallel)
        return cast("_F", made(function))

    return decorate


@_compiled()
def _exponential(x: float) -> float:
    """Return exp(x) for -700 <= x <= 0: the integer power of two goes into the exponent's bits, a series does the rest.

    Source  Cody & Waite (1980): Software manual for the elementary functions; the series is the near-minimax
            (Chebyshev) polynomial of degree 10 on |x| <= ln 2 / 2, of error 2.2e-16
    """
    shifted = x * _PER_LN_TWO + _WHOLE
    power = shifted - _WHOLE
    rest = (x - power * _LN_TWO) - power * _LN_TWO_REST
    series = 2.7626357241447222855e-7
    series = series * rest + 2.764018079620985113e-6
    series = series * rest + 2.4801504346997687255e-5
    series = series * rest + 1.9841170270440068401e-4
    series = series * rest + 1.3888888932488598181e-3
    series = series * rest + 8.3333333856677824706e-3
    series = series * rest + 4.1666666666573142611e-2
    series = series * rest + 1.6666666666554404471e-1
    series = series * rest + 5.0000000000000056169e-1
    series = series * rest + 1.0000000000000067423
    series = series * rest + 1.0
    bits = np.float64(series).view(np.int64) + (np.float64(shifted).view(np.int64) << np.int64(52))
    return float(np.int64(bits).view(np.float64))


@_compiled()
def _tail_top(x: float) -> float:
    """Return P(x) of N(-x) = exp(-x^2 / 2) P(x) / Q(x), x >= 0.

    Source  Hart et al. (1968): Computer approximations, ERFC 5666
    """
    top = 3.52624965998911e-2
    top = top * x + 7.00383064443688e-1
    top = top * x + 6.37396220353165
    top = top * x + 3.3912866078383e1
    top = top * x + 1.12079291497871e2
    top = top * x + 2.21213596169931e2
    return top * x + 2.20206867912376e2


@_compiled()
def _tail_bottom(x: float) -> float:
    """Return Q(x) of N(-x) = exp(-x^2 / 2) P(x) / Q(x), x >= 0.

    Source  Hart et al. (1968), ERFC 5666
    """
    bottom = 8.83883476483184e-2
    bottom = bottom * x + 1.75566716318264
    bottom = bottom * x + 1.6064177579207e1
    bottom = bottom * x + 8.67807322029461e1
    bottom = bottom * x + 2.96564248779674e2
    bottom = bottom * x + 6.37333633378831e2
    bottom = bottom * x + 7.93826512519948e2
    return bottom * x + 4.40413735824752e2


@_compiled()
def _price_row(move: float, options: "Floats", widths: "Floats", prices: "Floats") -> None:
    """Fill the prices of all options after one move, each in what it pays."""
    shock = 1.0 + move
    shock = shock if shock > _LEAST_SHOCK else _LEAST_SHOCK
    log_shock, per_shock = math.log(shock), 1.0 / shock
    forward, strike, sign = options[0], options[1], options[2]
    in_money, in_coin = options[6], options[7]
    start, slope, width = widths[0], widths[1], widths[2]
    for j in range(prices.shape[0]):
        there = forward[j] * shock
        d1 = start[j] + log_shock * slope[j]
        d2 = d1 - width[j]
        one, other = abs(d1), abs(d2)
        exponent = -0.5 * (d1 * d1)
        exponent = exponent if exponent > _LEAST_EXPONENT else _LEAST_EXPONENT
        side, other_side = math.copysign(1.0, d1), math.copysign(1.0, d2)
        bottom, other_bottom = _tail_bottom(one), _tail_bottom(other)
        tops = side * _tail_top(one) * other_bottom - other_side * _tail_top(other) * bottom
        tails = there * _exponential(exponent) * tops / (bottom * other_bottom)
        call = 0.5 * ((1.0 + side) * there - (1.0 + other_side) * strike[j]) - tails
        gain = there - strike[j]
        price = call - 0.5 * (1.0 - sign[j]) * gain
        least = sign[j] * gain
        least = least if least > 0.0 else 0.0
        price = price if price > least else least
        prices[j] = price * (in_money[j] + in_coin[j] * per_shock)


@_compiled()
def _total(weights: "Floats", prices: "Floats") -> float:
    """Return the sum of products over eight running sums, so that the order of addition is the machine's no more."""
    size = prices.shape[0]
    s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = 0.0
    for j in range(0, size - 7, 8):
        s0 += weights[j] * prices[j]
        s1 += weights[j + 1] * prices[j + 1]
        s2 += weights[j + 2] * prices[j + 2]
        s3 += weights[j + 3] * prices[j + 3]
        s4 += weights[j + 4] * prices[j + 4]
        s5 += weights[j + 5] * prices[j + 5]
        s6 += weights[j + 6] * prices[j + 6]
        s7 += weights[j + 7] * prices[j + 7]
    for j in range(size - size % 8, size):
        s0 += weights[j] * prices[j]
    return ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7))


@_compiled()
def _widths(
    moneyness: "Floats", root: "Floats", sigma: "Floats", start: "Floats", slope: "Floats", width: "Floats"
) -> None:
    """Fill ln(F/K)/w + w/2, 1/w and w of every option at its volatility."""
    for j in range(width.shape[0]):
        wide = sigma[j] * root[j]
        wide = wide if wide > _LEAST_WIDTH else _LEAST_WIDTH
        width[j], slope[j] = wide, 1.0 / wide
        start[j] = moneyness[j] / wide + 0.5 * wide


@_compiled()
def _all_below(rows: "Rows", count: int) -> bool:
    inside = True
    for i in range(rows.shape[0]):
        inside &= 0 <= rows[i] < count
    return inside


@_compiled()
def _all_widths(options: "Floats", sigma: "Floats") -> "Floats":
    widths = np.empty((sigma.shape[0], 3, sigma.shape[1]))
    for r in range(sigma.shape[0]):
        _widths(options[4], options[5], sigma[r], widths[r, 0], widths[r, 1], widths[r, 2])
    return widths


@_compiled()
def _fill(
    options: "Floats",
    sigma: "Floats",
    widths: "Floats",
    row: "Rows",
    move: "Floats",
    prices: "Floats",
    first: int,
    last: int,
) -> None:
    """Fill the prices of options (columns as in ``Options``) after some of the moves.

    Where moves share rows of volatilities their widths are there already; else they are made here.
    """
    own = np.empty((3, sigma.shape[1]))
    for i in range(first, last):
        if widths.shape[0] > 0:
            _price_row(move[i], options, widths[row[i]], prices[i])
        else:
            _widths(options[4], options[5], sigma[row[i]], own[0], own[1], own[2])
            _price_row(move[i], options, own, prices[i])


@_compiled()
def _sum(
    options: "Floats",
    sigma: "Floats",
    widths: "Floats",
    row: "Rows",
    move: "Floats",
    weights: "Floats",
    sums: "Floats",
    first: int,
    last: int,
) -> None:
    """Fill sums of weighted prices in the same way."""
    own, prices = np.empty((3, sigma.shape[1])), np.empty(sigma.shape[1])
    for i in range(first, last):
        if widths.shape[0] > 0:
            _price_row(move[i], options, widths[row[i]], prices)
        else:
            _widths(options[4], options[5], sigma[row[i]], own[0], own[1], own[2])
            _price_row(move[i], options, own, prices)
        sums[i] = _total(weights, prices)


@_compiled(parallel=True)
def _fill_together(
    options: "Floats", sigma: "Floats", widths: "Floats", row: "Rows", move: "Floats", prices: "Floats"
) -> None:
    count = move.shape[0]
    for chunk in prange((count + _CHUNK - 1) // _CHUNK):
        first = chunk * _CHUNK
        _fill(options, sigma, widths, row, move, prices, first, min(first + _CHUNK, count))


@_compiled(parallel=True)
def _sum_together(
    options: "Floats",
    sigma: "Floats",
    widths: "Floats",
    row: "Rows",
    move: "Floats",
    weights: "Floats",
    sums: "Floats",
) -> None:
    count = move.shape[0]
    for chunk in prange((count + _CHUNK - 1) // _CHUNK):
        first = chunk * _CHUNK
        _sum(options, sigma, widths, row, move, weights, sums, first, min(first + _CHUNK, count))


class Options:
    """Options as columns for the grid: made once, priced often."""

    def __init__(
        self,
        forward: "npt.ArrayLike",
        strike: "npt.ArrayLike",
        years: "npt.ArrayLike",
        sign: "npt.ArrayLike",
        in_coin: "npt.ArrayLike",
        discount: "npt.ArrayLike" = 1.0,
    ) -> None:
        """Take options, each input a column, or one number for all.

        Args:
            forward: [quote/coin] today, > 0.
            strike: [quote/coin] > 0.
            years: [year] to expiry, >= 0.
            sign: +1 call, -1 put.
            in_coin: whether an option pays in its coin: it is worth its price over the forward.
            discount: what a payment in money is worth today.

        """
        columns = np.broadcast_arrays(forward, strike, years, sign, in_coin, discount)
        f, k, t, s, c, d = (np.array(column, dtype=np.float64).ravel() for column in columns)
        self._columns = np.stack([f, k, s, t, np.log(f / k), np.sqrt(t), (1.0 - c) * d, c / f])

    @property
    def size(self) -> int:
        """Return how many they are."""
        return int(self._columns.shape[1])

    def prices(
        self, move: "npt.ArrayLike", sigma: "npt.ArrayLike", row: "npt.ArrayLike | None" = None
    ) -> "Floats":
        """Return what a unit of every option is worth after every move, in what it pays.

        Args:
            move: of every forward, a fraction, > -1; scenarios or paths, an array of any shape.
            sigma: [1/sqrt(year)] of every option: a column for all moves, or rows of columns.
            row: which row of sigma each move takes, in the shape of ``move``; without it the rows in turn, one
                for each move, where there are several.

        Returns:
            an array of the shape of ``move``, with an axis of options behind.

        Raises:
            ValueError: the shapes do not match.

        """
        moves, at, rows = self._laid_out(move, sigma, row)
        prices = np.empty((moves.size, self.size))
        asked = (self._columns, at, self._shared(at, moves.size), rows, moves.ravel())
        if prices.size < THREADS_FROM:
            _fill(*asked, prices, 0, moves.size)
        else:
            _fill_together(*asked, prices)
        return prices.reshape(*moves.shape, self.size)

    def sums(
        self,
        weights: "npt.ArrayLike",
        move: "npt.ArrayLike",
        sigma: "npt.ArrayLike",
        row: "npt.ArrayLike | None" = None,
    ) -> "Floats":
        """Return the sum of weight times price over the options after every move, in the shape of ``move``.

        Args:
            weights: of every option, its signed size for one.
            move: as for the prices.
            sigma: as for the prices.
            row: as for the prices.

        Raises:
            ValueError: the shapes do not match.

        """
        moves, at, rows = self._laid_out(move, sigma, row)
        held = np.ascontiguousarray(weights, dtype=np.float64)
        if held.shape != (self.size,):
            raise ValueError(f"{held.shape} weights for {self.size} options")
        sums = np.empty(moves.size)
        asked = (self._columns, at, self._shared(at, moves.size), rows, moves.ravel(), held)
        if moves.size * self.size < THREADS_FROM:
            _sum(*asked, sums, 0, moves.size)
        else:
            _sum_together(*asked, sums)
        return sums.reshape(moves.shape)

    def _shared(self, sigma: "Floats", moves: int) -> "Floats":
        """Return the widths of rows of volatilities that moves share; none where they share none to speak of."""
        shared = 2 * sigma.shape[0] <= moves
        return _all_widths(self._columns, sigma) if shared else np.empty((0, 3, self.size))

    def _laid_out(
        self, move: "npt.ArrayLike", sigma: "npt.ArrayLike", row: "npt.ArrayLike | None"
    ) -> tuple["Floats", "Floats", "Rows"]:
        """Return moves, rows of volatilities, and the row of every move; compiled loops look at no bounds."""
        moves = np.asarray(move, dtype=np.float64, order="C")
        at = np.ascontiguousarray(sigma, dtype=np.float64).reshape(-1, self.size)
        count = moves.size
        if row is not None:
            rows = np.ascontiguousarray(row, dtype=np.int64).ravel()
        elif at.shape[0] == 1:
            rows = np.zeros(count, dtype=np.int64)
        else:
            rows = np.arange(at.shape[0])
        if rows.size != count or not _all_below(rows, at.shape[0]):
            raise ValueError(f"{count} moves take {rows.size} of {at.shape[0]} rows of volatilities")
        return moves, at, rows
