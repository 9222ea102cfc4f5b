"""A figure's panels as SVG: text and shapes that take their colours from the page's style."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, assert_never

from ringfence.report.figures.chart import Arrow, Axis, Box, Dot, Figure, Line, Mark, Panel
from ringfence.report.html.element import Element, el

WIDE: Final = 860
NARROW: Final = 350
_CHARACTER: Final = 6.5
"""Pixels a character of 12 px text takes, about; capitals and digits of bold text take more."""
_BOLD: Final = 7.9
_CAPITAL: Final = 8.4
_BOLD_CAPITAL: Final = 10.2
_GUTTER: Final = 0.36
"""The most of the width that the names of rows may take; a longer name is cut, and whole where one points."""
_TOP: Final = 8
_SIDE: Final = 12
_APART: Final = 16
"""Pixels between the name of a row and what is drawn in it, and the margin before it."""
_ARM: Final = 5


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where a panel's axes stand on the paper [px]."""

    panel: Panel
    left: float
    right: float
    top: float
    bottom: float
    width: int

    @property
    def narrow(self) -> bool:
        return self.width <= NARROW

    def x(self, value: float) -> float:
        axis = self.panel.x
        return self.left + (value - axis.low) / (axis.high - axis.low) * (self.right - self.left)

    def y(self, value: float) -> float:
        axis = self.panel.y
        return self.bottom - (value - axis.low) / (axis.high - axis.low) * (self.bottom - self.top)


def svg(panel: Panel, figure: Figure, width: int) -> Element:
    """Return a panel of a figure drawn at a width [px]."""
    beside = figure.panels if figure.across == 1 else (panel,)
    gutter = max(_gutter(one, width) for one in beside)
    named = 18 if panel.title else 0
    foot = 22 if panel.x.ticks else 0
    labelled = 18 if panel.x.label else 0
    frame = _Frame(panel, gutter, width - _SIDE, _TOP + named, panel.height - foot - labelled - 4, width)
    inner = [*_axes(frame), *(piece for mark in panel.marks for piece in _mark(mark, frame))]
    if panel.title:
        room = width - _wide(panel.title, bold=True)
        inner.append(
            _text(_cut(panel.title, width, bold=True), max(min(frame.left, room), 0), 13, "start", "name")
        )
    if panel.y.label:
        label = _cut(panel.y.label, gutter - 8)
        inner.append(_text(label, frame.left - 8, (3 * frame.top + frame.bottom) / 4 + 4, "end", "quiet"))
    if panel.x.label:
        inner.append(
            _text(panel.x.label, (frame.left + frame.right) / 2, panel.height - 5, "middle", "quiet")
        )
    words = [el("title", f"{figure.title}. {panel.title}".strip(". ")), el("desc", figure.caption)]
    return el(
        "svg", *words, *inner, viewBox=f"0 0 {width} {panel.height}", width=width, height=panel.height, role="img",
    )  # fmt: skip


def _gutter(panel: Panel, width: int) -> float:
    """Return what the words of a y axis take [px]."""
    bold = not panel.y.lines
    widest = max((_wide(text, bold=bold) for _, text in panel.y.ticks), default=0)
    return min(widest + (_APART if bold else _SIDE), _GUTTER * width)


def panels(figure: Figure) -> Element:
    """Return all panels of a figure, twice: for wide windows and for narrow ones. The page's style shows one."""
    count = len(figure.panels)
    if not any(panel.marks for panel in figure.panels):
        return el("p", "There is nothing to draw: no position is open.", cls="caption")
    across = figure.across or (2 if count == 4 else min(count, 3))
    wide = WIDE // across - (8 if across > 1 else 0)
    drawn = [
        el(
            "div",
            *(svg(panel, figure, width) for panel in figure.panels),
            cls=f"panels {cls}",
            style=style,
        )
        for cls, width, style in (("wide", wide, f"--across:{across}"), ("narrow", NARROW, None))
    ]
    return el("div", *drawn, cls="drawn")


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _wide(text: str, *, bold: bool = False) -> float:
    """Return about how wide a text is [px]."""
    large = sum(letter.isupper() or letter in "%@mw" for letter in text)
    sizes = (_BOLD_CAPITAL, _BOLD) if bold else (_CAPITAL, _CHARACTER)
    return large * sizes[0] + (len(text) - large) * sizes[1]


def _cut(text: str, room: float, *, bold: bool = False) -> str:
    """Return a text, or as much of it as there is room for [px]."""
    if _wide(text, bold=bold) <= room:
        return text
    return next((cut for end in range(len(text) - 1, 0, -1)
                 if _wide(cut := f"{text[:end].rstrip()}…", bold=bold) <= room), "")  # fmt: skip


def _text(text: str, x: float, y: float, anchor: str = "start", cls: str = "") -> Element:
    return el("text", text, x=_n(x), y=_n(y), text_anchor=anchor, cls=cls or None)


def _axes(frame: _Frame) -> Iterator[Element]:
    """Yield lines and words of both axes."""
    for value, written in _apart(frame.panel.x, frame):
        at = frame.x(value)
        if frame.panel.x.lines:
            cls = "zero" if value == 0 else "grid"
            yield el("line", x1=_n(at), x2=_n(at), y1=_n(frame.top), y2=_n(frame.bottom), cls=cls)
        inside = min(at, frame.width - _wide(written) / 2)
        yield _text(written, inside, frame.bottom + 16, "middle", "quiet")
    for value, written in _spaced(frame.panel.y, frame):
        at = frame.y(value)
        if frame.panel.y.lines:
            cls = "zero" if value == 0 else "grid"
            yield el("line", x1=_n(frame.left), x2=_n(frame.right), y1=_n(at), y2=_n(at), cls=cls)
        yield _row_name(written, frame, at + 4)


def _row_name(name: str, frame: _Frame, y: float) -> Element:
    """Return the name of a row or of a height, cut where it is too long for the gutter."""
    if frame.panel.y.lines:
        return _text(name, frame.left - 8, y, "end", "quiet")
    end = frame.left - _APART + 4
    shown = _cut(name, end, bold=True)
    whole = [el("title", name)] if shown != name else []
    return el("text", *whole, shown, x=_n(end), y=_n(y), text_anchor="end", cls="row")


def _apart(axis: Axis, frame: _Frame) -> list[tuple[float, str]]:
    """Return the ticks of an x axis, or every second or third, so that their words stand apart; zero stays."""
    zero = next((k for k, (value, _) in enumerate(axis.ticks) if value == 0), 0)
    for stride in range(1, len(axis.ticks)):
        kept = list(axis.ticks[zero % stride :: stride])
        gaps = pairwise(kept)
        if all(frame.x(b) - frame.x(a) >= (_wide(s) + _wide(t)) / 2 + 4 for (a, s), (b, t) in gaps):
            return kept
    return list(axis.ticks[zero : zero + 1])


def _spaced(axis: Axis, frame: _Frame) -> Iterator[tuple[float, str]]:
    """Yield the ticks of a y axis that have room for their words."""
    last = None
    for value, written in sorted(axis.ticks, key=lambda tick: frame.y(tick[0])):
        at = frame.y(value)
        if last is None or at - last >= 11:
            yield value, written
            last = at


def _mark(mark: Mark, frame: _Frame) -> list[Element]:
    match mark:
        case Line():
            return [_line(mark, frame)]
        case Box():
            return _box(mark, frame)
        case Dot():
            return _dot(mark, frame)
        case Arrow():
            return _arrow(mark, frame)
        case other:
            assert_never(other)


def _line(mark: Line, frame: _Frame) -> Element:
    points = " ".join(f"{_n(frame.x(x))},{_n(frame.y(y))}" for x, y in mark.points)
    title = [el("title", mark.name)] if mark.name else []
    if mark.style == "area":
        return el("polygon", *title, points=points, cls=f"area {mark.role}")
    return el("polyline", *title, points=points, cls=f"{mark.style} {mark.role}")


def _box(mark: Box, frame: _Frame) -> list[Element]:
    left, right = sorted((frame.x(mark.x0), frame.x(mark.x1)))
    top, bottom = sorted((frame.y(mark.y0), frame.y(mark.y1)))
    title = [el("title", mark.hint)] if mark.hint else []
    shape = el(
        "rect", *title, x=_n(left), y=_n(top), width=_n(max(right - left, 1)), height=_n(bottom - top),
        cls=mark.role, fill_opacity=None if mark.depth == 1 else f"{mark.depth:.2f}", rx=2,
    )  # fmt: skip
    middle = (top + bottom) / 2 + 4
    pieces = [shape, *_key(mark, frame, middle)]
    text = mark.brief if frame.narrow else mark.text
    if not text:
        return pieces
    if mark.inside:
        return [*pieces, _text(_cut(text, right - left), (left + right) / 2, middle, "middle")]
    if mark.x1 < mark.x0:
        text = text if _wide(text) <= left - 5 - frame.left else mark.brief
        return [*pieces, _text(text, left - 5, middle, "end", "halo")]
    at = right + (16 if mark.key and mark.x1 == mark.x0 else 5)
    text = text if at + _wide(text) <= frame.width else mark.brief
    over = max(at + _wide(text) - frame.width, 0)
    return [*pieces, _text(text, at - over, middle, "start", "halo")]


def _key(mark: Box, frame: _Frame, middle: float) -> list[Element]:
    """Return what names a bar's series without its colour, before its start."""
    if not mark.key:
        return []
    start = frame.x(mark.x0)
    if mark.x1 < mark.x0 or mark.x1 == mark.x0:
        return [_text(mark.key, start + 5, middle, "start", "key halo")]
    return [_text(mark.key, start - 5, middle, "end", "key halo")]


def _dot(mark: Dot, frame: _Frame) -> list[Element]:
    x, y = frame.x(mark.x), frame.y(mark.y)
    a = _ARM
    outline = {
        "circle": "",
        "square": f"M{_n(x - a)},{_n(y - a)}h{2 * a}v{2 * a}h-{2 * a}z",
        "diamond": f"M{_n(x)},{_n(y - a - 1)}l{a + 1},{a + 1}l-{a + 1},{a + 1}l-{a + 1},-{a + 1}z",
        "cross": f"M{_n(x - a)},{_n(y - a)}l{2 * a},{2 * a}m0,-{2 * a}l-{2 * a},{2 * a}",
    }[mark.shape]
    title = [el("title", mark.hint)] if mark.hint else []
    cls = f"{mark.shape} {mark.role}"
    shape = (
        el("path", *title, d=outline, cls=cls)
        if outline
        else el("circle", *title, cx=_n(x), cy=_n(y), r=a, cls=cls)
    )
    if not mark.text:
        return [shape]
    half = _wide(mark.text) / 2
    x = max(min(x, frame.width - half), half)
    return [shape, _text(mark.text, x, y + (a + 13 if mark.below else -a - 5), "middle", "halo")]


def _arrow(mark: Arrow, frame: _Frame) -> list[Element]:
    x0, y0, x1, y1 = frame.x(mark.x0), frame.y(mark.y0), frame.x(mark.x1), frame.y(mark.y1)
    bend = (x0 + x1) / 2
    title = [el("title", mark.hint)] if mark.hint else []
    curve = f"M{_n(x0)},{_n(y0)}C{_n(bend)},{_n(y0)} {_n(bend)},{_n(y1)} {_n(x1 - 6)},{_n(y1)}"
    shaft = el("path", *title, d=curve, cls=f"{'dashed' if mark.dashed else 'solid'} {mark.role}")
    head = el("path", d=f"M{_n(x1)},{_n(y1)}l-8,-4v8z", cls=mark.role)
    if not mark.text:
        return [shaft, head]
    return [shaft, head, _text(mark.text, x0 + 8, y0 - 5 if y1 >= y0 else y0 + 14, "start", "quiet halo")]
