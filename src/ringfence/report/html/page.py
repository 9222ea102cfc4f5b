"""The whole page: summary, figures, tables and workings of a result in one file.

There is no clock, no script and no address that is loaded: the same result gives the same bytes.
"""

from collections.abc import Callable, Sequence

from ringfence.contrast import Contrast
from ringfence.contrast.on_paths import PathContrast
from ringfence.contrast.replay import Replay
from ringfence.core.errors import MarketError
from ringfence.margin.assess import Health
from ringfence.margin.reconcile import Reconciliation
from ringfence.report import contrast_json, plain
from ringfence.report.contrast import footnotes, mode_grids, price_grids, shock_grids
from ringfence.report.efficiency import efficiency_grids, hint_grids
from ringfence.report.figures.by_name import Result, names, on_paths_of
from ringfence.report.figures.chart import Figure
from ringfence.report.figures.contagion import contagion, graph, pooled
from ringfence.report.figures.glance import glance
from ringfence.report.figures.ladder import MOVES, UNITS, ladders
from ringfence.report.figures.stress import stress
from ringfence.report.figures.views import View, as_it_stands, views
from ringfence.report.figures.waterfall import waterfall
from ringfence.report.figures.way import way
from ringfence.report.grid import Grid
from ringfence.report.html.element import Element, el
from ringfence.report.html.parts import Page, legend, page_of, section
from ringfence.report.html.parts import drawn as drawn_section
from ringfence.report.html.path_words import hero as hero_sentence
from ringfence.report.html.path_words import standing as standing_of_paths
from ringfence.report.html.paths import figures, hero, paths_html, tiles_on_paths
from ringfence.report.html.replay import replay_html
from ringfence.report.html.svg import panels
from ringfence.report.html.tables import matrices, table, workings
from ringfence.report.html.words import answers, headline, sentences, state, tiles
from ringfence.report.margin import health_grids, health_notes
from ringfence.report.paths import path_grids
from ringfence.report.reconcile import reconciliation_grids
from ringfence.report.stress import cut_grids, stress_grids


def html(result: Result, shock: str | None = None, beside: Sequence[Reconciliation] = ()) -> Page:
    """Return a result as one self-contained page: no network, no script, the same bytes for the same result.

    In a notebook the page is shown where it is the last line of a cell.

    Args:
        result: what ``assess``, ``compare``, ``simulate`` or ``replay`` returned.
        shock: the joint move along which equity and requirement are drawn, e.g. "BTC=-30%,ETH=-40%"; None: everything
            down and up by half.
        beside: our figures beside the venue's, of a health; a contrast carries its own.

    Raises:
        BookError: the shock is none.

    """
    if isinstance(result, Replay):
        return replay_html(result)
    if isinstance(result, PathContrast):
        return paths_html(result)
    title = _title(result)
    if isinstance(result, Contrast) and result.reconciliation is not None:
        beside = (result.reconciliation,)
    main = el("main", *_sections(result, shock, beside))
    return page_of(title, _header(result, title), main, _footer(result), rules=_ladder_rules())


def _title(result: Health | Contrast) -> str:
    if isinstance(result, Contrast):
        return f"{result.account} on {result.venue}: isolated, or cross?"
    names = ", ".join(f"{one.book.account} on {one.book.venue}" for one in result.accounts)
    return f"{names}: requirements and liquidation"


def _ladder_rules() -> str:
    """Return which ladder shows for which choice."""
    return "\n".join(
        f"#moves-{moves}:checked ~ #unit-{unit}:checked ~ .{moves}.{unit} {{ display: block; }}"
        for moves in MOVES
        for unit in UNITS
    )


def _header(result: Health | Contrast, title: str) -> Element:
    on = result.on if isinstance(result, Contrast) else str(result.accounts[0].book.on)
    paths = on_paths_of(result)
    if paths is not None:
        return el(
            "header",
            el("h1", title),
            el("p", standing_of_paths(paths), cls="from"),
            el("p", hero_sentence(paths), cls="lead"),
        )
    from_ = el("p", f"Rules of {on}. σ: a coin's ordinary day.", cls="from")
    return el("header", el("h1", title), from_, *_lead(result))


def _lead(result: Health | Contrast) -> list[Element]:
    """Return how the account stands as prices do, and what a reader wants to know at once."""
    how = state(result)
    sign = el("span", el("i", how.sign, aria_hidden="true"), f" {how.said}", cls=f"state {how.cls}")
    said = [el("div", el("dt", asked), el("dd", said)) for asked, said in answers(result)]
    return [el("p", sign, " ", headline(result), cls="lead"), el("dl", *said, cls="answers")]


def _glance(result: Health | Contrast) -> Element:
    """Return the first picture and the figures to be seen second; where nothing is open, only those."""
    drawn = glance(result)
    cells = [
        el("div", el("span", tile.label), el("b", tile.figure), el("span", tile.beside), cls="tile")
        for tile in tiles(result)
    ]
    shown = [drawn_section(drawn)] if drawn.panels[0].marks else []
    return el("div", *shown, el("div", *cells, cls="tiles"), cls="glance")


def _sections(
    result: Health | Contrast, shock: str | None, beside: Sequence[Reconciliation]
) -> list[Element]:
    said = [el("ul", *(el("li", sentence) for sentence in words))] if (words := sentences(result)) else []
    grids = [] if isinstance(result, Health) else mode_grids(result)
    paths = on_paths_of(result)
    on_paths = [] if paths is None else _on_paths(paths)
    lead = [] if paths is None else [section("As prices stand", *_lead(result))]
    return [
        *on_paths,
        *lead,
        _glance(result),
        *([section("In words", *said, *map(table, grids))] if said or grids else []),
        *_beside(beside),
        _ladders(result),
        _figure_of("Equity and requirement along a joint move", lambda: way(result, shock)),
        *_contagion(result),
        *_stress(result),
        *_pooling(result),
        drawn_section(waterfall(result)),
        section("Tables", *map(table, _tables(result)), long=True),
        section(
            f"Behind the numbers ({_worked(result)[0].mode})",
            el(
                "p",
                "Every number with its formula, what went into it and the page of its rule. Unfold.",
                cls="caption",
            ),
            *(part for view in _worked(result) for part in workings(view)),
            long=True,
        ),
        _notes(result),
    ]


def _on_paths(found: PathContrast) -> list[Element]:
    """Return what paths say: what may be lost first, and every other figure."""
    return [hero(found), tiles_on_paths(found), *figures(found)]


def _tables(result: Health | Contrast) -> list[Grid]:
    if isinstance(result, Health):
        return health_grids(result)
    on_paths = [] if result.paths is None else path_grids(result.paths)
    return [*on_paths, *price_grids(result), *shock_grids(result), *stress_grids(result), *cut_grids(result)]


def _beside(found: Sequence[Reconciliation]) -> list[Element]:
    """Return our figures beside the venue's own, where the book carries those, and what seems out of date."""
    grids = reconciliation_grids(found)
    if not grids:
        return []
    warnings = [el("li", warning) for one in found for warning in one.warnings]
    said = [el("ul", *warnings)] if warnings else []
    return [section("Ours beside the venue's", *said, *map(table, grids), long=True)]


def _pooling(result: Health | Contrast) -> list[Element]:
    """Return what pooling saves and what a pool would do better without, where volatilities are known."""
    if not isinstance(result, Contrast):
        return []
    found = [*efficiency_grids(result), *hint_grids(result)]
    return [section("What pooling saves, and for whom", *map(table, found), long=True)] if found else []


def _worked(result: Health | Contrast) -> list[View]:
    return [as_it_stands(views(result))] if isinstance(result, Contrast) else views(result)


def _figure_of(title: str, draw: Callable[[], Figure]) -> Element:
    """Return a figure, or why it cannot be drawn: an account whose total is not known still has a page."""
    try:
        return drawn_section(draw())
    except MarketError as gap:
        return section(title, el("p", f"Not drawn: {gap}", cls="caption"))


def _ladders(result: Health | Contrast) -> Element:
    """Return the ladder in its six forms; the reader's choice, and no script, shows one."""
    choices: list[Element] = []
    for name, words in (("moves", MOVES), ("unit", UNITS)):
        for k, (key, said) in enumerate(words.items()):
            at = f"{name}-{key}"
            choices.append(el("input", type="radio", name=name, id=at, cls="choice", checked=k == 0))
            choices.append(el("label", said, for_=at, cls="apart" if name == "unit" and k == 0 else None))
    drawn = [
        (moves, unit, figure)
        for moves in MOVES
        for unit, figure in zip(UNITS, ladders(result, moves, list(UNITS)), strict=True)
    ]
    variants = [
        el("div", panels(figure), el("p", figure.caption, cls="caption"), cls=f"variant {moves} {unit}")
        for moves, unit, figure in drawn
    ]
    return section("How far to liquidation", el("figure", *choices, legend(drawn[0][2]), *variants))


def _contagion(result: Health | Contrast) -> list[Element]:
    """Return the matrix and the graph, where some mode lets positions share a pool."""
    if not isinstance(result, Contrast) or not pooled(result):
        return []
    drawn, said = graph(result), contagion(result).caption
    return [
        section(
            "Who dies by whose price",
            *matrices(result),
            el("p", said, cls="caption"),
            el("h3", drawn.title),
            el("figure", panels(drawn), el("p", drawn.caption, cls="caption")),
            long=True,
        )
    ]


def _stress(result: Health | Contrast) -> list[Element]:
    """Return the two-mover map, where two coins move the book."""
    shown = isinstance(result, Contrast) and "stress" in names(result)
    if not shown or not isinstance(result, Contrast):
        return []
    return [_figure_of("Two coins together", lambda: stress(result))]


def _notes(result: Health | Contrast) -> Element:
    said = footnotes(result).splitlines() if isinstance(result, Contrast) else health_notes(result)
    return section("Notes", el("ul", *(el("li", line) for line in said)))


def _footer(result: Health | Contrast) -> Element:
    schema = (contrast_json.contrast(result) if isinstance(result, Contrast) else plain.health(result))[
        "schema"
    ]
    digests = ", ".join(f"{name} {digest}" for name, digest in result.digests.items())
    return el("footer", f"ringfence {plain.code_version()} · {schema} · {digests}")
