"""Whether the compiled grid is worth its start: numba takes a second to import, and longer to compile once."""

from typing import Final

PAYS_FROM: Final = 2_000
"""Prices in one call from which the compiled grid, once it is there, takes less than half of NumPy's time."""
PAYS_TO_START: Final = 40_000_000
"""Prices in one call for which NumPy (25-40 ns each) takes longer than importing the grid and pricing with it."""


class _Grid:
    """What this process has asked for."""

    wanted = False
    ready = False


def warm_up() -> None:
    """Import and compile the grid of options and scenarios, and have this process price with it where it pays.

    For programs that judge option books again and again; results stay within 1e-13 of the larger of forward and
    strike, an option. Without it small questions are answered by NumPy, and never wait for a compiler. It takes
    about a second, the first time on a machine some five.
    """
    _Grid.wanted = True
    if _Grid.ready:
        return
    from ringfence.formula.model.black_grid import THREADS_FROM, Options  # noqa: PLC0415 - here it is paid for

    one, many = Options(1.0, 1.0, 1.0, 1.0, in_coin=False), [0.0] * THREADS_FROM
    for moves in ([0.0], many):
        one.prices(moves, [0.5])
        one.sums([1.0], moves, [0.5])
    _Grid.ready = True


def cool_down() -> None:
    """Have this process price with NumPy again, whatever the size short of the very large."""
    _Grid.wanted = False


def pays(prices: int) -> bool:
    """Return whether so many prices in one call are the compiled grid's work."""
    return prices >= (PAYS_FROM if _Grid.wanted else PAYS_TO_START)
