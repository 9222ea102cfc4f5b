"""Options as columns: what each is priced from, and what it is worth elsewhere."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from ringfence.formula.model.black import black_price
from ringfence.formula.model.compiled import pays

if TYPE_CHECKING:
    import numpy.typing as npt

    from ringfence.formula.model.black_grid import Options

    Floats = npt.NDArray[np.float64]

SECONDS_OF_YEAR: Final = 365 * 86_400
"""A year of the option formulas: 365 days."""


@dataclass(frozen=True)
class Quotes:
    """Options as columns, one element each: what their model needs of them.

    symbols    which they are
    forward    [quote/coin] of the option's own expiry
    strike     [quote/coin]
    sigma      [1/sqrt(year)]
    years      [year] to expiry, of 365 days
    sign       +1 call, -1 put
    in_coin    whether it pays in its coin: its price is the model's over the forward
    discount   what its payment is worth today, where the interest rate of its settlement asset is known; else 1
    rate       [1/year] of the option's own expiry, not below zero
    """

    symbols: tuple[str, ...]
    forward: "Floats"
    strike: "Floats"
    sigma: "Floats"
    years: "Floats"
    sign: "Floats"
    in_coin: "npt.NDArray[np.bool_]"
    discount: "Floats"
    rate: "Floats"

    @cached_property
    def days(self) -> "Floats":
        """Return the days to expiry."""
        return self.years * 365

    @cached_property
    def standing(self) -> "Floats":
        """Return what a coin of each option is worth, in its settlement asset, at today's inputs."""
        return self.price()

    def price(
        self, forward: "Floats | None" = None, sigma: "Floats | None" = None, years: "Floats | None" = None
    ) -> "Floats":
        """Return what a coin of each option is worth, in its settlement asset, at these inputs or today's.

        The last axis is the options; any axes before it are scenarios.
        """
        at = self.forward if forward is None else forward
        price = black_price(
            at,
            self.strike,
            self.sigma if sigma is None else sigma,
            self.years if years is None else years,
            self.sign,
        )
        over = np.where(self.in_coin, at, 1.0)
        return np.where(self.in_coin, price / over, price * self.discount)

    def grid(self, moves: "Floats", sigmas: "Floats", row: "npt.NDArray[np.int64]") -> "Floats":
        """Return what a coin of each option is worth, in its settlement asset, after every move of its forward.

        Large grids are compiled, where that pays: to 1e-13 of the larger of forward and strike the same.

        Args:
            moves: a fraction each.
            sigmas: [1/sqrt(year)] rows of volatilities, one each for every option.
            row: which row each move takes.

        """
        if pays(moves.size * self.sigma.size):
            return self._compiled.prices(moves, sigmas, row)
        return self.price(forward=self.forward * (1.0 + moves[:, None]), sigma=sigmas[row])

    @cached_property
    def _compiled(self) -> "Options":
        from ringfence.formula.model.black_grid import Options  # noqa: PLC0415 - paid for where it pays

        return Options(self.forward, self.strike, self.years, self.sign, self.in_coin, self.discount)
