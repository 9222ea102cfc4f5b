"""What is held: instruments, positions, orders and collateral of one account. Frozen, without opinion."""

from ringfence.book.book import Book, Rest
from ringfence.book.instrument import Instrument, Payoff, Right
from ringfence.book.order import Order
from ringfence.book.overrides import Overrides
from ringfence.book.position import MarginMode, Position, Side
from ringfence.book.reported import Figures, Reported

__all__ = [
    "Book",
    "Figures",
    "Instrument",
    "MarginMode",
    "Order",
    "Overrides",
    "Payoff",
    "Position",
    "Reported",
    "Rest",
    "Right",
    "Side",
]
