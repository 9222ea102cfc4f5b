"""How far the verdict hangs on the cut: the book isolated by every cut, side by side."""

from dataclasses import dataclass, replace

from ringfence.contrast.outcome import ModeOutcome, Question, outcome_of
from ringfence.core.errors import InputError
from ringfence.margin.pools import CUTS, Cut
from ringfence.margin.snapshot import Holding


@dataclass(frozen=True, slots=True)
class CutOutcome:
    """The book isolated by one cut, or why it cannot be."""

    cut: Cut
    venue: str
    outcome: ModeOutcome | None
    why_not: str = ""


def every_cut(holding: Holding, asked: Question) -> tuple[CutOutcome, ...]:
    """Return a book isolated by every cut there is; as-held ring-fences what is ring-fenced already.

    Args:
        holding: the account and its market.
        asked: what is asked of each; its own cut does not matter.

    """
    return tuple(_by(cut, holding, replace(asked, cut=cut)) for cut in CUTS)


def _by(cut: Cut, holding: Holding, asked: Question) -> CutOutcome:
    venue = holding.book.venue
    shared = [position.label for position in holding.book.positions if position.margin_mode == "cross"]
    if cut == "as-held" and shared:
        return CutOutcome(
            cut, venue, None, f"it divides nothing: {', '.join(shared)} would stay in the shared pool"
        )
    try:
        return CutOutcome(cut, venue, outcome_of(holding, "isolated", asked))
    except InputError as fault:
        return CutOutcome(cut, venue, None, str(fault))
