"""Moves of several coins at once, as fractions of their prices."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from ringfence.core.errors import BookError
from ringfence.core.exact import read_decimal
from ringfence.core.number import EXACT

STABLE = frozenset({"USD", "USDT", "USDC", "BUSD", "FDUSD", "DAI", "USDE", "BFUSD", "USD1", "EUR"})
"""Coins that a move of "everything" leaves alone. Name one of them to move it."""


@dataclass(frozen=True, slots=True)
class Shock:
    """A joint move.

    moves     coin -> fraction of its price, greater than -1
    default   the move of every other coin that is not a stablecoin
    """

    name: str
    moves: Mapping[str, Decimal]
    default: Decimal = Decimal(0)

    def move_of(self, coin: str) -> Decimal:
        """Return the move of a coin, as a fraction."""
        if coin in self.moves:
            return self.moves[coin]
        return Decimal(0) if coin in STABLE else self.default


def read_shock(text: str) -> Shock:
    """Return the shock that ``"BTC=-15%,ETH=-0.25,all=-10%"`` describes.

    Raises:
        BookError: a part is not COIN=MOVE, or a price would not stay positive.

    """
    moves: dict[str, Decimal] = {}
    default = Decimal(0)
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        coin, equals, amount = (piece.strip() for piece in part.partition("="))
        if not (coin and equals and amount):
            raise BookError(
                f"shock {text!r}", f"{part!r} is not COIN=MOVE", 'Write it as "BTC=-15%,ETH=-25%"'
            )
        move = read_fraction(amount, coin, f"shock {text!r}")
        if coin.lower() == "all":
            default = move
        elif coin.upper() in moves:
            raise BookError(f"shock {text!r}", f"{coin.upper()} moves twice", "Keep one of the two moves")
        else:
            moves[coin.upper()] = move
    if not moves and default == 0:
        raise BookError(f"shock {text!r}", "nothing moves", 'Write it as "BTC=-15%,ETH=-25%" or "all=-20%"')
    return Shock(text, moves, default)


def read_fraction(amount: str, coin: str, where: str) -> Decimal:
    """Return a move as a fraction of a price, from how it is written: -15% or -0.15.

    Args:
        amount: what is written.
        coin: what moves by it, for a complaint.
        where: the place, for a complaint.

    Raises:
        BookError: it is no number, could be read two ways, or the price would not stay positive.

    """
    try:
        move = read_decimal(amount.removesuffix("%").strip(), where)
    except BookError as fault:
        raise BookError(f"{where}, {coin}", fault.fault, "Write -15% or -0.15") from None
    if amount.endswith("%"):
        move = move.scaleb(-2, EXACT)
    elif abs(move) > 1 and amount.lstrip("+-").isdigit():
        raise BookError(
            where,
            f"a move of {coin} by {amount} could mean {amount}% or {amount} times its price",
            f"Write {amount}% for percent, or {amount}.0 for the fraction",
        )
    if move <= -1:
        raise BookError(where, f"{coin} cannot fall by 100% or more", "Write a smaller fall, e.g. -99%")
    return move
