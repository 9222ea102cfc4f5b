"""Recorded prices of the coins of a book, from a file; and the book led through them."""

from collections.abc import Callable, Collection, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Final

from ringfence.contrast.replay import Replay
from ringfence.contrast.replay import replay as replayed
from ringfence.core.errors import BookError
from ringfence.importers.bars import Choice, read_bars
from ringfence.margin.pools import Cut
from ringfence.margin.snapshot import Holding, Snapshot
from ringfence.market.shock import STABLE
from ringfence.paths.recorded import Recorded, standing_in
from ringfence.paths.replay import Terms

_WHOLE: Final = Choice()
_USUAL: Final = Terms()


def replay(
    snapshot: Snapshot,
    prices: str | PathLike[str] | Recorded,
    *,
    choice: Choice = _WHOLE,
    stand_in: Mapping[str, str] | None = None,
    still: Collection[str] = (),
    modes: Sequence[str] = (),
    cut: Cut = "at-leverage",
    venues: Sequence[str] = (),
    terms: Terms = _USUAL,
    progress: Callable[[str, int, int], None] | None = None,
) -> Replay:
    """Return what recorded prices would have made of one account, mode by mode, on the same prices.

    Args:
        snapshot: what ``ringfence.read`` returned; it holds one account.
        prices: a CSV or Parquet file, or prices that were read before.
        choice: which rows of the file are meant, and what is done where some are missing.
        stand_in: coin -> the coin whose moves it makes.
        still: coins that do not move.
        modes: which; none: isolated, as held, cross, and every other pooling of the venue.
        cut: how collateral is divided to show the book isolated.
        venues: other venues whose rules the same positions are put under, too.
        terms: what happens inside bars, who takes forced orders, funding, outages.
        progress: told (mode, pools done, pools in all) on the way.

    Raises:
        InputError: the file cannot be used, or the book cannot be shown on its prices.

    """
    found = prices if isinstance(prices, Recorded) else read_prices(
        snapshot.only(), Path(prices), choice, stand_in or {}, still
    )  # fmt: skip
    return replayed(snapshot, found, modes=modes, cut=cut, venues=venues, terms=terms, progress=progress)


def read_prices(
    holding: Holding,
    path: Path,
    choice: Choice = _WHOLE,
    stand_in: Mapping[str, str] | None = None,
    still: Collection[str] = (),
) -> Recorded:
    """Return the recorded prices of every coin that moves a book: of its contracts, and of what it holds.

    Args:
        holding: the book.
        path: a CSV or Parquet file.
        choice: which rows are meant.
        stand_in: coin -> the coin whose moves it makes.
        still: coins that do not move; stablecoins never do.

    Raises:
        BookError: the file does not cover them, or is no table of prices.

    """
    by = {one.upper(): other.upper() for one, other in (stand_in or {}).items()}
    held = {coin.upper() for coin in still}
    moving = coins_of(holding)
    if not moving:
        raise BookError("replay", "no price moves this book", "Open a position first")
    wanted = (moving - set(by) - held) | (set(by.values()) - set(by))
    found = read_bars(path, wanted, names_of(holding), choice)
    return standing_in(found, by, tuple(sorted(held))) if by or held else found


def coins_of(holding: Holding) -> set[str]:
    """Return the coins whose prices move a book."""
    book = holding.book
    coins = {book.instruments[position.symbol].underlying for position in book.positions}
    return coins | {asset for asset, amount in book.collateral.items() if amount and asset not in STABLE}


def names_of(holding: Holding) -> dict[str, str]:
    """Return how a file may call the coins of a book, beside their own names: name -> coin."""
    known: dict[str, str] = {}
    for symbol, one in holding.book.instruments.items():
        words = (symbol, *(joint.join((one.underlying, one.quote)) for joint in ("", "/", "-", "_")))
        known |= dict.fromkeys(words, one.underlying)
    return known
