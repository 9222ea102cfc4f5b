"""The page of a replay: what became of each mode in a sentence, the timeline, every event and every table."""

from ringfence.contrast.replay import Replay
from ringfence.paths.replay import ModeReplay
from ringfence.report.contagion import short_labels
from ringfence.report.estimates import amount, joined_names, mode_names
from ringfence.report.figures.timeline import are_alike, noted, outcome, timeline
from ringfence.report.html.element import Element, el
from ringfence.report.html.parts import Page, drawn, page_of, section
from ringfence.report.html.tables import table
from ringfence.report.plain import code_version
from ringfence.report.replay import footnotes, replay_grids

_SCHEMA = "ringfence.replay/1"
_EVENTS = 12
"""So many events a mode are listed; the table of all modes and JSON have more."""


def replay_html(result: Replay) -> Page:
    """Return a replay as one self-contained page: no network, no script, the same bytes for the same replay."""
    title = f"{result.account} on {result.venue} through {result.prices.days}"
    kind = f", {result.prices.kind} prices" if result.prices.kind else ""
    header = el(
        "header",
        el("h1", title),
        el(
            "p",
            f"Rules of {result.on}; prices of {result.prices.source}{kind}, {len(result.prices):,} rows. Amounts in "
            f"{result.unit}.",
            cls="from",
        ),
        el("p", lead(result), cls="lead"),
        el("dl", *(el("div", el("dt", asked), el("dd", said)) for asked, said in answers(result)), cls="answers"),
    )  # fmt: skip
    notes = [el("li", line) for line in footnotes(result).splitlines()]
    main = el(
        "main",
        _tiles(result),
        drawn(timeline(result)),
        *_events(result),
        section("Tables", *map(table, replay_grids(result)), long=True),
        section("Notes", el("ul", *notes)),
    )
    digests = ", ".join(f"{name} {digest}" for name, digest in result.digests.items())
    return page_of(title, header, main, el("footer", f"ringfence {code_version()} · {_SCHEMA} · {digests}"))


def lead(result: Replay) -> str:
    """Return the one sentence that a reader should leave with: how isolated and cross came out of it."""
    said = [f"{name} {outcome(one)}" for one, name in _first_modes(result)]
    words = "; ".join(said)
    return f"{words[:1].upper()}{words[1:]}." if said else "Nothing was open."


def _first_modes(result: Replay) -> list[tuple[ModeReplay, str]]:
    """Return isolated and cross at the book's own venue; where neither is shown, whatever comes first."""
    named = list(zip(result.modes, mode_names(result.modes), strict=True))
    home = [pair for pair in named if pair[0].venue == result.venue]
    return [pair for pair in home if pair[0].mode in {"isolated", "cross"}] or named[:1]


def answers(result: Replay) -> list[tuple[str, str]]:
    """Return question and answer of what a reader wants to know at once."""
    said = [
        ("As held", f"{outcome(one)}.")
        for one in result.modes
        if (one.mode, one.venue) == ("as-held", result.venue)
    ]
    for ledger in result.ledgers:
        if (ledger.mode, ledger.venue) != ("cross", result.venue):
            continue
        for verdict, asked, words in (
            ("contagion", "Taken down", "by the shared pool; alone they would have lived"),
            ("rescue", "Saved", "by the shared pool; alone they would have died"),
        ):
            hit = [fallen.position for fallen in ledger.fallen if fallen.verdict == verdict]
            if hit:
                said.append((asked, f"{', '.join(short_labels(hit))}: {words}."))
        side = "more" if ledger.wealth >= 0 else "less"
        debt = amount(float(-ledger.bad_debt))
        paid = f"; isolation cost the venue {debt} more bad debt" if ledger.bad_debt < 0 else ""
        said.append(
            ("Cross or isolated", f"Cross left its owner {amount(abs(float(ledger.wealth)))} {side}{paid}.")
        )
    return said


def _tiles(result: Replay) -> Element:
    """Return what each mode lost, to be seen second."""
    cells = []
    for place, name in joined_names(result.modes, are_alike):
        one = result.modes[place]
        lost = float(one.loss)
        dead = sum(fate.left is not None for fate in one.positions)
        cells.append(
            el(
                "div",
                el("span", f"{name}: {'loss' if lost >= 0 else 'gain'}"),
                el("b", amount(abs(lost))),
                el("span", f"{one.unit} of {amount(float(one.posted))}; liquidated: {dead} of {len(one.positions)}"),
                cls="tile",
            )
        )  # fmt: skip
    return el("div", *cells, cls="tiles")


def _events(result: Replay) -> list[Element]:
    """Return what happened in each mode, in words."""
    parts: list[Element] = []
    for place, name in joined_names(result.modes, are_alike):
        found = noted(result.modes[place])
        if not found:
            continue
        more = [el("li", f"and {len(found) - _EVENTS} more")] if len(found) > _EVENTS else []
        parts += [el("h3", name), el("ul", *(el("li", each.hint) for each in found[:_EVENTS]), *more)]
    return [section("What happened, in words", *parts, long=True)] if parts else []
