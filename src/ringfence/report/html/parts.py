"""What every page is made of: its frame, its colours, sections, and figures with their captions."""

from functools import cache
from importlib.resources import files
from typing import Final

from ringfence.report.figures.chart import Figure
from ringfence.report.figures.palette import COLOURS
from ringfence.report.html.element import Element, el
from ringfence.report.html.svg import panels

_FRAMED: Final = "width:100%;height:820px;border:0"


class Page(str):
    """A page as text; a notebook shows it, in a frame of its own so that neither style reaches the other."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        return el("iframe", title="report", srcdoc=str(self), sandbox="allow-popups", style=_FRAMED)


def page_of(title: str, *body: Element, rules: str = "") -> Page:
    """Return a whole page: its head, with the style sheet, and its body.

    Args:
        title: of the page.
        body: header, main and footer.
        rules: of the style sheet, that this page has of its own.

    """
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="generator", content="ringfence"),
        el("title", title),
        el("style", Element(_colours() + _sheet() + rules)),
    )
    return Page(f"<!DOCTYPE html>\n{el('html', head, el('body', *body), lang='en')}\n")


@cache
def _sheet() -> str:
    return (files("ringfence.report.html") / "page.css").read_text(encoding="utf-8")


def _colours() -> str:
    """Return the palette as custom properties, light and dark, and a class a role."""
    light, dark = ("".join(f"--{role}:{pair[k]};" for role, pair in COLOURS.items()) for k in (0, 1))
    classes = "".join(f".{role}{{--c:var(--{role})}}" for role in COLOURS)
    return f":root{{{light}}}\n@media screen and (prefers-color-scheme: dark){{:root{{{dark}}}}}\n{classes}\n"


def section(title: str, *parts: Element, long: bool = False) -> Element:
    """Return a section under its heading; a long one may break over printed pages."""
    return el("section", el("h2", title), *parts, cls="long" if long else None)


def drawn(figure: Figure) -> Element:
    """Return a figure as a section of its own."""
    return section(
        figure.title, el("figure", legend(figure), panels(figure), el("p", figure.caption, cls="caption"))
    )


def legend(figure: Figure) -> Element:
    """Return what the colours of a figure stand for; nothing where it needs no telling."""
    if not figure.legend:
        return Element()
    keys = [el("li", el("i", cls=role), said) for role, said in figure.legend]
    return el("ul", *keys, cls="legend")
