"""What ``--paths`` asks: how prices move, how far and how often; read, and refused in one sentence where it is none."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from ringfence.cli import options

if TYPE_CHECKING:
    from ringfence.contrast import Contrast
    from ringfence.contrast.on_paths import PathContrast
    from ringfence.margin.snapshot import Snapshot
    from ringfence.paths.batches import Watch
    from ringfence.paths.coins import Coins
    from ringfence.paths.features import Blackout, Impact
    from ringfence.paths.funding import Funding
    from ringfence.report.grid import Grid
    from ringfence.report.rare import Found

_TIME: Final = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>[a-z]*)", re.IGNORECASE)
_UNITS: Final = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400, "w": 604800}


class FillsName(StrEnum):
    """Who takes the orders of a dead pool."""

    NOBODY = "nobody"
    MARKET = "market"


Paths = Annotated[
    str | None,
    typer.Option("--paths", metavar="N", help="Also on so many paths of chance, all modes on the same."),
]
Step = Annotated[
    str | None, typer.Option("--step", metavar="TIME", help="Between two looks at marks; default: 1h.")
]
LawOption = Annotated[
    str | None,
    typer.Option(
        "--law",
        metavar="LAW",
        help="gbm, t:DF, jumps:RATE,MEAN,DEVIATION, kou:RATE,UP,MEAN_UP,MEAN_DOWN, volatility:SPEED,SPREAD; "
        "with --calibrate also garch, bootstrap, and the others fitted.",
    ),
]
Seed = Annotated[str | None, typer.Option("--seed", metavar="N", help="Of the paths; default: 0.")]
Until = Annotated[
    str | None,
    typer.Option("--until", metavar="PART", help="Stop once chances of liquidation are that sure, e.g. 1%."),
]
Drift = Annotated[
    str | None,
    typer.Option("--drift", metavar="COIN=PART,...", help="Growth of prices a year, e.g. BTC=20%."),
]
Calibrate = Annotated[
    Path | None,
    typer.Option(
        "--calibrate",
        metavar="FILE",
        parser=options.file_named,
        help="Recorded prices that the law is fitted to, as for replay.",
    ),
]
FundingOption = Annotated[
    str | None,
    typer.Option(
        "--funding", metavar="book|PART", help="What longs pay every 8 hours: [feeds] funding_rate, or 0.01%."
    ),
]
Outage = Annotated[
    list[str] | None,
    typer.Option("--blackout", metavar="FROM/TO", help="Times after the start without a look, e.g. 24h/30h."),
]
TopUpOption = Annotated[
    str | None,
    typer.Option(
        "--top-up",
        metavar="POLICY",
        help="Collateral sent to a pool that runs low, e.g. ratio=50%,to=25%,delay=30m,cap=5000.",
    ),
]
ImpactOption = Annotated[
    str | None,
    typer.Option(
        "--impact",
        metavar="LAW",
        help="What closing a dead pool costs: linear=PART or root=PART of a day's volume, and COIN=VOLUME for each.",
    ),
]
FillsOption = Annotated[
    FillsName | None,
    typer.Option("--fills", help="Who takes a dead pool's orders: nobody (default), or the market, slower."),
]
Continuous = Annotated[
    bool | None, typer.Option("--continuous", help="Marks are looked at all the time, and not once a step.")
]
Audit = Annotated[
    bool | None, typer.Option("--audit", help="Also the identities that must hold on any book, on this one.")
]
Rare = Annotated[
    bool | None,
    typer.Option(
        "--rare",
        help="Also the chance of each pool by the surest way, however rare: led paths, bridges, closed forms.",
    ),
]
Threads = Annotated[str | None, typer.Option("--threads", metavar="N", help="How many share the work.")]


@dataclass(frozen=True)
class Asked:
    """What is asked of paths, as it was typed."""

    paths: str | None
    step: str | None
    law: str | None
    seed: str | None
    until: str | None
    drift: str | None
    calibrate: Path | None
    funding: str | None
    blackout: list[str] | None
    top_up: str | None
    impact: str | None
    fills: FillsName | None
    continuous: bool | None
    audit: bool | None
    rare: bool | None
    threads: str | None
    workers: int | None
    backend: str | None
    address: str | None

    def check(self) -> None:
        """Complain about options that say nothing without ``--paths``."""
        from ringfence.core.errors import BookError

        idle = self._idle()
        if self.paths is None and idle:
            raise BookError(" and ".join(idle), "it asks of paths, and there are none", "Add --paths 100000")

    def _idle(self) -> list[str]:
        return [
            f"--{one.name.replace('_', '-')}"
            for one in fields(self)
            if one.name != "paths" and getattr(self, one.name) is not None
        ]


def days_of(text: str) -> Decimal:
    """Return a horizon in days: 7, 7d, 12h.

    Raises:
        BookError: it is none.

    """
    seconds = seconds_of(text, "--horizon", "d")
    return seconds / 86400


def seconds_of(text: str, option: str, bare: str = "") -> Decimal:
    """Return a time in seconds.

    Args:
        text: as it was typed.
        option: where.
        bare: the unit of a number alone; "": there is none.

    Raises:
        BookError: it is none.

    """
    from ringfence.core.errors import BookError

    found = _TIME.fullmatch(text.strip())
    unit = None if found is None else _UNITS.get(found["unit"].lower() or bare)
    if found is None or unit is None or not Decimal(found["number"]):
        raise BookError(f"{option} {text!r}", "it is no time above zero", "Write 7d, 12h or 30m")
    return Decimal(found["number"]) * unit


def drawn(
    asked: Asked,
    snapshot: "Snapshot",
    result: "Contrast",
    *,
    days: Decimal,
    modes: Sequence[str],
    cut: str,
    venues: Sequence[str],
) -> "Contrast":
    """Return a contrast with the same modes on paths, as asked; the first run of a machine compiles.

    Raises:
        InputError: what is asked is none, or the account cannot be shown on paths.

    """
    from ringfence.cli.progress import run_progress
    from ringfence.contrast.simulate import with_paths

    with run_progress() as watch:
        found = on_paths(asked, snapshot, days=days, modes=modes, cut=cut, venues=venues, watch=watch)
        return with_paths(result, snapshot, found)


def audited(asked: Asked, found: "PathContrast") -> "Grid":
    """Return what must hold of any run, asked of this one."""
    from ringfence.report.paths import audit_grid

    return audit_grid(found, fair=asked.drift is None and asked.law != "bootstrap")


def however_rare(
    asked: Asked, snapshot: "Snapshot", found: "PathContrast", *, days: Decimal, cut: str
) -> "Found":
    """Return the chance of each pool, by the surest way.

    Raises:
        InputError: something that is asked of paths is not known to these ways.

    """
    from ringfence.cli.contrast import share_of
    from ringfence.cli.laws import Wanted, law_of
    from ringfence.cli.progress import progress
    from ringfence.contrast.rare import rare_pools
    from ringfence.contrast.simulate import STEP, clock_of
    from ringfence.core.errors import BookError

    besides = {
        "--funding": asked.funding, "--blackout": asked.blackout, "--top-up": asked.top_up, "--fills": asked.fills,
    }  # fmt: skip
    given = [option for option, value in besides.items() if value is not None]
    if given:
        raise BookError("--rare", f"it knows nothing of {' and '.join(given)}", "Leave one of them out")
    step = STEP if asked.step is None else float(seconds_of(asked.step, "--step", "s"))
    law, coins, fixed = law_of(Wanted(asked.law, asked.calibrate, asked.step, asked.drift), snapshot, ())
    with progress() as told:
        return rare_pools(
            snapshot,
            found.simulation,
            law,
            clock=clock_of(snapshot, float(days), step if fixed is None else fixed),
            coins=coins,
            cut=cut,  # type: ignore[arg-type]
            monitoring="continuous" if asked.continuous else "discrete",
            relative=0.01 if asked.until is None else float(share_of(asked.until, "--until")),
            told=told,
        )


def on_paths(
    asked: Asked,
    snapshot: "Snapshot",
    *,
    days: Decimal,
    modes: Sequence[str],
    cut: str,
    venues: Sequence[str],
    watch: "Watch | None" = None,
) -> "PathContrast":
    """Return an account in every mode on paths, as asked.

    Raises:
        InputError: what is asked is none, or the account cannot be shown on paths.

    """
    from ringfence.cli.contrast import share_of
    from ringfence.cli.laws import Wanted, law_of
    from ringfence.contrast.simulate import STEP, simulate
    from ringfence.paths.batches import Crew
    from ringfence.paths.features import Features
    from ringfence.paths.top_up import read_top_up

    paths, seed = _count(asked.paths or "", "--paths", 1), _count(asked.seed or "0", "--seed", 0)
    threads = None if asked.threads is None else _count(asked.threads, "--threads", 1)
    crew = Crew(threads, asked.workers, asked.backend, asked.address)
    until = None if asked.until is None else float(share_of(asked.until, "--until"))
    step = STEP if asked.step is None else float(seconds_of(asked.step, "--step", "s"))
    law, coins, fixed = law_of(Wanted(asked.law, asked.calibrate, asked.step, asked.drift), snapshot, venues)
    return simulate(
        snapshot,
        paths=paths,
        days=float(days),
        step=step if fixed is None else fixed,
        law=law,
        coins=coins,
        seed=seed,
        until=until,
        modes=modes,
        cut=cut,  # type: ignore[arg-type]
        venues=venues,
        funding=_funding(asked.funding, coins, snapshot),
        features=Features(
            blackouts=[_blackout(text) for text in asked.blackout or []],
            top_up=None if asked.top_up is None else read_top_up(asked.top_up),
            impact=None if asked.impact is None else _impact(asked.impact),
        ),
        monitoring="continuous" if asked.continuous else "discrete",
        fills="nobody" if asked.fills is None else asked.fills.value,
        crew=crew,
        watch=watch,
    )


def _blackout(text: str) -> "Blackout":
    from ringfence.core.errors import BookError
    from ringfence.paths.features import Blackout

    first, slash, last = (piece.strip() for piece in text.partition("/"))
    if not (first and slash and last):
        raise BookError(f"--blackout {text!r}", "it is not FROM/TO", "Write times after the start: 24h/30h")
    option = f"--blackout {text}"
    begin = 0.0 if first in {"0", "0h"} else float(seconds_of(first, option))
    end = float(seconds_of(last, option))
    if end <= begin:
        raise BookError(option, "it ends before it begins", "Write FROM/TO, the earlier first")
    return Blackout(begin, end)


def _impact(text: str) -> "Impact":
    from ringfence.core.errors import BookError
    from ringfence.core.exact import read_decimal
    from ringfence.paths.features import Impact

    form = "Write root=50%,BTC=2e9,ETH=1e9: a part, and what is traded of each coin in a day"
    sizes: dict[str, float] = {}
    for part in text.replace(" ", "").split(","):
        name, equals, written = part.partition("=")
        if not (name and equals and written):
            raise BookError(f"--impact {text!r}", f"{part!r} is not NAME=NUMBER", form)
        number = float(read_decimal(written.removesuffix("%"), f"--impact, {name}"))
        sizes[name] = number / 100 if written.endswith("%") else number
    linear, root = sizes.pop("linear", 0.0), sizes.pop("root", 0.0)
    if min([linear, root, *sizes.values()]) < 0.0 or linear + root == 0.0 or not sizes:
        raise BookError(f"--impact {text!r}", "it costs nothing, or names no volume", form)
    return Impact({coin.upper(): volume for coin, volume in sizes.items()}, linear, root)


def _count(text: str, option: str, least: int) -> int:
    from ringfence.core.errors import BookError

    plain = text.strip().replace(",", "").replace("_", "")
    if not re.fullmatch(r"-?\d+", plain):
        raise BookError(f"{option} {text!r}", "it is no whole number", f"Write {max(least, 1)} or more")
    if int(plain) < least:
        raise BookError(f"{option} {text}", "it is too few", f"Write {least} or more")
    return int(plain)


def _funding(text: str | None, coins: "Coins", snapshot: "Snapshot") -> "Funding | None":
    from ringfence.cli.contrast import share_of
    from ringfence.core.errors import BookError
    from ringfence.paths.funding import Funding

    if text is None:
        return None
    if text == "book":
        if not snapshot.only().market.feeds.get("funding_rate"):
            raise BookError(
                "--funding book",
                "the book states no rate",
                'Add [feeds] funding_rate = { "BTC/USDT:USDT" = 0.0001 }, or write a rate: 0.01%',
            )
        return Funding()
    return Funding(dict.fromkeys(coins.names, float(share_of(text, "--funding"))))
