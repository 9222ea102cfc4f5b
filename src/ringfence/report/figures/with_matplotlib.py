"""Figures painted by matplotlib, as one PNG image: for scripts, chats and whatever shows no page.

The object interface only: no global state is touched and no window is opened. The same figures give the same bytes.
"""

from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from textwrap import wrap
from typing import Final, Literal, assert_never

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Sheet
from matplotlib.figure import SubFigure
from matplotlib.patches import FancyArrowPatch, Patch, Polygon, Rectangle

from ringfence.report.figures.chart import (
    Arrow,
    Axis,
    Box,
    Dot,
    Figure,
    Line,
    Mark,
    Panel,
    in_box,
    shortened,
)
from ringfence.report.figures.palette import light

_DPI: Final = 150
_WIDTH: Final = 9.0
"""Inches."""
_PIXEL: Final = 1 / 88
"""Inches a pixel of a panel's height takes."""
_WRAP: Final = 145
_LETTERS: Final = 84
"""So many letters of 8 points fit in the width of a panel that stands alone; half of them where two do."""
_UPRIGHT: Final = 8
_NAME: Final = 15
"""So many letters of a row's name fit beside its panel."""
_LINE: Final = 0.19
_HEAD: Final = 0.5
_KEYS: Final = 0.24
_DASHES: Final = {"solid": "-", "dashed": "--", "dotted": ":"}
_SHAPES: Final = {"circle": "o", "square": "s", "diamond": "D", "cross": "x"}


def painted(figures: Sequence[Figure]) -> bytes:
    """Return figures one below the other as a PNG image."""
    heights = [_height(figure) for figure in figures]
    sheet = Sheet(figsize=(_WIDTH, sum(heights)), dpi=_DPI, facecolor=light("paper"))
    parts = sheet.subfigures(len(figures), 1, height_ratios=heights, squeeze=False)[:, 0]
    for part, figure, height in zip(parts, figures, heights, strict=True):
        _figure(part, figure, height)
    out = BytesIO()
    FigureCanvasAgg(sheet)
    sheet.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()


def _across(figure: Figure) -> int:
    return figure.across or min(len(figure.panels), 2)


def _rows(figure: Figure) -> list[Sequence[Panel]]:
    across = _across(figure)
    return [figure.panels[k : k + across] for k in range(0, len(figure.panels), across)]


def _head(figure: Figure) -> float:
    """Return what title, keys and the titles of panels take [inch]."""
    return _HEAD + (_KEYS if figure.legend else 0) + (_KEYS if figure.panels[0].title else 0)


def _height(figure: Figure) -> float:
    said = len(wrap(figure.caption, _WRAP))
    return (
        sum(max(p.height for p in row) * _PIXEL + 0.25 for row in _rows(figure))
        + _head(figure)
        + said * _LINE
        + 0.3
    )


def _figure(part: SubFigure, figure: Figure, height: float) -> None:
    """Paint one figure: title, keys, panels, caption."""
    said = wrap(figure.caption, _WRAP)
    rows = _rows(figure)
    across = _across(figure)
    foot = len(said) * _LINE + 0.5
    grid = part.add_gridspec(
        len(rows), across, left=0.14, right=0.97, top=1 - (_head(figure) + 0.12) / height, bottom=foot / height,
        height_ratios=[max(p.height for p in row) for row in rows], hspace=0.42, wspace=0.36,
    )  # fmt: skip
    for number, panel in enumerate(figure.panels):
        _panel(part.add_subplot(grid[number // across, number % across]), panel, _LETTERS / across)
    part.text(0.02, 1 - 0.16 / height, figure.title, size=13, weight="bold", color=light("ink"), va="top")
    part.text(0.02, (foot - 0.42) / height, "\n".join(said), size=7.5, color=light("quiet"), va="top")
    if figure.legend:
        keys = [Patch(color=light(role), label=label) for role, label in figure.legend]
        part.legend(
            handles=keys, loc="upper left", bbox_to_anchor=(0.012, 1 - 0.38 / height), ncols=len(keys), frameon=False,
            fontsize=8, handlelength=1, handleheight=1, columnspacing=1.4,
        )  # fmt: skip


def _panel(axes: Axes, panel: Panel, letters: float) -> None:
    axes.set_xlim(panel.x.low, panel.x.high)
    axes.set_ylim(panel.y.low, panel.y.high)
    _ticks(axes, panel.x, "x", letters)
    _ticks(axes, panel.y, "y", letters)
    axes.set_xlabel(panel.x.label, size=8, color=light("quiet"))
    axes.set_ylabel(panel.y.label, size=8, color=light("quiet"))
    axes.tick_params(length=0, labelsize=8, colors=light("quiet"))
    axes.tick_params(axis="x", pad=7)
    for label in axes.get_yticklabels():
        label.set_color(light("quiet" if panel.y.lines else "ink"))
    for spine in axes.spines.values():
        spine.set_visible(False)
    if panel.x.lines and panel.x.low <= 0 <= panel.x.high:
        axes.axvline(0, color=light("quiet"), linewidth=1.1, zorder=1)
    axes.set_title(panel.title, size=9, weight="bold", loc="left", color=light("ink"))
    for mark in panel.marks:
        _mark(axes, mark, panel.x, letters)


def _ticks(axes: Axes, axis: Axis, which: Literal["x", "y"], letters: float) -> None:
    """Write the ticks: names of rows and columns as long as there is room, those of many columns upright."""
    values = [value for value, _ in axis.ticks]
    room = _NAME if which == "y" else letters / max(len(values), 1)
    many = which == "x" and not axis.lines and room < _UPRIGHT
    written = [text if axis.lines else shortened(text, _NAME if many else room) for _, text in axis.ticks]
    if which == "x":
        axes.set_xticks(values, written, rotation=90 if many else 0)
    else:
        axes.set_yticks(values, written)
    if axis.lines:
        axes.grid(visible=True, axis=which, color=light("line"), linewidth=0.8)
    axes.set_axisbelow(True)


def _mark(axes: Axes, mark: Mark, x: Axis, letters: float) -> None:
    colour = light(mark.role)
    match mark:
        case Line(style="area"):
            axes.add_patch(Polygon(mark.points, closed=True, facecolor=colour, alpha=0.13, linewidth=0))
        case Line():
            style = _DASHES[mark.style]
            axes.plot(*zip(*mark.points, strict=True), color=colour, linewidth=1.6, linestyle=style)
        case Box():
            _box(axes, replace(mark, text=in_box(mark, x, letters)) if mark.inside else mark, colour)
        case Dot():
            axes.plot(
                [mark.x],
                [mark.y],
                _SHAPES[mark.shape],
                color=colour,
                markersize=6,
                markeredgewidth=1.6,
                zorder=4,
            )
            axes.annotate(
                mark.text, (mark.x, mark.y), (0, -12 if mark.below else 7), textcoords="offset points", ha="center",
                size=8, color=light("ink"), zorder=5,
            )  # fmt: skip
        case Arrow():
            _arrow(axes, mark, colour)
        case other:
            assert_never(other)


def _box(axes: Axes, mark: Box, colour: str) -> None:
    """Paint a rectangle, and its text in its middle or behind its end."""
    corner, middle = (min(mark.x0, mark.x1), min(mark.y0, mark.y1)), (mark.y0 + mark.y1) / 2
    size = (abs(mark.x1 - mark.x0), abs(mark.y1 - mark.y0))
    axes.add_patch(Rectangle(corner, *size, facecolor=colour, alpha=mark.depth, linewidth=0, zorder=2))
    left = mark.x1 < mark.x0
    if mark.key:
        here = left or mark.x1 == mark.x0
        axes.annotate(
            mark.key, (mark.x0, middle), (4 if here else -4, 0), textcoords="offset points", va="center",
            ha="left" if here else "right", size=6.5, color=light("quiet"), zorder=5,
        )  # fmt: skip
    if mark.inside:
        axes.text(
            (mark.x0 + mark.x1) / 2,
            middle,
            mark.text,
            ha="center",
            va="center",
            size=8,
            color=light("ink"),
            zorder=5,
        )
        return
    apart = 12 if mark.key and mark.x1 == mark.x0 else 4
    axes.annotate(
        mark.text, (mark.x1 if left else max(mark.x0, mark.x1), middle), (-apart if left else apart, 0),
        textcoords="offset points", ha="right" if left else "left", va="center", size=7.5, color=light("ink"), zorder=5,
    )  # fmt: skip


def _arrow(axes: Axes, mark: Arrow, colour: str) -> None:
    axes.add_patch(
        FancyArrowPatch(
            (mark.x0, mark.y0), (mark.x1, mark.y1), arrowstyle="-|>", mutation_scale=9, color=colour, linewidth=1.4,
            linestyle="--" if mark.dashed else "-", shrinkA=0, shrinkB=0, zorder=3,
        )
    )  # fmt: skip
    down = mark.y1 >= mark.y0
    axes.annotate(
        mark.text, (mark.x0, mark.y0), (3, 3 if down else -9), textcoords="offset points", ha="left", size=7,
        color=light("quiet"), zorder=5,
    )  # fmt: skip
