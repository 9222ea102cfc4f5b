"""The page of a contrast on paths: the answer in a sentence, the curves it is read off, and every table."""

from typing import Final

from ringfence.contrast.on_paths import PathContrast
from ringfence.report.figures.on_paths import FIGURES, names_on_paths
from ringfence.report.html import path_words
from ringfence.report.html.element import Element, el
from ringfence.report.html.parts import Page, drawn, legend, page_of, section
from ringfence.report.html.svg import panels
from ringfence.report.html.tables import table
from ringfence.report.paths import path_grids
from ringfence.report.plain import code_version

_SCHEMA: Final = "ringfence.contrast/1"


def paths_html(found: PathContrast) -> Page:
    """Return a contrast on paths as one self-contained page: the same bytes for the same paths."""
    run = found.simulation
    title = f"{run.account} on {found.modes[0].venue}: isolated, or cross? On {run.paths:,} paths"
    header = el(
        "header",
        el("h1", title),
        el("p", path_words.standing(found), cls="from"),
        el("p", path_words.hero(found), cls="lead"),
    )
    main = el(
        "main",
        hero(found),
        tiles_on_paths(found),
        *figures(found),
        section("Tables", *map(table, path_grids(found)), long=True),
        section("Notes", el("ul", *(el("li", line) for line in path_words.notes(found)))),
    )
    digests = ", ".join(f"{name} {digest}" for name, digest in run.digests.items())
    return page_of(title, header, main, el("footer", f"ringfence {code_version()} · {_SCHEMA} · {digests}"))


def hero(found: PathContrast) -> Element:
    """Return the exceedance curves as a section, with what else a reader wants to know at once below them."""
    figure = FIGURES["exceedance"](found)
    return section(
        figure.title,
        el("figure", legend(figure), panels(figure), el("p", figure.caption, cls="caption")),
        el("dl", *(_answer(*pair) for pair in path_words.answers(found)), cls="answers"),
    )


def _answer(asked: str, said: str) -> Element:
    return el("div", el("dt", asked), el("dd", said))


def tiles_on_paths(found: PathContrast) -> Element:
    """Return the figures to be seen second."""
    cells = [
        el("div", el("span", label), el("b", figure), el("span", beside), cls="tile")
        for label, figure, beside in path_words.tiles(found)
    ]
    return el("div", *cells, cls="tiles")


def figures(found: PathContrast) -> list[Element]:
    """Return every figure but the curves: who takes down whom, capital, and ribbons."""
    return [drawn(FIGURES[name](found)) for name in names_on_paths(found) if name != "exceedance"]
