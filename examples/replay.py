"""A book through a made-up crash, in every mode: who is taken when, and what would have kept the venue away.

ringfence replay examples/books/reference.toml --prices examples/crash.csv
"""

from pathlib import Path

import ringfence

HERE = Path(__file__).parent

result = ringfence.replay(ringfence.read(HERE / "books" / "reference.toml"), HERE / "crash.csv")
for mode in result.modes:
    first = "never" if mode.first_death is None else f"first on {mode.first_death:%d %B at %H:%M}"
    print(
        f"{mode.mode:12} loses {mode.loss:9,.2f} {result.unit}, needed {mode.needed:9,.2f} more; dies: {first}"
    )
for ledger in result.ledgers:
    print(
        f"{ledger.mode}, beside isolated: {', '.join(f'{one.position} {one.verdict}' for one in ledger.fallen)}"
    )
