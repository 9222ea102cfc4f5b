"""Elements of a page: a tag, attributes, children. What is not an element is escaped."""

from collections.abc import Iterable
from html import escape
from typing import Final

_EMPTY: Final = {"meta", "input", "br", "circle", "rect", "path", "line", "polygon", "polyline", "link"}


class Element(str):
    """A piece of a page that is written as it is."""

    __slots__ = ()


Child = str | Iterable[str]


def _flat(children: Iterable[Child]) -> Iterable[str]:
    for child in children:
        if isinstance(child, str):
            yield child if isinstance(child, Element) else escape(child, quote=False)
        else:
            yield from _flat(child)


def el(tag: str, *children: Child, **attributes: object) -> Element:
    """Return an element. ``cls`` is written as class, ``_`` in a name as ``-``; None and False leave one out."""
    written = "".join(
        f" {name}" if value is True else f' {name}="{escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None and value is not False
        for name in ("class" if key == "cls" else key.rstrip("_").replace("_", "-"),)
    )
    if tag in _EMPTY and not children:
        return Element(
            f"<{tag}{written}>" if tag in {"meta", "input", "br", "link"} else f"<{tag}{written}/>"
        )
    return Element(f"<{tag}{written}>{''.join(_flat(children))}</{tag}>")
