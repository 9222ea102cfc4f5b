"""The page of a risk summary: a sentence, the ladder by mode, by coin, the largest accounts, and every table."""

from dataclasses import replace

from ringfence.report.figures.summary import short, summary_figures
from ringfence.report.grid import Grid, share
from ringfence.report.html.element import Element, el
from ringfence.report.html.parts import Page, drawn, page_of, section
from ringfence.report.html.tables import table
from ringfence.report.plain import code_version
from ringfence.report.summary import SCHEMA, said, sentences, summary_grids, summary_notes
from ringfence.screen.summary_rows import Summary


def summary_html(summary: Summary) -> Page:
    """Return a summary as one self-contained page: no network, no script, the same bytes for the same summary."""
    title = f"{summary.accounts:,} accounts on {summary.venue}: what a move would liquidate"
    lead, *others = sentences(summary)
    first, *rest = summary_figures(summary)
    words = [section("In words", el("ul", *(el("li", line) for line in others)))] if others else []
    header = el(
        "header",
        el("h1", title),
        el("p", f"Rules of {summary.on}, {summary.account_mode}. Amounts in {summary.unit}.", cls="from"),
        el("p", lead, cls="lead"),
    )
    main = el(
        "main",
        _tiles(summary),
        drawn(first),
        *words,
        *map(drawn, rest),
        section("Tables", *(table(_unbroken(grid)) for grid in summary_grids(summary)), long=True),
        section("Notes", el("ul", *(el("li", line) for line in summary_notes(summary)))),
    )
    digests = ", ".join(f"{name} {digest}" for name, digest in summary.digests.items())
    return page_of(title, header, main, el("footer", f"ringfence {code_version()} · {SCHEMA} · {digests}"))


def _tiles(summary: Summary) -> Element:
    """Return the figures to be seen second."""
    today = summary.unmoved.all
    worst = summary.rung(summary.worst) if summary.worst else None
    largest = summary.shares[0]
    cells = (
        ("notional today", short(today.notional), f"{summary.unit} in {today.positions:,} positions"),
        ("collateral value", short(today.collateral_value), f"{summary.unit}, after ratios"),
        ("maintenance", short(today.maintenance_requirement), f"{summary.unit} required"),
        ("liquidatable today", short(today.liquidatable_notional),
         f"{summary.unit}; pools: {today.liquidatable_pools:,}"),
        ("most bad debt", "none" if worst is None else short(worst.all.bad_debt),
         "at no rung" if worst is None else f"{summary.unit} at {said(worst)}"),
        ("the largest 1 %", share(largest.share, 1), f"of notional; accounts: {largest.accounts:,}"),
    )  # fmt: skip
    drawn_cells = [el("div", el("span", a), el("b", b), el("span", c), cls="tile") for a, b, c in cells]
    return el("div", *drawn_cells, cls="tiles")


def _unbroken(grid: Grid) -> Grid:
    """Return a table whose rows' names stay on one line where they are moves."""
    return replace(grid, rows=[(row[0].replace(" %", "\N{NO-BREAK SPACE}%"), *row[1:]) for row in grid.rows])
