"""What a venue does with a pool past its trigger: steps, postings that cancel, and who pays what it cannot."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import ringfence
from ringfence.liquidation import Fill, Fills
from ringfence.margin.assess import world_of
from ringfence.market import read_shock, shocked

BOOK = Path(__file__).parent / "books" / "reference.toml"
SOL = "SOL/USDT:USDT"

holding = ringfence.read(BOOK).only()
world = world_of(holding)
pools = ringfence.pools(holding.book, holding.market, world.rules, "as-held", "at-leverage")
isolated = next(pool for pool in pools if pool.kind == "isolated")

for title, move, fills in (
    (
        "SOL falls by 19 % and half of the position finds a buyer",
        "SOL=-19%",
        {SOL: Fill(Decimal("158.5"), Decimal(50))},
    ),
    ("SOL falls by 30 % and nobody buys", "SOL=-30%", {}),
):
    there = replace(world, market=shocked(world.market, read_shock(move)))
    outcome = ringfence.liquidate(isolated, there, fills=Fills(fills), insurance_fund=Decimal(1000))
    print(f"{title}:")
    for event in outcome.events:
        told = ", ".join(f"{name} {value}" for name, value in event.facts.items())
        print(f"  {event.name}: {told}")
        for posting in event.postings:
            print(f"    {posting.account:<24} {posting.amount:>12,f} {posting.asset}")
    left = outcome.pool_after.collateral["USDT"]
    print(
        f"  left of the pool {left:,.2f}; bad debt {outcome.bad_debt:,.2f}, {outcome.covered:,.2f} paid by the fund"
    )
