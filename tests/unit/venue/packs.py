"""A small venue file, sound as it stands, for tests that break it in one place."""

SOUND = """\
schema = 1

[venue]
id = "tiny"
name = "Tiny"
begins = 2024-01-01
aliases = ["tn"]

[source.rules]
title = "Rules"
url = "https://tiny.invalid/rules"
read_on = 2026-11-01

[[mode]]
id = "standard"
pooling = "settle"
isolated = true
source = "rules"
in_force = 2024-01-01

[[family]]
native = '(?P<base>[A-Z]+)-PERP'
quote = "USDT"
settle = "USDT"
kind_of_payoff = "linear"
contract_size = 1
source = "rules"
in_force = 2024-01-01

[[requirement]]
kind = "leverage"
source = "rules"
in_force = 2024-01-01

[[requirement]]
kind = "tiers"
source = "rules"
in_force = 2024-01-01

[[tiers]]
symbols = ["BTC/USDT:USDT"]
unit = "quote"
rows = [
  { floor = 0, cap = 1000, maintenance_rate = 0.01, deduction = 0, max_leverage = 50 },
  { floor = 1000, cap = 5000, maintenance_rate = 0.02, deduction = 10, max_leverage = 25 },
  { floor = 5000, maintenance_rate = 0.05, deduction = 160, max_leverage = 10 },
]
source = "rules"
in_force = 2024-01-01

[[fee]]
taker = 0.0005
source = "rules"
in_force = 2024-01-01

[[collateral]]
asset = "BTC"
bands = [{ cap = 1, ratio = 0.95 }, { ratio = 0.5 }]
source = "rules"
in_force = 2024-01-01

[[trigger]]
compare = "at_or_below"
source = "rules"
in_force = 2024-01-01

[[procedure]]
steps = [{ do = "warn" }, { do = "reduce", by = "fraction", fraction = 0.25 }, { do = "take_over" }]
source = "rules"
in_force = 2024-01-01
"""


def broken(old: str, new: str) -> str:
    """Return the file with one thing in it written otherwise."""
    assert SOUND.count(old) == 1, f"{old!r} stands {SOUND.count(old)} times in the sound file"
    return SOUND.replace(old, new)


def changed(header: str, *lines: str) -> str:
    """Return the file with one more table, in force like the others unless the lines say another day."""
    days = () if any(line.startswith("in_force") for line in lines) else ("in_force = 2024-01-01",)
    source = () if any(line.startswith("source") for line in lines) else ('source = "rules"',)
    return "\n".join([SOUND, f"[[{header}]]", *lines, *source, *days, ""])
