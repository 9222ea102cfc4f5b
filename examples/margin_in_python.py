"""Read a book, judge it, print what it needs and where it dies. Binance published these two prices."""

from pathlib import Path

import ringfence

BOOK = Path(__file__).parent / "books" / "two_position.toml"

health = ringfence.assess(ringfence.read(BOOK))
account = health.accounts[0]
for pool in account.pools:
    print(f"{pool.pool.id} is {pool.status}, in {pool.pool.unit}:")
    print(f"  equity                   {pool.judged.equity.value:>16,.2f}")
    print(f"  maintenance requirement  {pool.judged.maintenance.value:>16,.2f}")
    print(f"  buffer                   {pool.judged.buffer:>16,.2f}")
    for held in pool.positions:
        price = held.prices.liquidation
        where = "never dies" if price is None else f"dies at {price:,.2f}"
        print(f"  {held.position.symbol} {held.position.side} {where}")
