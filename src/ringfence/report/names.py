"""What contracts are called on a screen."""

_OF_AN_OPTION = 3
"""Expiry, strike and right stand behind an option's coins."""


def brief_symbol(symbol: str) -> str:
    """Return the coin of a contract; of an option also expiry, strike and right: BTC 240628 70000 C."""
    coin, _, rest = symbol.partition("/")
    terms = rest.partition(":")[2].split("-")[1:]
    return " ".join([coin, *terms]) if len(terms) >= _OF_AN_OPTION else coin
