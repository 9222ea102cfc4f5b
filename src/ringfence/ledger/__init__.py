"""Events made of postings that cancel in every asset; a statement is a fold of them."""

from ringfence.ledger.events import Event, Posting, balances

__all__ = ["Event", "Posting", "balances"]
