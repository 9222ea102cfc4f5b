"""Before sending an order: what it costs, what it does to the account, and how large it may be."""

from pathlib import Path

import ringfence
from ringfence.market import read_shock

BOOK = Path(__file__).parent / "books" / "reference.toml"
CRASH = read_shock("BTC=-20%,ETH=-25%,SOL=-15%")

account = ringfence.read(BOOK)
answer = ringfence.what_if(account, "buy 0.2 BTC/USDT:USDT @ 101000 x10")
print(f"fee {answer.fee:.2f} {answer.settle}")
for name in ("equity", "available", "effective_leverage"):
    before, after = getattr(answer.before, name), getattr(answer.after, name)
    print(f"{name:<20} {before:>12,.2f} -> {after:>12,.2f}")

for size in ringfence.max_size(account, "BTC/USDT:USDT x10", CRASH):
    print(f"{size.side}: the rules allow {size.allowed:.3f}, {size.survives:.3f} survives {CRASH.name}")

for mode, cut, pool in ringfence.survive(account, CRASH, [("as-held", "as-held"), ("cross", "at-leverage")]):
    print(f"{mode} (cut {cut}), {pool.pool}: has {pool.has:,.0f}, must have more than {pool.must_have:,.0f}")
