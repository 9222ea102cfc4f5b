"""What a NautilusTrader account event says: balances, and requirements by instrument or for the whole account."""

from ringfence.book import Figures
from ringfence.importers.dumps.part import Balance, Part
from ringfence.importers.dumps.row import Row


def account_state(rows: list[Row]) -> Part:
    """Return the balances of the latest event. A requirement without an instrument is the whole account's.

    Older releases always name an instrument; newer ones leave it null where the account is meant.
    """
    row = max(rows, key=lambda one: int(one.number("ts_event") or 0))
    part = Part(balances=[])
    for item in row.rows("balances"):
        currency, total = item.named("currency"), item.must("total")
        if total and part.balances is not None:
            part.balances.append(Balance(currency, total, "equity", item.where))
    for item in row.rows("margins"):
        if item.raw("instrument_id") is None:
            figures = Figures(
                maintenance_requirement=item.number("maintenance"), initial_requirement=item.number("initial")
            )
            part.assets[item.named("currency")] = figures
        else:
            part.notes.append(f"the requirement of {item.word('instrument_id')} is of that position alone")
    return part


_STATE = """type account_type base_currency reported info event_id ts_event ts_init locked free instrument_id
 initial maintenance currency total balances margins"""

READERS = {"account_state": (account_state, _STATE)}
