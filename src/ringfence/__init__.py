"""The same book, every margin model, every venue's own rules.

    import ringfence

    book = ringfence.read("book.toml")
    health = ringfence.assess(book)
    contrast = ringfence.compare(book)

Names are imported when they are first used, so that a program pays only for what it uses.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ringfence.contrast import compare
    from ringfence.contrast.simulate import simulate
    from ringfence.core.errors import (
        BookError,
        InputError,
        InvariantError,
        MarketError,
        RingfenceError,
        RulePackError,
    )
    from ringfence.importers import read
    from ringfence.importers.accounts.many import assess_many
    from ringfence.importers.replay import replay
    from ringfence.liquidation import liquidate
    from ringfence.margin.assess import assess
    from ringfence.margin.pools import pools
    from ringfence.margin.survive import survive
    from ringfence.margin.trade import max_size, what_if
    from ringfence.report import to_dict
    from ringfence.report.figures.by_name import figure
    from ringfence.report.frames import frame
    from ringfence.report.html.page import html
    from ringfence.venue import load
    from ringfence.venue.rule import rule

_HOMES = {
    "BookError": "core.errors",
    "InputError": "core.errors",
    "InvariantError": "core.errors",
    "MarketError": "core.errors",
    "RingfenceError": "core.errors",
    "RulePackError": "core.errors",
    "assess": "margin.assess",
    "assess_many": "importers.accounts.many",
    "compare": "contrast",
    "figure": "report.figures.by_name",
    "frame": "report.frames",
    "html": "report.html.page",
    "liquidate": "liquidation",
    "load": "venue",
    "max_size": "margin.trade",
    "pools": "margin.pools",
    "read": "importers",
    "replay": "importers.replay",
    "rule": "venue.rule",
    "simulate": "contrast.simulate",
    "survive": "margin.survive",
    "to_dict": "report",
    "what_if": "margin.trade",
}

__all__ = [
    "BookError",
    "InputError",
    "InvariantError",
    "MarketError",
    "RingfenceError",
    "RulePackError",
    "assess",
    "assess_many",
    "compare",
    "figure",
    "frame",
    "html",
    "liquidate",
    "load",
    "max_size",
    "pools",
    "read",
    "replay",
    "rule",
    "simulate",
    "survive",
    "to_dict",
    "what_if",
]


def __getattr__(name: str) -> object:
    """Return a public name, importing its room on first use."""
    if name not in _HOMES:
        raise AttributeError(f"module 'ringfence' has no attribute {name!r}")
    found: object = getattr(import_module(f"ringfence.{_HOMES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """Return the public names."""
    return __all__
