"""A replay as tables, JSON and notes: ``ringfence.replay/1``."""

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import Any, Final

from ringfence.contrast.replay import Ledger, Replay
from ringfence.ledger import Event
from ringfence.paths.replay import Happening, ModeReplay, PoolReplay
from ringfence.report.contagion import short_labels
from ringfence.report.grid import NONE, Grid, money, percent
from ringfence.report.plain import code_version, number

_SHOWN: Final = 40
"""Events that a table shows; JSON has all of them."""
_WORDS: Final = {
    "reduce": "sold",
    "take_over": "taken over",
    "bad_debt": "bad debt",
    "net_hedge": "hedge closed",
    "cancel_orders": "orders cancelled",
    "adl": "deleveraged",
    "warn": "warned",
}
_CRUMB: Final = Decimal("1e-9")
_AMOUNTS: Final = ("fees", "impact", "bad_debt")
_LEDGER: Final = (
    "wealth = rescue - contagion + collateral - fees - impact + bad debt, each more than isolated"
)


def _cash(amount: Decimal, places: int = 2) -> str:
    """Return an amount of money; what cash was rounded by on the way is none."""
    return money(amount if abs(amount) > _CRUMB else Decimal(0), places)


def title_of(result: Replay) -> str:
    """Return whose book, under whose rules of which day, on which prices."""
    kind = f", {result.prices.kind}" if result.prices.kind else ""
    return (
        f"{result.account} on {result.venue}: rules of {result.on} on prices of {result.prices.days} "
        f"({result.prices.source}{kind})"
    )


def replay_grids(result: Replay) -> list[Grid]:
    """Return every table of a replay: modes, positions, what happened, and who pays for the mode."""
    found = [_modes(result), _positions(result)]
    if any(one.happenings for one in result.modes):
        found.append(_happenings(result))
    return found + ([_ledgers(result)] if result.ledgers else [])


def _name(one: ModeReplay | Ledger, result: Replay) -> str:
    return one.mode if one.venue == result.venue else f"{one.mode} @ {one.venue}"


def _modes(result: Replay) -> Grid:
    added = ("added",) if result.terms.top_up is not None else ()
    grid = Grid(
        f"{title_of(result)} [{result.unit}]",
        (
            "mode",
            "cut",
            *added,
            "loss",
            "fees",
            "impact",
            "bad debt",
            "first liquidation",
            "needed more",
            "by",
        ),
        left=2,
        caption="loss: of what the account held at the first price; needed more: collateral with which no pool would "
        "have died, and by when",
    )
    for one in result.modes:
        grid.rows.append(
            (
                _name(one, result), one.cut, *((_cash(one.added),) if added else ()), _cash(one.loss),
                _cash(one.total("fees")), _cash(one.total("impact")), _cash(one.total("bad_debt")),
                _when(one.first_death), _cash(one.needed), _when(one.first_death),
            )
        )  # fmt: skip
    return grid


def _when(at: datetime | None) -> str:
    return "never" if at is None else f"{at:%Y-%m-%d %H:%M}"


def _positions(result: Replay) -> Grid:
    """Return one row a position: when it was taken in each mode, and what it made."""
    home = [one for one in result.modes if one.venue == result.venue] or list(result.modes)
    grid = Grid(
        f"When each position was taken, and what it made [{result.unit}]",
        ("position", *(f"{one.mode}" for one in home), "cross against isolated"),
        left=1,
        folds=True,
    )
    labels = [one.position for one in home[0].positions]
    verdicts = {
        fallen.position: fallen.verdict
        for ledger in result.ledgers
        if ledger.mode == "cross" and ledger.venue == home[0].venue
        for fallen in ledger.fallen
    }
    for label, short in zip(labels, short_labels(labels), strict=True):
        cells = []
        for one in home:
            fate = next((f for f in one.positions if f.position == label), None)
            lived = (
                "not opened" if fate is None else "lives" if fate.left is None else f"{fate.left:%m-%d %H:%M}"
            )
            cells.append(f"{lived}  {NONE if fate is None else _cash(fate.gain)}")
        grid.rows.append((short, *cells, verdicts.get(label, NONE)))
    return grid


def _happenings(result: Replay) -> Grid:
    found = [(one, group) for one in result.modes for group in _by_bar(one)]
    found.sort(key=lambda pair: pair[1][0].at)
    more = f"; {len(found) - _SHOWN} more rows in JSON" if len(found) > _SHOWN else ""
    grid = Grid(
        f"What the venue did [{result.unit}]",
        ("at", "mode", "pool", "what", "moves", "fees", "impact", "bad debt"),
        left=5,
        caption=f"moves: of each coin since the first price, where it was done first in that bar{more}",
    )
    for one, group in found[:_SHOWN]:
        moves = ", ".join(f"{coin} {percent(price - 1)}" for coin, price in group[0].factors.items())
        grid.rows.append(
            (
                f"{group[0].at:%Y-%m-%d %H:%M}", _name(one, result), group[0].pool, what_happened(group), moves,
                *(_cash(sum((getattr(h, what) for h in group), Decimal(0))) for what in _AMOUNTS),
            )
        )  # fmt: skip
    return grid


def _by_bar(one: ModeReplay) -> list[list[Happening]]:
    """Return what happened to a pool in a bar, together."""
    return [list(group) for _, group in groupby(one.happenings, key=lambda h: (h.at, h.pool))]


def what_happened(group: Sequence[Happening]) -> str:
    """Return in words what a venue did to a pool in a bar."""
    names = Counter(event.name for one in group for event in one.events)
    words = [
        _WORDS.get(name, name) + (f" {times} times" if times > 1 and name == "reduce" else "")
        for name, times in names.items()
    ]
    said = ", ".join(words) + (" over a leap" if group[0].leapt else "")
    return said + (" (at the bound)" if group[0].bounded else "")


def _ledgers(result: Replay) -> Grid:
    grid = Grid(
        f"What each mode leaves its owner more than isolated, and why [{result.unit}]",
        ("mode", "wealth", "rescue", "contagion", "collateral", "fees", "impact", "bad debt", "residual"),
        caption=_LEDGER,
    )
    for one in result.ledgers:
        grid.rows.append(
            (
                _name(one, result), _cash(one.wealth), _cash(one.rescue), _cash(one.contagion), _cash(one.other),
                _cash(one.fees), _cash(one.impact), _cash(one.bad_debt), f"{float(one.residual):.0e}",
            )
        )  # fmt: skip
    return grid


def in_words(result: Replay) -> str:
    """Return what the tables say, in plain words: who lost what, and what would have kept the venue away."""
    said = []
    for one in (m for m in result.modes if m.venue == result.venue and m.mode in {"isolated", "cross"}):
        dead = [fate.position for fate in one.positions if fate.left is not None]
        lost = f"{one.mode.capitalize()} ends with {_cash(one.wealth, 0)} of {_cash(one.posted, 0)} {result.unit}"
        if one.first_death is None:
            said.append(f"{lost}; nothing is liquidated.")
            continue
        said.append(
            f"{lost}; {len(dead)} of {len(one.positions)} positions are liquidated, the first on "
            f"{one.first_death:%Y-%m-%d at %H:%M}. You would have needed {_cash(one.needed, 0)} {result.unit} more "
            f"by then."
        )
    for ledger in (one for one in result.ledgers if one.mode == "cross" and one.venue == result.venue):
        for verdict, words in (("contagion", "took down"), ("rescue", "saved")):
            hit = [fallen.position for fallen in ledger.fallen if fallen.verdict == verdict]
            if hit:
                said.append(f"The shared pool {words} {', '.join(short_labels(hit))}, which alone would have "
                            + ("lived." if verdict == "contagion" else "died."))  # fmt: skip
    return "\n".join(textwrap.wrap(" ".join(said), 110)) + "\n" if said else ""


def footnotes(result: Replay) -> str:
    """Return what a reader must know beside the tables."""
    lines = [
        f"{_name(one, result)}: {label} could not be opened, the collateral does not reach"
        for one in result.modes
        for label in one.unopened
    ]
    lines += [f"{_name(one, result)}: {note}" for one in result.modes for note in one.notes]
    lines += list(_unknown_fees(result))
    lines += [f"not shown: {mode} @ {venue}: {why}" for mode, venue, why in result.refused]
    lines += [f"override: {item}" for item in result.overrides]
    lines += [f"note: {warning}" for warning in result.warnings]
    lines.append("digests: " + ", ".join(f"{name} {digest}" for name, digest in result.digests.items()))
    return "".join(f"{line}\n" for line in dict.fromkeys(lines))


def _unknown_fees(result: Replay) -> Iterator[str]:
    """Yield which liquidation fees nobody states."""
    for one in result.modes:
        for event in (event for happening in one.happenings for event in happening.events):
            if "fee_rate" in event.facts:
                symbol = event.facts["symbol"]
                yield f"the liquidation fee of {symbol} is not known, taken at 0: state it as [[fee]] liquidation"


def replay_json(result: Replay) -> dict[str, Any]:
    """Return ``ringfence.replay/1``: amounts as decimal strings, instants in ISO 8601."""
    return {
        "schema": "ringfence.replay/1",
        "code": code_version(),
        "account": result.account,
        "venue": result.venue,
        "on": result.on,
        "unit": result.unit,
        "prices": {
            "source": result.prices.source,
            "kind": result.prices.kind or None,
            "first": result.prices.at[0].isoformat(),
            "last": result.prices.at[-1].isoformat(),
            "rows": len(result.prices),
            "bar_seconds": int(result.prices.length.total_seconds()) or None,
            "coins": list(result.prices.coins),
            "inside": result.terms.inside,
            "fills": result.terms.fills,
            "slippage": number(result.terms.slippage),
        },
        "digests": result.digests,
        "overrides": list(result.overrides),
        "warnings": list(result.warnings),
        "refused": [
            {"mode": mode, "venue": venue, "reason": why} for mode, venue, why in result.refused
        ],
        "modes": [_mode(one, result) for one in result.modes],
        "events": [
            {"mode": one.mode, "venue": one.venue, **_happening(happening)}
            for one in result.modes
            for happening in one.happenings
        ],
        "ledgers": [_ledger(one) for one in result.ledgers],
    }  # fmt: skip


def _mode(one: ModeReplay, result: Replay) -> dict[str, Any]:
    return {
        "mode": one.mode,
        "cut": one.cut,
        "venue": one.venue,
        "unit": one.unit,
        "initial_requirement": number(one.initial),
        "free_collateral": number(one.free),
        "worst_loss": number(one.at_stake),
        "posted": number(one.posted),
        "added": number(one.added),
        "wealth": number(one.wealth),
        "loss": number(one.loss),
        "fees": number(one.total("fees")),
        "impact": number(one.total("impact")),
        "bad_debt": number(one.total("bad_debt")),
        "first_liquidation": _iso(one.first_death),
        "needed": number(one.needed),
        "needed_by": _iso(one.first_death),
        "unopened": list(one.unopened),
        "notes": list(one.notes),
        "pools": [_pool(pool) for pool in one.pools],
        "positions": [
            {"position": fate.position, "pool": fate.pool, "left": _iso(fate.left), "gain": number(fate.gain)}
            for fate in one.positions
        ],
        "additions": [
            {"at": addition.at.isoformat(), "pool": addition.pool, "amount": number(addition.amount)}
            for addition in one.additions
        ],
        "shocks": [
            {
                "name": f"prices of {result.prices.days}",
                "loss": number(one.loss),
                "bad_debt": number(one.total("bad_debt")),
                "dead": [pool.pool for pool in one.pools if pool.died is not None],
            }
        ],
        "closes": [
            {"at": at.isoformat(), "equity": number(equity), "requirement": number(need)}
            for at, equity, need in zip(one.at, one.equity, one.need, strict=True)
        ],
    }


def _pool(one: PoolReplay) -> dict[str, Any]:
    return {
        "pool": one.pool,
        "died": _iso(one.died),
        "least_buffer": number(one.least),
        "least_buffer_at": _iso(one.least_at),
        "needed": number(one.needed),
        "posted": number(one.posted),
        "wealth": number(one.wealth),
    }


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _happening(one: Happening) -> dict[str, Any]:
    return {
        "at": one.at.isoformat(),
        "pool": one.pool,
        "moves": {coin: number(price - 1) for coin, price in one.factors.items()},
        "fees": number(one.fees),
        "impact": number(one.impact),
        "bad_debt": number(one.bad_debt),
        "leapt": one.leapt,
        "bounded": one.bounded,
        "events": [_event(event) for event in one.events],
    }


def _event(one: Event) -> dict[str, Any]:
    return {
        "name": one.name,
        "facts": dict(one.facts),
        "postings": [
            {"account": p.account, "asset": p.asset, "amount": number(p.amount)} for p in one.postings
        ],
    }


def _ledger(one: Ledger) -> dict[str, Any]:
    amounts: dict[str, Decimal] = {
        "wealth": one.wealth, "rescue": one.rescue, "contagion": one.contagion, "collateral": one.other,
        "fees": one.fees, "impact": one.impact, "bad_debt": one.bad_debt, "residual": one.residual,
    }  # fmt: skip
    return {
        "mode": one.mode,
        "against": "isolated",
        "venue": one.venue,
        **{name: number(amount) for name, amount in amounts.items()},
        "positions": [
            {
                "position": fallen.position,
                "verdict": fallen.verdict,
                "shared": _iso(fallen.shared),
                "alone": _iso(fallen.alone),
                "value": number(fallen.value),
            }
            for fallen in one.fallen
        ],
    }
